"""Frames come at the right times, the right way up, and in spite of damage; leaving out the rest changes nothing."""

import gc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from PIL import Image

from core.errors import MediaRefused
from core.settings import Settings
from pipelines.media.decode import Frame, SampledFrames, sampled_frames
from tests.media.conftest import (
    Picture,
    corners,
    looked_at,
    number_of,
    packets_of,
    plain,
    portrait_frames,
    quarters,
    write_clip,
)

MOST = Settings().max_pixels


def sampled(path: Path, per_second: float = 4, at_least: int = 1, at_most: int = 1000) -> list[Frame]:
    return list(sampled_frames(path, looked_at(path), per_second, at_least, at_most, MOST))


def times_of(frames: list[Frame]) -> list[float]:
    return [round(frame.time, 3) for frame in frames]


def test_frames_are_taken_by_time_and_are_the_ones_that_they_say(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [plain(n) for n in range(60)], rate=30)
    frames = sampled(path)
    assert times_of(frames) == [0, 0.267, 0.5, 0.767, 1, 1.267, 1.5, 1.767]
    assert [frame.index for frame in frames] == [0, 8, 15, 23, 30, 38, 45, 53]
    assert [number_of(frame.image) for frame in frames] == [frame.index for frame in frames]


def test_a_short_clip_gives_as_many_frames_as_asked_where_it_has_them(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [plain(n) for n in range(40)])
    assert len(sampled(path, at_least=32)) == 32
    assert len(sampled(path, at_least=100)) == 40


def test_a_long_clip_is_thinned_to_its_end(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [plain(n) for n in range(75)])
    frames = sampled(path, per_second=25, at_most=5)
    assert times_of(frames) == [0, 0.6, 1.2, 1.8, 2.4]


def test_variable_frame_rate_is_sampled_by_time_but_not_below_the_least(tmp_path: Path) -> None:
    stamps = [*range(0, 4000, 1000), *range(4000, 5000, 20)]  # four slow seconds, one fast
    path = write_clip(tmp_path / "a.mkv", [plain(n) for n in range(54)], stamps=stamps)
    assert looked_at(path).duration == pytest.approx(5.0, abs=0.05)
    by_time = sampled(path)
    assert times_of(by_time) == [0, 1, 2, 3, 4, 4.26, 4.5, 4.76]
    assert [number_of(frame.image) for frame in by_time] == [0, 1, 2, 3, 4, 17, 29, 42]
    assert len(sampled(path, at_least=32)) >= 32


def test_a_clip_that_starts_late_starts_at_0_as_in_a_player(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "a.mkv", [plain(n) for n in range(10)], rate=10, stamps=range(7000, 8000, 100)
    )
    assert times_of(sampled(path, per_second=10))[:3] == [0, 0.1, 0.2]
    assert looked_at(path).duration == pytest.approx(1.0)


def test_leaving_out_what_no_frame_builds_on_changes_no_pixel(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", portrait_frames(60))
    with av.open(str(path)) as container:
        everything = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    frames = sampled(path)
    assert len(frames) == 10
    for frame in frames:
        assert np.array_equal(frame.image, everything[frame.index])


@pytest.mark.parametrize(
    ("rotation", "mirrored", "expected"),
    [(0, False, "rgbw"), (-90, False, "wrgb"), (90, False, "gbwr"), (180, False, "bwrg"), (0, True, "grwb")],
)
def test_turned_and_mirrored_clips_come_upright(
    tmp_path: Path, rotation: float, mirrored: bool, expected: str
) -> None:
    path = write_clip(tmp_path / "a.mp4", [quarters()] * 3, rotation=rotation, mirrored=mirrored)
    info, (frame, *_) = looked_at(path), sampled(path)
    assert corners(frame.image) == expected
    assert frame.image.shape == (info.height, info.width, 3)


def test_a_frame_is_let_go_once_it_was_looked_at(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [quarters()] * 6)
    gc.collect()
    gc.disable()
    try:
        sampled(path)
        assert not any(isinstance(kept, VideoFrame) for kept in gc.get_objects())
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("orientation", "expected"), [(1, "rgbw"), (3, "bwrg"), (6, "wrgb"), (8, "gbwr"), (2, "grwb")]
)
def test_exif_orientation(tmp_path: Path, orientation: int, expected: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(quarters()).save(tmp_path / "a.png", exif=exif)
    (frame,) = sampled(tmp_path / "a.png")
    assert corners(frame.image) == expected


def test_pixels_become_square_also_when_turned(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [quarters()] * 3, aspect=Fraction(2, 1), rotation=-90)
    frame = sampled(path)[0]
    assert frame.image.shape == (128, 48, 3)
    assert corners(frame.image) == "wrgb"


def test_a_damaged_packet_is_skipped_and_counted(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (50, 48, 64, 3), np.uint8)
    path = write_clip(tmp_path / "a.mp4", noise)
    data = bytearray(path.read_bytes())
    for place, size in packets_of(path)[20:23]:
        data[place : place + size] = b"\xff" * size
    path.write_bytes(data)
    frames = sampled_frames(path, looked_at(path), 25, 1, 1000, MOST)
    seen = list(frames)
    assert frames.damaged >= 3
    assert 20 <= len(seen) <= 47
    assert seen[-1].time > 1.5


def test_a_clip_with_no_whole_packet_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [plain(n) for n in range(10)])
    info, data = looked_at(path), bytearray(path.read_bytes())
    for place, size in packets_of(path):
        data[place : place + size] = b"\xff" * size
    path.write_bytes(data)
    with pytest.raises(MediaRefused, match="decoded"):
        list(sampled_frames(path, info, 4, 32, 1000, MOST))
    with pytest.raises(MediaRefused, match="decoded"):
        looked_at(path)


