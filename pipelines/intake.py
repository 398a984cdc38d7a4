"""The way in: a file becomes an original, a media row and a job; or a failed job that says why not."""

import math
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from core.errors import AnalysisFailed, MediaRefused, TelltaleError
from core.evidence import MediaInfo
from core.settings import Settings
from db import audit, cases, deletion, jobs, media
from db.models import Origin
from db.rights import User, require
from db.session import session
from pipelines import storage
from pipelines.confine import Confined, Limits, Reach
from pipelines.folders import listing
from pipelines.jobs import submit
from pipelines.media.probe import LONGEST_TAG, MOST_TAGS
from pipelines.originals import CHUNK, Incoming, here, open_regular, path_of
from pipelines.wishes import PLAIN, Wish, granted

PROBE = "pipelines.probing:prober"
PROBE_SECONDS = 60.0
MOST_FILES = 1000
LONGEST_NAME = 200  # characters
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


Settle = Callable[[Session, int, MediaInfo], None]  # what is written down beside a file (its id) that is kept


@dataclass(frozen=True)
class Gift:
    """What was said about a file when it was given."""

    name: str
    actor: User
    wish: Wish
    origin: Origin = "desk"


@dataclass(frozen=True)
class Taken:
    """What became of one file. Every one has a job; a refused one has a `refusal` and no hash."""

    job_id: int
    name: str
    sha256: str | None
    known: bool  # the desk held these very bytes already
    refusal: TelltaleError | None


def take_in(
    source: Path | BinaryIO,
    name: str,
    config: Settings,
    actor: User,
    wish: Wish = PLAIN,
    origin: Origin = "desk",
) -> Taken:
    """Copy a file in and ask for its analysis. A file that isn't ours to judge is refused, not raised.

    Raises:
        NotAllowed, TelltaleError: the actor may take nothing in, or the wish can't be met (`may_come`).
    """
    wish = may_come(config, actor, wish)
    with prober(config) as probe:
        return _take_in(source, Gift(name, actor, wish, origin), config, probe)


def take_in_folder(folder: Path, config: Settings, actor: User, wish: Wish = PLAIN) -> Iterator[Taken]:
    """Take in the media of a folder, one after the other, in the order of their paths.

    Raises:
        NotAllowed, TelltaleError: the actor may take no folder in, or the wish can't be met (`may_come`).
        MediaRefused: `no_folder`, `no_media`, `too_many_files`.
    """
    require(actor, "take_in_folders")
    wish = may_come(config, actor, wish)
    paths = media_in(folder)
    with prober(config) as probe:
        for path in paths:
            yield _take_in(path, Gift(path.name, actor, wish), config, probe)


def may_come(config: Settings, actor: User, wish: Wish) -> Wish:
    """Ask before bytes are moved whether somebody may take in what she wishes so; gives the wish to go on with.

    Raises:
        NotAllowed: the actor may take nothing in.
        TelltaleError: `bad_sampling`, `no_case`, `case_closed`.
    """
    require(actor, "take_in")
    with session(config) as opened:
        return granted(opened, config, actor, wish)


def media_in(folder: Path) -> list[Path]:
    """The media of a folder, by their suffixes; hidden files and links are passed over.

    Raises:
        MediaRefused: `no_folder`, `closed_folder`, `no_media`, `too_many_files`.
    """
    if not folder.is_dir():
        raise MediaRefused("no_folder", "There is no such folder on the machine that runs the desk.")
    try:
        paths = listing(folder).media
    except OSError as error:
        raise MediaRefused("closed_folder", f"The desk can't read this folder: {error.strerror}.") from error
    if not paths:
        raise MediaRefused("no_media", "This folder holds no video or picture that the desk can read.")
    if len(paths) > MOST_FILES:
        raise MediaRefused(
            "too_many_files", f"This folder holds {len(paths)} files; take at most {MOST_FILES} at once."
        )
    return paths


