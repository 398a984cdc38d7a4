"""Key frames of a clip, to be searched for elsewhere by hand: whole frames, each named after where it is from.

They are the pictures that the analysis kept of the frames that weigh most. Nothing is sent anywhere from here.
"""

import hashlib
import zipfile
from dataclasses import dataclass
from io import BytesIO

from core.errors import TelltaleError
from core.settings import Settings
from core.units import clock
from db import analyses, audit
from db.analyses import Picture, StoredAnalysis
from db.rights import User, require
from db.session import session
from pipelines import storage

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: the same frames make the same bytes
SUMS = "SHA256SUMS"  # as `sha256sum --check` reads it


@dataclass(frozen=True)
class KeyFrame:
    """One whole frame. `name` carries the hash of the file it is from and its moment; `path` is relative to home."""

    index: int
    time: float  # s
    name: str  # "9c1f03aa42bd_00-12.480_frame-312.jpg"
    path: str
    sha256: str


def key_frames(stored: StoredAnalysis) -> list[KeyFrame]:
    """The frames that an analysis kept, each once whoever is in it, in order of time."""
    whole = {one.index: one for one in stored.pictures if one.kind == "frame"}
    return [_key_frame(stored, whole[index]) for index in sorted(whole)]


def take(config: Settings, actor: User, analysis_id: int, index: int | None = None) -> tuple[str, bytes]:
    """A frame, or all of them as a zip where none is named: its name and its bytes. It stands in the log.

    Raises:
        NotAllowed: the actor may not export.
        TelltaleError: `no_frames` where there are none, `frame_altered` where one is not what was kept.
    """
    require(actor, "export")
    with session(config) as opened:
        stored = analyses.get(opened, analysis_id)
        found = [one for one in key_frames(stored) if index in (None, one.index)] if stored else []
        if stored is None or not found:
            raise TelltaleError("no_frames", "No such frame of this analysis is kept.")
        contents = {one.name: _read(config, one) for one in found}
        audit.record(opened, actor, "key_frames.exported", f"analysis:{analysis_id}", names=list(contents))
    if index is not None:
        return contents.popitem()
    return f"{stored.evidence.media.sha256[:12]}_key-frames.zip", bundle(contents)


def bundle(contents: dict[str, bytes]) -> bytes:
    """A zip of the files and of their hashes: the same bytes from the same files."""
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in contents.items())
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:  # stored as they are: JPEGs do not get smaller
        for name, content in [*contents.items(), (SUMS, sums.encode())]:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content)
    return written.getvalue()


def _key_frame(stored: StoredAnalysis, picture: Picture) -> KeyFrame:
    info = stored.evidence.media
    moment = "" if info.kind == "image" else f"_{clock(picture.time).replace(':', '-')}_frame-{picture.index}"
    name = f"{info.sha256[:12]}{moment}.jpg"
    return KeyFrame(picture.index, picture.time, name, picture.path, picture.sha256)


def _read(config: Settings, frame: KeyFrame) -> bytes:
    path = storage.here(config, config.home / frame.path)
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != frame.sha256:
        raise TelltaleError("frame_altered", f"{frame.name} is gone, or is no longer what the analysis kept.")
    return content