def test_a_header_that_says_0_frames_a_second_still_has_times(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.avi", [plain(n) for n in range(20)], codec="mpeg4")
    data = bytearray(path.read_bytes())
    header, stream = data.index(b"avih") + 8, data.index(b"strh") + 8
    data[header : header + 4], data[stream + 20 : stream + 28] = bytes(4), bytes(8)
    path.write_bytes(data)
    times = times_of(sampled(path, at_least=20))
    assert len(times) == 20
    assert times == sorted(set(times))


def test_one_frame(tmp_path: Path) -> None:
    (frame,) = sampled(write_clip(tmp_path / "a.mp4", [plain(7)]), at_least=32)
    assert (frame.index, frame.time, number_of(frame.image)) == (0, 0.0, 7)


def test_an_animated_gif_is_laid_on_white_and_keeps_its_times(tmp_path: Path) -> None:
    pictures = [see_through(0), *(see_through(255, red) for red in (200, 120, 40))]
    pictures[0].save(
        tmp_path / "a.gif",
        save_all=True,
        append_images=pictures[1:],
        duration=[100, 300, 100, 500],
        disposal=2,
    )
    frames = sampled(tmp_path / "a.gif", at_least=32)
    assert times_of(frames) == [0, 0.1, 0.4, 0.5]
    colours = [tuple(frame.image[24, 32].tolist()) for frame in frames]
    assert colours == [(255, 255, 255), (200, 0, 0), (120, 0, 0), (40, 0, 0)]


def test_a_half_transparent_still_is_laid_on_white(tmp_path: Path) -> None:
    see_through(128).save(tmp_path / "a.png")
    (frame,) = sampled(tmp_path / "a.png")
    assert np.abs(frame.image[24, 32].astype(int) - (227, 127, 127)).max() <= 1


def test_sixteen_bits_a_channel_keep_their_light(tmp_path: Path) -> None:
    Image.fromarray(np.full((48, 64), 0x8000, np.uint16)).save(tmp_path / "a.png")
    (frame,) = sampled(tmp_path / "a.png")
    assert frame.image.mean() == pytest.approx(128, abs=1)


def test_an_8k_still_comes_whole(tmp_path: Path) -> None:
    Image.fromarray(plain(5, 7680, 4320)).save(tmp_path / "a.jpg")
    (frame,) = sampled(tmp_path / "a.jpg")
    assert frame.image.shape == (4320, 7680, 3)


@pytest.mark.parametrize("name", ["a.png", "a.mp4"])
def test_the_desk_says_how_large_a_frame_may_be(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "a.png":
        Image.new("L", (64, 48)).save(path)
    else:
        write_clip(path, [plain(n) for n in range(5)])
    info = looked_at(path)
    assert list(sampled_frames(path, info, 4, 1, 10, 64 * 48))
    with pytest.raises(MediaRefused):
        list(sampled_frames(path, info, 4, 1, 10, 64 * 48 - 1))


def test_frames_are_not_held(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", portrait_frames(40))
    frames = iter(sampled_frames(path, looked_at(path), 25, 32, 1000, MOST))
    first: Picture = next(frames).image
    assert isinstance(first, np.ndarray)
    frames.close()  # and leaving in the middle closes the file


def test_the_settings_of_the_desk_can_be_used(tmp_path: Path) -> None:
    limits = Settings()
    path = write_clip(tmp_path / "a.mp4", [plain(n) for n in range(50)])
    frames = sampled_frames(
        path, looked_at(path), limits.samples_per_second, limits.min_samples, limits.max_samples, limits.max_pixels
    )
    assert isinstance(frames, SampledFrames)
    assert len(list(frames)) == 32


def see_through(alpha: int, red: int = 200) -> Image.Image:
    pixels = np.zeros((48, 64, 4), np.uint8)
    pixels[..., 0], pixels[..., 3] = red, alpha
    return Image.fromarray(pixels)