def admit(
    incoming: Incoming,
    name: str,
    config: Settings,
    actor: User,
    wish: Wish = PLAIN,
    origin: Origin = "desk",
) -> Taken:
    """Judge a file whose bytes have all been written to `incoming`, and ask for its analysis.

    `wish` is one that `may_come` gave.

    Raises:
        NotAllowed: the actor may take nothing in.
    """
    require(actor, "take_in")
    with prober(config) as probe:
        return _admit(incoming, Gift(name, actor, wish, origin), config, probe)


def refuse(name: str, refusal: TelltaleError, config: Settings, actor: User, wish: Wish = PLAIN) -> Taken:
    """Remember that a file was not let in, and why.

    Raises:
        NotAllowed: the actor may take nothing in.
    """
    require(actor, "take_in")
    with session(config) as opened:
        job_id = write_refusal(opened, Gift(name, actor, wish), refusal)
    return Taken(job_id, display_name(name), None, False, refusal)


def write_refusal(opened: Session, gift: Gift, refusal: TelltaleError) -> int:
    """Write down, in the caller's transaction, that a file was not let in; gives the id of its failed job."""
    shown = display_name(gift.name)
    job_id = jobs.add_refused(opened, shown, refusal, gift.wish.priority)
    audit.record(opened, gift.actor, "media.refused", f"job:{job_id}", name=shown, why=refusal.code)
    return job_id


def keep_file(path: Path, gift: Gift, config: Settings, probe: Confined, settle: Settle) -> None:
    """Keep a file that the desk came by itself, and let `settle` write what hangs on it in the same transaction.

    Raises:
        NotAllowed: the giver may take nothing in.
        TelltaleError: the file is not ours to judge, or could not be stored.
    """
    require(gift.actor, "take_in")
    try:
        with Incoming(config.home, config.max_bytes) as incoming:
            _copy(path, incoming)
            _keep(incoming, gift, config, probe, settle)
    except OSError as error:
        raise not_stored(error) from error


def not_stored(error: OSError) -> AnalysisFailed:
    """What to say when the disk does not take a file."""
    why = f"The file could not be stored: {error.strerror or error}. Is there room on the disk?"
    return AnalysisFailed("not_stored", why)


def prober(config: Settings) -> Confined:
    """The confined process that looks at files on their way in."""
    setup = config.model_dump(mode="json", exclude={"database_url"})
    incoming = config.home / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    return Confined(PROBE, Limits(config.analysis_memory, PROBE_SECONDS), Reach((incoming,)), setup)


def look(
    incoming: Incoming, sha256: str, name: str, config: Settings, probe: Confined
) -> tuple[MediaInfo, bool]:
    """What a file that has come in is, and whether the desk holds it already.

    Raises:
        TelltaleError: it is not ours to judge.
    """
    with session(config) as opened:
        held = media.by_sha256(opened, sha256, name)
    if held and here(config, sha256).is_file():
        return held, True
    answer = probe.call({"path": str(incoming.path), "name": name, "sha256": sha256})
    # The process that looked may have been taken over by the file: what we know ourselves isn't its to say.
    return replace(_info(answer, config), sha256=sha256, name=name, bytes=incoming.bytes), False


def display_name(name: str) -> str:
    """A name fit to be shown: its last part, in one line."""
    return one_line(name.replace("\\", "/").rstrip("/").rpartition("/")[2]) or "unnamed"


def one_line(text: str) -> str:
    """A text of a stranger in one line of bearable length, without what could reorder or hide letters."""
    cleaned = "".join(_shown(letter) for letter in unicodedata.normalize("NFC", text))
    return " ".join(cleaned.split())[:LONGEST_NAME]


def _shown(letter: str) -> str:
    if letter in BIDI_CONTROLS:
        return ""
    kind = unicodedata.category(letter)
    if kind == "Cs":  # a byte of a file name that is no text
        return "\ufffd"
    return " " if kind in ("Cc", "Zl", "Zp") else letter


