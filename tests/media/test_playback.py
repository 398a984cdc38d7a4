"""Frame times and copies: every frame of whatever came in, at its very time, upright, with the sound that it had."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.errors import MediaRefused
from core.settings import settings
from pipelines.media.playback import even_size, frame_times, write_copy
from tests.media.conftest import corners, looked_at, plain, quarters, write_clip

STEP = 9  # grey levels from one picture to the next
PICTURES = [plain(STEP // 3 * number) for number in range(24)]
UNEVEN = [25 * number + (17 if number % 3 == 1 else 0) for number in range(24)]  # ms
Write = Callable[[Path], Path]


def gif(path: Path) -> Path:
    first, *others = (Image.fromarray(picture) for picture in PICTURES)
    shown = [40 + 70 * (number % 3) for number in range(len(PICTURES))]
    first.save(path, save_all=True, append_images=others, duration=shown)
    return path


MADE: dict[str, Write] = {
    "hevc.mp4": lambda path: write_clip(path, PICTURES, codec="libx265", stamps=UNEVEN),
    "old.avi": lambda path: write_clip(path, PICTURES, codec="mpeg4"),
    "uneven.mkv": lambda path: write_clip(path, PICTURES, stamps=UNEVEN),
    "late.mkv": lambda path: write_clip(path, PICTURES, stamps=[700 + stamp for stamp in UNEVEN]),
    "moving.gif": gif,
}


def copied(original: Path) -> Path:
    target = original.with_suffix(".copy.mp4")
    write_copy(original, looked_at(original), target, settings().max_pixels, lambda _done, _total: None)
    return target


def frames(clip: Path) -> list[np.ndarray]:
    with av.open(str(clip)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def brightness(clip: Path) -> list[float]:
    """Of every frame: tells one from the next."""
    return [float(frame.mean()) for frame in frames(clip)]


@pytest.mark.parametrize("name", MADE)
def test_a_copy_has_every_frame_at_its_very_time(tmp_path: Path, name: str) -> None:
    original = MADE[name](tmp_path / name)
    copy = copied(original)
    with av.open(str(copy)) as container:
        (track,) = container.streams.video
        assert (track.codec_context.name, track.codec_context.has_b_frames) == ("h264", False)
        shown = [float(packet.pts * packet.time_base) for packet in container.demux(track) if packet.size]
    assert shown == pytest.approx(frame_times(original, 10**6), abs=1e-4)
    assert brightness(copy) == pytest.approx(brightness(original), abs=STEP / 2)


def test_uneven_times_are_told_as_they_are(tmp_path: Path) -> None:
    times = frame_times(MADE["late.mkv"](tmp_path / "late.mkv"), 10**6)
    assert times == pytest.approx([stamp / 1000 for stamp in UNEVEN], abs=1e-9)


def test_a_copy_is_upright_and_has_square_pixels(tmp_path: Path) -> None:
    turned = write_clip(tmp_path / "turned.mp4", [quarters()] * 5, codec="libx265", rotation=90)
    assert looked_at(turned).rotation in (90, 270)
    shown = frames(copied(turned))[0]
    assert shown.shape[:2] == (64, 48) and corners(shown) == "gbwr"
    wide = write_clip(tmp_path / "wide.avi", [quarters()] * 5, codec="mpeg4", aspect=Fraction(2))
    assert frames(copied(wide))[0].shape[:2] == (48, 128)


def test_sound_is_carried_over_where_browsers_know_it(tmp_path: Path) -> None:
    assert sound_of(copied(with_sound(tmp_path / "aac.mov", "aac"))) == "aac"
    assert sound_of(copied(with_sound(tmp_path / "pcm.mov", "pcm_s16le"))) is None


def with_sound(path: Path, codec: str) -> Path:
    with av.open(str(path), "w") as out:
        video, audio = out.add_stream("libx265", rate=25), out.add_stream(codec, rate=44100, layout="mono")
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for picture in PICTURES:
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(video.encode(None))
        for start in range(0, 44100, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts = 44100, start
            out.mux(audio.encode(frame))
        out.mux(audio.encode(None))
    return path


def sound_of(clip: Path) -> str | None:
    with av.open(str(clip)) as container:
        return next((track.codec_context.name for track in container.streams.audio), None)


def test_progress_is_told_to_the_last_frame(tmp_path: Path) -> None:
    original, told = MADE["old.avi"](tmp_path / "old.avi"), list[tuple[int, int]]()
    most = settings().max_pixels
    write_copy(original, looked_at(original), tmp_path / "copy.mp4", most, lambda *done: told.append(done))
    assert told == [(number, 24) for number in range(1, 25)]


@pytest.mark.parametrize(
    ("size", "copy"),
    [((61, 41), (60, 40)), ((3840, 2160), (1920, 1080)), ((1, 1), (2, 2)), ((1080, 1920), (1080, 1920))],
)
def test_sizes_are_even_and_not_too_large(size: tuple[int, int], copy: tuple[int, int]) -> None:
    assert even_size(*size) == copy


def test_what_is_no_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_bytes(b"this is text, whatever its name says")
    with pytest.raises(MediaRefused):
        frame_times(tmp_path / "text.mp4", settings().max_pixels)
