"""Whatever comes in, its kind is read from its content, and what is no use is refused with a reason."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.errors import MediaRefused
from core.settings import Settings, settings
from pipelines.media.decode import sampled_frames
from tests.media.conftest import looked_at, plain, quarters, write_clip, write_sound


def refusal(path: Path, limits: Settings | None = None) -> str:
    with pytest.raises(MediaRefused) as caught:
        looked_at(path, limits)
    assert caught.value.message.endswith((".", "?"))
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "codec", "container"),
    [
        ("a.mp4", "libx264", "mov"),
        ("a.mov", "libx264", "mov"),
        ("a.mkv", "libx264", "matroska"),
        ("a.webm", "libvpx-vp9", "matroska"),
        ("a.avi", "mpeg4", "avi"),
    ],
)
def test_each_container_is_known_by_its_content(
    tmp_path: Path, name: str, codec: str, container: str
) -> None:
    path = write_clip(tmp_path / name, [plain(n) for n in range(10)], codec=codec)
    misnamed = path.rename(tmp_path / "holiday.jpg")
    info = looked_at(misnamed)
    assert (info.kind, info.container, info.width, info.height) == ("video", container, 64, 48)
    assert info.duration == pytest.approx(0.4, abs=0.002)
    assert info.fps == pytest.approx(25, rel=0.01)
    assert not info.has_audio


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_stills(tmp_path: Path, form: str) -> None:
    path = tmp_path / "still.mp4"
    Image.fromarray(quarters()).save(path, form)
    info = looked_at(path)
    assert (info.kind, info.codec, info.width, info.height) == ("image", form.lower(), 64, 48)
    assert info.duration is None
    assert info.fps is None


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_animated_pictures_are_clips(tmp_path: Path, form: str) -> None:
    path = tmp_path / "animated"
    first, *rest = [Image.fromarray(plain(10 * n)) for n in range(5)]
    first.save(path, form, save_all=True, append_images=rest, duration=200)
    info = looked_at(path)
    assert (info.kind, info.duration, info.fps) == ("video", pytest.approx(1.0), pytest.approx(5.0))


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert refusal(tmp_path / "a.mp4") == "empty"


@pytest.mark.parametrize(
    "content",
    [
        b"Dear all, please find attached\n" * 100,
        b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
        b"\x00" * 4096,
        b"x",
    ],
)
def test_what_is_no_media_is_refused_whatever_its_name_says(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    assert refusal(tmp_path / "a.mp4") == "not_media"


def test_sound_alone(tmp_path: Path) -> None:
    assert refusal(write_sound(tmp_path / "a.mp4")) == "no_picture"
    (tmp_path / "b.mp4").write_bytes(b"ID3\x04" + bytes(100))
    assert refusal(tmp_path / "b.mp4") == "no_picture"


def test_heic_gets_advice(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(100))
    assert refusal(tmp_path / "a.jpg") == "unsupported"


def test_a_clip_whose_index_was_cut_off(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [plain(n) for n in range(25)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert refusal(path) == "undecodable"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_torn_still(tmp_path: Path, form: str) -> None:
    path = tmp_path / "a"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (99, 99, 3), np.uint8)).save(path, form)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert refusal(path) == "undecodable"


def test_a_clip_of_noise_bytes_with_a_good_header(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3" + np.random.default_rng(0).bytes(5000))
    assert refusal(path) == "undecodable"


def test_a_clip_that_ends_early_has_the_duration_that_it_holds(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (50, 48, 64, 3), np.uint8)
    path = write_clip(tmp_path / "a.mp4", pictures, options={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    info = looked_at(path)
    assert 0.5 < (info.duration or 0) < 1.5
    assert float(info.tags["declared_duration"]) == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("planted", ["99999", "x", "inf"])
def test_no_file_says_for_us_that_it_was_cut(tmp_path: Path, planted: str) -> None:
    path = tmp_path / "a.mkv"
    with av.open(path, "w") as container:
        container.metadata["DECLARED_DURATION"] = container.metadata["declared_duration"] = planted
        stream = container.add_stream("libx264", rate=25, width=64, height=48, pix_fmt="yuv420p")
        for number in range(25):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(plain(number), format="rgb24")))
        container.mux(stream.encode())
    with av.open(path) as container:
        assert planted in container.metadata.values()
    assert "declared_duration" not in looked_at(path).tags


def test_a_later_frame_that_is_larger_than_the_first_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    small = Image.fromarray(plain(1))
    small.save(path, "GIF", save_all=True, append_images=[Image.fromarray(plain(9))], duration=100)
    data = bytearray(path.read_bytes())
    second = data.rindex(b"\x2c")  # image descriptor: left, top, width, height
    assert data[second + 5 : second + 9] == small.width.to_bytes(2, "little") + small.height.to_bytes(2, "little")
    data[second + 5 : second + 9] = (60_000).to_bytes(2, "little") * 2
    path.write_bytes(data)
    info = looked_at(path)
    assert (info.width, info.height) == small.size
    frames = list(sampled_frames(path, info, 4.0, 32, 100, settings().max_pixels))
    assert [frame.index for frame in frames] == [0]


def test_one_frame(tmp_path: Path) -> None:
    info = looked_at(write_clip(tmp_path / "a.mp4", [plain(1)]))
    assert (info.kind, info.duration, info.fps) == ("video", pytest.approx(0.04), pytest.approx(25))


def test_a_header_that_says_0_frames_a_second(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.avi", [plain(n) for n in range(20)], codec="mpeg4")
    data = bytearray(path.read_bytes())
    header, stream = data.index(b"avih") + 8, data.index(b"strh") + 8
    data[header : header + 4] = bytes(4)  # microseconds per frame
    data[stream + 20 : stream + 28] = bytes(8)  # scale and rate
    path.write_bytes(data)
    info = looked_at(path)
    assert info.fps is not None
    assert info.fps > 0
    assert (info.duration or 0) * info.fps == pytest.approx(20)


def test_rotation_pixel_aspect_and_portrait_format(tmp_path: Path) -> None:
    turned = looked_at(write_clip(tmp_path / "turned.mp4", [quarters()] * 3, rotation=-90))
    assert (turned.width, turned.height, turned.rotation) == (48, 64, 90)
    wide = looked_at(write_clip(tmp_path / "wide.mp4", [quarters()] * 3, aspect=Fraction(4, 3)))
    assert (wide.width, wide.height) == (85, 48)
    tall = looked_at(write_clip(tmp_path / "tall.mp4", [quarters()] * 3, aspect=Fraction(3, 4)))
    assert (tall.width, tall.height) == (64, 64)
    upright = looked_at(write_clip(tmp_path / "upright.mp4", [plain(1, 48, 86)] * 3))
    assert (upright.width, upright.height) == (48, 86)


def test_exif_sets_a_photo_upright_and_tells_the_camera(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "Maker\nof\tthings", "Model 1"
    Image.fromarray(quarters()).save(tmp_path / "a.jpg", exif=exif)
    info = looked_at(tmp_path / "a.jpg")
    assert (info.width, info.height, info.rotation) == (48, 64, 90)
    assert info.tags == {"Make": "Maker of things", "Model": "Model 1"}


def test_tags_and_sound_of_a_clip(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    with av.open(str(path), "w") as container:
        container.metadata.update(creation_time="2026-11-23T10:00:00Z", title="x" * 9000)
        picture, sound = container.add_stream("libx264", rate=25), container.add_stream("aac", rate=44100)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        container.mux(picture.encode(av.VideoFrame.from_ndarray(plain(1), format="rgb24")))
        container.mux(picture.encode(None))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 44100
        container.mux(sound.encode(silence))
        container.mux(sound.encode(None))
    info = looked_at(path)
    assert info.has_audio
    assert info.tags["creation_time"].startswith("2026-11-23T10:00:00")
    assert len(info.tags["title"]) <= 500


def test_limits(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [plain(n) for n in range(25)])
    assert refusal(path, Settings(max_bytes=100)) == "too_large"
    assert refusal(path, Settings(max_duration=0.5)) == "too_long"
    assert refusal(path, Settings(max_pixels=1000)) == "too_many_pixels"


def test_too_many_streams(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("mpeg4", rate=25) for _ in range(4)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for stream in streams:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(plain(1, 32, 32), format="rgb24")))
            container.mux(stream.encode(None))
    assert refusal(path, Settings(max_streams=3)) == "too_many_streams"
    assert looked_at(path, Settings(max_streams=4)).kind == "video"


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (20000, 20000)).save(path)  # 50 kB that would decode to 1.2 GB of RGB
    assert path.stat().st_size < 100_000
    assert refusal(path) == "too_many_pixels"


def test_a_name_is_kept_as_it_was_given(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [plain(1)]).rename(tmp_path / "caf\u00e9 \U0001f600\nclip[1]%s.mp4")
    assert looked_at(path).name == path.name