def _take_in(source: Path | BinaryIO, gift: Gift, config: Settings, probe: Confined) -> Taken:
    try:
        with Incoming(config.home, config.max_bytes) as incoming:
            _copy(source, incoming)
            return _admit(incoming, gift, config, probe)
    except MediaRefused as refusal:
        return refuse(gift.name, refusal, config, gift.actor, gift.wish)
    except OSError as error:
        return refuse(gift.name, not_stored(error), config, gift.actor, gift.wish)


def _copy(source: Path | BinaryIO, incoming: Incoming) -> None:
    if isinstance(source, Path):
        with open_regular(source) as file:
            _copy(file, incoming)
        return
    while chunk := source.read(CHUNK):
        incoming.write(chunk)


def _admit(incoming: Incoming, gift: Gift, config: Settings, probe: Confined) -> Taken:
    asked: list[int] = []

    def ask(opened: Session, media_id: int, info: MediaInfo) -> None:
        rate = gift.wish.samples_per_second if info.kind == "video" else None
        asked.append(submit(opened, config, gift.actor, media_id, info.name, gift.wish.priority, rate))

    try:
        info, known = _keep(incoming, gift, config, probe, ask)
    except TelltaleError as refusal:
        return refuse(gift.name, refusal, config, gift.actor, gift.wish)
    return Taken(asked[0], info.name, info.sha256, known, None)


def _keep(
    incoming: Incoming, gift: Gift, config: Settings, probe: Confined, settle: Settle
) -> tuple[MediaInfo, bool]:
    """Write down a file, its case and what hangs on it, and place it: all or nothing. Says whether it was known."""
    info, known = look(incoming, incoming.complete(), display_name(gift.name), config, probe)
    if not known:
        storage.share(config, path_of(config.home, info.sha256), incoming.path)
    with session(config) as opened:
        media_id = media.add(opened, info, gift.origin)
        media.lock(opened, media_id)
        received = {"name": info.name, "sha256": info.sha256, "bytes": info.bytes, "origin": gift.origin}
        audit.record(opened, gift.actor, "media.received", f"media:{media_id}", **received)
        if gift.wish.case_id is not None:
            cases.add_item(opened, gift.actor, gift.wish.case_id, media_id)
        settle(opened, media_id, info)
        deletion.take_back(opened, info.sha256)  # what still goes of an older one, also one that was just deleted
        _place(incoming, info.sha256, config, known)
    return info, known


def _place(incoming: Incoming, sha256: str, config: Settings, known: bool) -> None:
    """Last, so that what is not written down leaves no original behind; the log is held, so nobody removes files now.

    What was known or shared when the file came may have been deleted since, and removed.
    """
    place = path_of(config.home, sha256)
    storage.share(config, place, incoming.path)
    if not known or not place.is_file():
        incoming.place(sha256)


def _info(answer: dict[str, Any], config: Settings) -> MediaInfo:
    unusable = AnalysisFailed("crashed", "Looking at this file gave no usable answer. Leave it.")
    try:
        info = TypeAdapter(MediaInfo).validate_python(answer)
    except ValidationError as error:
        raise unusable from error
    if not _within(info, config):
        raise unusable
    return info


def _within(info: MediaInfo, config: Settings) -> bool:
    """Whether an answer keeps to what the process that gave it had to refuse: it may not be itself any more."""
    return (
        0 < info.width <= config.max_pixels
        and 0 < info.height <= config.max_pixels // info.width
        and (info.duration is None or 0 < info.duration <= config.max_duration)
        and (info.fps is None or 0 < info.fps < math.inf)
        and info.rotation in (0, 90, 180, 270)
        and len(info.container) + len(info.codec) <= LONGEST_NAME
        and len(info.tags) <= MOST_TAGS
        and all(len(key) + len(value) <= 2 * LONGEST_TAG for key, value in info.tags.items())
    )
