"""Small real media, made on the fly: every way in which a file can be odd, hostile or broken."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.data import astronaut

from core.detectors.card import Calibration, Card, CropSpec, QualityGate, Scale, Thresholds
from core.evidence import Evidence, MediaInfo, MediaKind, ModelRef
from core.settings import Settings, settings
from pipelines.media.analyse import analyse
from pipelines.media.crops import CROP_VERSION
from pipelines.media.faces import FaceFinder
from pipelines.media.probe import probe

Picture = NDArray[np.uint8]
SAMPLES = Path(__file__).parents[2] / "samples"


SCALE = Scale(
    calibration=Calibration(scale=1.0, offset=0.0),
    thresholds=Thresholds(signs=3.0, no_signs=1.0, false_alarm_rate=0.05, genuine=(0.0, 1.0, 2.0)),
)


class WarmthDetector:
    """A detector that needs no weights: the more red than blue in a crop, the higher its logit."""

    card = Card(
        name="warmth",
        version="1",
        sha256="0" * 64,
        graph_sha256="0" * 64,
        architecture="none",
        experts=("blending",),
        crop=CropSpec(version=CROP_VERSION, size=96, margin=0.1),
        scales={"video": SCALE, "image": SCALE},
        quality=QualityGate(
            min_face_px=30, min_sharpness=2, min_brightness=0.05, min_contrast=0.02, max_yaw=70, min_frames=4
        ),
        training={},
        figures={},
        limits=(),
        licence="CC0-1.0",
    )
    ref = ModelRef("warmth", "1", "0" * 64)
    device = "CPU"

    def score(self, crops: Picture, _kind: MediaKind) -> NDArray[np.float32]:
        return (crops[..., 0].mean((1, 2)) - crops[..., 2].mean((1, 2))).astype(np.float32) / 16

    def heat(self, crops: Picture) -> NDArray[np.float32]:
        return (crops[..., 0] / 255).astype(np.float32)


@pytest.fixture
def detector() -> WarmthDetector:
    return WarmthDetector()


@pytest.fixture(scope="session")
def finder() -> Iterator[FaceFinder]:
    with FaceFinder(settings().face_models) as finder:
        yield finder


@pytest.fixture
def evidence_of(detector: WarmthDetector, finder: FaceFinder) -> Callable[..., Evidence]:
    """The whole analysis of a file, by a detector that needs no weights."""

    def run(path: Path, **settings: float) -> Evidence:
        return analyse(path, looked_at(path), detector, finder, Settings(**settings), lambda _: None)

    return run


def looked_at(path: Path, limits: Settings | None = None) -> MediaInfo:
    """What `probe` says about a file."""
    return probe(path, path.name, "0" * 64, limits or Settings())


def plain(number: int, width: int = 64, height: int = 48) -> Picture:
    """A grey picture from which its number can be read back, whatever a codec does to it."""
    return np.full((height, width, 3), 16 + 3 * number, np.uint8)


def number_of(picture: Picture) -> int:
    """The number that `plain` wrote."""
    return round((float(picture.mean()) - 16) / 3)


def quarters(width: int = 64, height: int = 48) -> Picture:
    """Red, green, blue and white quarters, clockwise from the top left: shows every turn and mirroring."""
    picture = np.zeros((height, width, 3), np.uint8)
    top, left = slice(0, height // 2), slice(0, width // 2)
    low, right = slice(height // 2, None), slice(width // 2, None)
    picture[top, left], picture[top, right] = (255, 0, 0), (0, 255, 0)
    picture[low, right], picture[low, left] = (0, 0, 255), (255, 255, 255)
    return picture


def corners(picture: Picture) -> str:
    """The colours of the quarters, clockwise from the top left: "rgbw" as `quarters` drew them."""
    height, width = picture.shape[:2]
    spots = [(0.25, 0.25), (0.25, 0.75), (0.75, 0.75), (0.75, 0.25)]
    seen = [picture[int(y * height), int(x * width)] > 127 for y, x in spots]
    names = {(1, 0, 0): "r", (0, 1, 0): "g", (0, 0, 1): "b", (1, 1, 1): "w"}
    return "".join(names[tuple(int(channel) for channel in spot)] for spot in seen)


def portrait_frames(count: int, width: int = 320, height: int = 240, step: int = 2) -> list[Picture]:
    """A camera that moves over a portrait, `step` pixels a frame."""
    photo = cv2.resize(astronaut(), (2 * width, 2 * width), interpolation=cv2.INTER_AREA)
    top, left = int(0.1 * width), int(0.4 * width)
    return [photo[top : top + height, left + step * n : left + step * n + width] for n in range(count)]


def write_clip(
    path: Path,
    pictures: Iterable[Picture],
    rate: int = 25,
    codec: str = "libx264",
    stamps: Sequence[int] | None = None,
    aspect: Fraction | None = None,
    rotation: float | None = None,
    mirrored: bool = False,
    options: dict[str, str] | None = None,
) -> Path:
    """A clip of `pictures`. `stamps` are presentation times in ms, `rotation` is in degrees anticlockwise."""
    pictures = list(pictures)
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options={"crf": "12"} if codec == "libx264" else {})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        if stamps:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation is not None:
            stream.set_display_rotation(rotation, hflip=mirrored)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            if stamps:
                frame.pts, frame.time_base = stamps[number], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_sound(path: Path) -> Path:
    """A second of silence, and no picture track."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        for start in range(0, 44100, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44100, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def packets_of(path: Path) -> list[tuple[int, int]]:
    """Place and size in the file of each packet of the picture track."""
    with av.open(str(path)) as container:
        return [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
