"""A result on its way out of the confined process, as a folder.

The child writes `evidence.json`, `places.json` and three small pictures for each heatmap. The parent trusts
none of it: sizes and shapes are checked, and no file name is taken from what was read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from pydantic import TypeAdapter, ValidationError

from core.errors import AnalysisFailed
from core.evidence import Evidence, Heatmap, MediaInfo, ModelRef
from core.fingerprints import Fingerprint

Kind = Literal["crop", "heat", "frame"]

EVIDENCE, PLACES = "evidence.json", "places.json"
TIMES, HASHES = "fingerprint.times", "fingerprint.hashes"
FILES: dict[Kind, str] = {"crop": "crop.png", "heat": "heat.png", "frame": "frame.jpg"}
FORMATS: dict[Kind, str] = {"crop": "PNG", "heat": "PNG", "frame": "JPEG"}
LARGEST_JSON = 1 << 27  # bytes: hours of crowds
LARGEST_PICTURE = 1 << 23  # bytes
LONGEST_SIDE = 2048  # px; a kept frame has half of it
LARGEST_FINGERPRINT = 1 << 20  # bytes: thousands of key frames


@dataclass(frozen=True)
class Place:
    """Where the pictures of one heatmap belong; fields as in `core.evidence.Heatmap`."""

    track: str
    index: int
    time: float
    frame_scale: float
    to_frame: tuple[float, float, float, float, float, float]
    variants: dict[str, float]


@dataclass(frozen=True)
class StagedPicture:
    """One picture, found to be one, and the name that it should be kept under."""

    kind: Kind
    name: str
    content: bytes
    place: Place


def write(folder: Path, found: Evidence) -> None:
    """Leave a result in an empty folder."""
    (folder / EVIDENCE).write_bytes(TypeAdapter(Evidence).dump_json(replace(found, heatmaps=())))
    places = [_place(heatmap) for heatmap in found.heatmaps]
    (folder / PLACES).write_bytes(TypeAdapter(list[Place]).dump_json(places))
    for number, heatmap in enumerate(found.heatmaps):
        (folder / _name(number, "crop")).write_bytes(heatmap.crop_png)
        (folder / _name(number, "heat")).write_bytes(heatmap.heat_png)
        (folder / _name(number, "frame")).write_bytes(heatmap.frame_jpg)


def write_fingerprint(folder: Path, prints: Fingerprint) -> None:
    """Leave the fingerprint beside the result."""
    for name, content in zip((TIMES, HASHES), prints.to_bytes(), strict=True):
        (folder / name).write_bytes(content)


def fingerprint(folder: Path) -> Fingerprint | None:
    """The fingerprint beside a result; None where there is none.

    Raises:
        AnalysisFailed: `bad_result` where it isn't one.
    """
    if not (folder / TIMES).exists():
        return None
    times, hashes = (_content(folder / name, LARGEST_FINGERPRINT) for name in (TIMES, HASHES))
    try:
        return Fingerprint.of_bytes(times, hashes)
    except ValueError as error:
        raise _bad("its fingerprint has another shape") from error


def read(folder: Path, media: MediaInfo, model: ModelRef) -> Evidence:
    """The result in a folder, as a result about this file by these weights.

    Raises:
        AnalysisFailed: `bad_result` where it isn't one.
    """
    found: Evidence = _parse(Evidence, folder / EVIDENCE)
    if found.model != model:
        raise _bad("it names other weights than those in service")
    return replace(found, media=media, heatmaps=())


def pictures(folder: Path) -> Iterator[StagedPicture]:
    """The pictures of a result.

    Raises:
        AnalysisFailed: `bad_result` where one isn't a small picture.
    """
    places: list[Place] = _parse(list[Place], folder / PLACES)
    for number, place in enumerate(places):
        for kind in FILES:
            name = _name(number, kind)
            yield StagedPicture(kind, name, _picture(folder / name, kind), place)


def _place(heatmap: Heatmap) -> Place:
    return Place(
        heatmap.track, heatmap.index, heatmap.time, heatmap.frame_scale, heatmap.to_frame, heatmap.variants
    )


def _name(number: int, kind: Kind) -> str:
    return f"{number:03d}-{FILES[kind]}"


def fault_of(content: bytes, kind: Kind) -> str | None:
    """Why these bytes may not be kept as a picture of this kind; None where they may."""
    try:
        # Its header alone is read here; whoever draws it later would be hit by a bomb.
        with Image.open(BytesIO(content), formats=[FORMATS[kind]]) as picture:
            small = max(picture.size) <= LONGEST_SIDE
    except (OSError, ValueError, SyntaxError):
        return "is no picture"
    return None if small else "is too large a picture"


def _picture(path: Path, kind: Kind) -> bytes:
    content = _content(path, LARGEST_PICTURE)
    if fault := fault_of(content, kind):
        raise _bad(f"{path.name} {fault}")
    return content


def _parse(shape: Any, path: Path) -> Any:
    try:
        return TypeAdapter(shape).validate_json(_content(path, LARGEST_JSON))
    except ValidationError as error:
        raise _bad(f"{path.name} has another shape ({error.error_count()} errors)") from error


def _content(path: Path, most: int) -> bytes:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > most:
        raise _bad(f"{path.name} is missing or too large")
    return path.read_bytes()


def _bad(why: str) -> AnalysisFailed:
    return AnalysisFailed(
        "bad_result", f"The analysis left a result that can't be used: {why}. Try it again."
    )
