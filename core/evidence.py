"""The plain records that travel through the whole house: made by `pipelines.media`, kept by `db`, shown by all.

They hold numbers and text only, so that an analysis can be written to JSON, read back and compared.
Times are presentation times in seconds, boxes are [x, y, width, height] in pixels of the upright picture with
square pixels, scores are calibrated probabilities in 0–1, raw scores are logits.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Literal

MediaKind = Literal["video", "image"]
Band = Literal["signs", "inconclusive", "no_signs", "too_poor", "no_face"]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class MediaInfo:
    """What a file is, as its container says and as decoding it bore out."""

    sha256: str
    name: str
    kind: MediaKind
    bytes: int
    container: str
    codec: str
    width: int  # of the upright picture, with square pixels
    height: int
    duration: float | None  # s; None for a picture
    fps: float | None  # average; None for a picture
    rotation: int = 0  # degrees clockwise that were needed to set the picture upright
    has_audio: bool = False
    tags: dict[str, str] = field(
        default_factory=dict
    )  # creation time, encoder, device … as written in the file


@dataclass(frozen=True)
class Quality:
    """How well one face can be seen."""

    face_px: float  # width of the face in source pixels
    sharpness: float  # variance of the Laplacian of the grey crop at a fixed size; higher is sharper
    brightness: float  # mean luma of the crop, 0–1
    contrast: float  # standard deviation of luma, 0–1
    yaw: float  # degrees; 0 looks into the camera, positive to the picture's right; 0 too where it is "unclear"
    pitch: float  # degrees; positive looks up
    poor: tuple[str, ...] = ()  # why the detector may not be asked about it: "small", "blurred", "dark" …


@dataclass(frozen=True)
class FrameScore:
    """One face in one frame. `score` and `raw_score` are None where the quality gate said no."""

    index: int  # number of the frame in presentation order
    time: float
    box: Box
    score: float | None
    raw_score: float | None
    quality: Quality


@dataclass(frozen=True)
class Track:
    """One person within one shot, with what the detector says about the whole of it."""

    id: str  # A, B, C … in order of appearance
    start: float
    end: float
    band: Band
    score: float | None
    raw_score: float | None
    frames: tuple[FrameScore, ...]
    raw_low: float | None = None  # raw score under the change (re-encoding, scaling, mirroring) that lowers it most
    raw_high: float | None = None  # … that raises it most; both None where it was not judged

    @property
    def face_px(self) -> float:
        """Width of the face in the middle one of its frames, in source pixels."""
        return median(seen.quality.face_px for seen in self.frames)


@dataclass(frozen=True)
class Heatmap:
    """Where the model looked in one face: small PNGs, and where they lie on the source frame.

    `crop_png` is the crop as it was scored, `heat_png` the same size in grey (white = looked most).
    `to_frame` is the 2 × 3 affine matrix, row by row, from crop pixels to pixels of the upright frame.
    `frame_jpg` is the upright frame itself, scaled by `frame_scale`.
    """

    track: str
    index: int
    time: float
    crop_png: bytes
    heat_png: bytes
    frame_jpg: bytes
    frame_scale: float
    to_frame: tuple[float, float, float, float, float, float]
    variants: dict[str, float] = field(default_factory=dict)  # the score after "jpeg", "small" and "flip"


@dataclass(frozen=True)
class Finding:
    """One thing worth saying about a clip, with the stretch that it is about."""

    code: str  # "strong_track", "short_track", "limits_small_faces" …
    text: str
    track: str | None = None
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class ModelRef:
    """Which weights spoke."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class Timing:
    """Seconds spent in each stage."""

    decode_s: float
    faces_s: float
    score_s: float
    explain_s: float
    total_s: float


@dataclass(frozen=True)
class Evidence:
    """All that one analysis found. `shots` are the start times of the shots, the first one 0."""

    media: MediaInfo
    band: Band
    score: float | None
    raw_score: float | None
    tracks: tuple[Track, ...]
    findings: tuple[Finding, ...]
    heatmaps: tuple[Heatmap, ...]
    shots: tuple[float, ...]
    frames_sampled: int
    model: ModelRef
    timing: Timing
    samples_per_second: float | None = None  # asked for; None for a picture, and where nobody wrote it down
    device: str | None = None  # that scored, "CPU" or a GPU's name; None where nobody wrote it down

    def record(self) -> dict[str, Any]:
        """Plain JSON types, without the pictures (the contract of `scripts.analyse`)."""
        whole = asdict(self)
        del whole["heatmaps"]
        return {"status": "analysed", "error": None} | whole


MEDIA_FIELDS = ("sha256", "name", "duration", "width", "height", "fps")


def failed_record(media: Mapping[str, Any], code: str, message: str) -> dict[str, Any]:
    """What `Evidence.record` is where there is no evidence: what is known of the file, and why. Never a score."""
    known = {field: media.get(field) for field in MEDIA_FIELDS}
    unknown = dict.fromkeys(("band", "score", "raw_score", "model", "timing"))
    said = {"code": code, "message": message}
    return {"media": known, "status": "failed", **unknown, "tracks": [], "findings": [], "error": said}
