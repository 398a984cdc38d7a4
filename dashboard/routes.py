"""What the browser fetches beside the pages: originals by Range, pictures, evidence, reports, uploads."""

import asyncio
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable
from functools import wraps
from pathlib import Path
from uuid import uuid4

from anyio.to_thread import run_sync
from pydantic import TypeAdapter, ValidationError
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from core.errors import MediaRefused, TelltaleError
from core.evidence import MediaInfo
from core.settings import settings
from dashboard.feed import feed
from dashboard.who import needs
from db import analyses, media, reports
from db.rights import User
from db.session import session
from pipelines import artifacts, originals, storage
from pipelines.artifacts import is_frame, sha256_of
from pipelines.cards import card_of
from pipelines.first_look import awaited
from pipelines.intake import Taken, admit, may_come, not_stored, refuse
from pipelines.keeping.cases.exporting import export_case
from pipelines.keeping.cases.importing import import_case, room_for
from pipelines.keeping.cases.storing import Imported
from pipelines.key_frames import take
from pipelines.originals import Incoming
from pipelines.playback import Making, copy_of, frame_times, kept_copy
from pipelines.reports.issue import MEDIA_TYPES
from pipelines.reports.issue import path_of as report_path
from pipelines.wishes import Wish

PIECE = 1 << 20  # bytes
ONE_IMPORT = asyncio.Lock()  # what an archive says is held in memory while it is taken in
WISH: TypeAdapter[Wish] = TypeAdapter(Wish)
SHA256 = re.compile(r"[0-9a-f]{64}")
STILLS = frozenset({"jpeg", "png", "webp", "gif"})
PICTURES = {".png": "image/png", ".jpg": "image/jpeg"}
# Nothing of ours may be read by another site, or be taken for anything but what it is.
HEADERS = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
NOT_KEPT = {**HEADERS, "Cache-Control": "no-store"}
ALTERED = "This picture was changed since the analysis kept it. Bring it back from a backup, or analyse the file anew."
UNCHANGING = {**HEADERS, "Cache-Control": "private, max-age=31536000, immutable"}


def unaltered(endpoint: Callable[[MediaInfo], Response]) -> Callable[[Request], Response]:
    """A route about an original that the desk holds, and whose bytes are those that came in."""

    @wraps(endpoint)
    def guarded(request: Request) -> Response:
        info = _held(request.path_params["sha256"])
        if info is None:
            return _missing()
        try:
            originals.unaltered(settings(), info.sha256)
            return endpoint(info)
        except TelltaleError as refusal:
            return PlainTextResponse(str(refusal), 409, headers=NOT_KEPT)

    return guarded


@unaltered
def original(info: MediaInfo) -> Response:
    """A file as it came in, whole or the range asked for."""
    path = originals.path_of(settings().home, info.sha256)
    return FileResponse(path, media_type=content_type(info), headers=UNCHANGING)


@unaltered
def frames(info: MediaInfo) -> Response:
    """When the frames of a clip are shown: float64, little endian, in s."""
    kept = frame_times(settings(), info.sha256)
    return FileResponse(kept, media_type="application/octet-stream", headers=UNCHANGING)


@unaltered
def copy_state(info: MediaInfo) -> Response:
    """How far the copy of a clip is that browsers play: begun by the first who asks."""
    if info.kind == "image":
        return _missing()
    found = copy_of(settings(), info)
    if isinstance(found, Making):
        state = {"share": found.done / max(1, found.total), "refused": found.refused}
    else:
        state = {"ready": f"/copies/{info.sha256}.mp4"}
    return JSONResponse(state, headers=NOT_KEPT)


@unaltered
def copy(info: MediaInfo) -> Response:
    """The copy of a clip, whole or the range asked for, once it is made."""
    found = kept_copy(settings(), info.sha256)
    if found is None:
        return _missing()
    return FileResponse(found, media_type="video/mp4", headers=UNCHANGING)


def artifact(request: Request) -> Response:
    """A picture that an analysis left."""
    folder = (settings().home / "artifacts").resolve()
    path = (folder / request.path_params["path"]).resolve()
    if not path.is_relative_to(folder) or path.suffix not in PICTURES:
        return _missing()
    kept = storage.here(settings(), settings().home / path.relative_to(folder.parent))
    if not kept.is_file():
        return _missing()
    if not is_frame(path) and _waits(request, _media_of(path)):  # frames are the thumbnails of every list
        return _first_look()
    if not artifacts.unaltered(settings(), kept):
        return PlainTextResponse(ALTERED, 409, headers=NOT_KEPT)
    return FileResponse(path, media_type=PICTURES[path.suffix], headers=UNCHANGING)


def evidence(request: Request) -> Response:
    """All that the player draws of one analysis."""
    with session() as opened:
        stored = analyses.get(opened, request.path_params["analysis"])
    if stored is None:
        return _missing()
    if _waits(request, stored.media_id):
        return _first_look()
    card = card_of(settings(), stored.evidence.model.sha256, stored.created_at)
    return JSONResponse(feed(stored, card), headers=HEADERS)


def report(request: Request) -> Response:
    """A report as it was issued; that somebody fetched it stands in the log."""
    name = request.path_params["name"]
    with session() as opened:
        row = reports.by_reference(opened, name.partition(".")[0])
        if row is None or row.file_name != name or not report_path(settings(), row).is_file():
            return _missing()
        reports.handed_out(opened, request.state.user, row)
    path, kind = report_path(settings(), row), MEDIA_TYPES[row.format]
    return FileResponse(path, media_type=kind, filename=row.file_name, headers=NOT_KEPT)


def case_archive(request: Request) -> Response:
    """A whole case for another desk: written when it is asked for, and removed once it is sent."""
    config, number = settings(), request.path_params["case"]
    path = config.home / "incoming" / f"part-{uuid4().hex}"  # swept where a server dies in between
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        export_case(config, request.state.user, number, path)
    except TelltaleError as refusal:
        return PlainTextResponse(str(refusal), 404 if refusal.code == "no_case" else 409, headers=HEADERS)
    sent = BackgroundTask(path.unlink, missing_ok=True)
    name = f"case-{number}.zip"
    return FileResponse(path, media_type="application/zip", filename=name, headers=NOT_KEPT, background=sent)


async def case_from_elsewhere(request: Request) -> Response:
    """Take in the archive of a case, whole or not at all. Answers with its case, or with the reason of the refusal."""
    if request.headers.get("X-Telltale") != "upload":  # as `upload` asks
        return JSONResponse({"message": "Archives come from the page Cases."}, 403, headers=HEADERS)
    length = int(request.headers.get("Content-Length", 0))
    if not length:
        return JSONResponse({"message": "This is no archive of a case: nothing is in it."}, 411, headers=HEADERS)
    try:
        found = await receive_case(request, length, request.state.user)
    except TelltaleError as refusal:
        return JSONResponse({"message": str(refusal)}, 409, headers=HEADERS)
    except OSError as error:
        return JSONResponse({"message": str(not_stored(error))}, 409, headers=HEADERS)
    except ClientDisconnect:
        return Response(status_code=499)
    said = {"known": found.known, "files": found.files, "new_files": found.new_files}
    return JSONResponse({"case": found.case_id, "message": None, **said}, headers=HEADERS)


async def receive_case(request: Request, length: int, actor: User) -> Imported:
    """The case in the body of a request, which is as long as it says. Raises TelltaleError as `import_case` does."""
    config = settings()
    await run_sync(room_for, config, 2 * length)  # as it comes, and unpacked
    with Incoming(config.home, length) as incoming:
        async for piece in pieces(request.stream()):
            await run_sync(incoming.write, piece)
        await run_sync(incoming.complete)
        async with ONE_IMPORT:
            return await run_sync(import_case, config, actor, incoming.path)


def frame(request: Request) -> Response:
    """A key frame, or all of an analysis as a zip, to be saved; that somebody took it stands in the log."""
    number, index = request.path_params["analysis"], request.path_params.get("index")
    with session() as opened:
        stored = analyses.get(opened, number)
    if stored is not None and _waits(request, stored.media_id):
        return _first_look()
    try:
        name, content = take(settings(), request.state.user, number, index)
    except TelltaleError as refusal:
        return PlainTextResponse(str(refusal), 404, headers=HEADERS)
    saved = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    kind = "application/zip" if index is None else "image/jpeg"
    return Response(content, media_type=kind, headers={**HEADERS, **saved})


async def upload(request: Request) -> Response:
    """Take a file in while it arrives. Answers with its job, and with the reason where it is refused."""
    # A header of ours makes the browser ask us first when another site tries this; we never say yes.
    if request.headers.get("X-Telltale") != "upload":
        return JSONResponse({"message": "Uploads come from the Queue page."}, 403, headers=HEADERS)
    try:
        wish = WISH.validate_python(dict(request.query_params))
    except ValidationError:
        return JSONResponse({"message": "The desk can't read this wish."}, 400, headers=HEADERS)
    try:
        taken = await receive(request, request.query_params.get("name", ""), request.state.user, wish)
    except TelltaleError as error:
        return JSONResponse({"message": str(error)}, 409, headers=HEADERS)
    except ClientDisconnect:
        return Response(status_code=499)  # nobody listens; what had come is gone already
    refusal = str(taken.refusal) if taken.refusal else None
    return JSONResponse({"job": taken.job_id, "message": refusal}, headers=HEADERS)


async def receive(request: Request, name: str, actor: User, wish: Wish) -> Taken:
    """Take in the body of a request while it arrives. What is refused has a failed job and its reason.

    Raises:
        TelltaleError: nothing is taken in so, as `intake.may_come` says.
    """
    config = settings()
    wish = await run_sync(may_come, config, actor, wish)
    try:
        with Incoming(config.home, config.max_bytes) as incoming:
            async for piece in pieces(request.stream()):
                await run_sync(incoming.write, piece)
            return await run_sync(admit, incoming, name, config, actor, wish)
    except MediaRefused as refusal:
        return await run_sync(refuse, name, refusal, config, actor, wish)
    except OSError as error:
        return await run_sync(refuse, name, not_stored(error), config, actor, wish)


async def pieces(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """What comes in, in pieces of a megabyte: handing one to another thread takes as long as writing a small chunk."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        if len(held) >= PIECE:
            yield bytes(held)
            held.clear()
    yield bytes(held)


def content_type(info: MediaInfo) -> str:
    """What to call a file towards the browser, by what was found in it."""
    if info.container in STILLS:
        return f"image/{info.container}"
    # A browser that knows MP4 knows MOV, and one that knows WebM Matroska, if only by these names.
    return "video/webm" if info.container.startswith("matroska") else "video/mp4"


def _held(sha256: str) -> MediaInfo | None:
    """What the file with this hash is; None where the desk does not hold it."""
    if not SHA256.fullmatch(sha256):
        return None
    with session() as opened:
        info = media.by_sha256(opened, sha256)
    return info if originals.here(settings(), sha256).is_file() else None


def _waits(request: Request, media_id: int | None) -> bool:
    """Whether whoever asks must have her first look before she is told of this file."""
    with session() as opened:
        return bool(awaited(settings(), opened, request.state.user, [media_id] if media_id else []))


def _media_of(picture: Path) -> int | None:
    with session() as opened:
        return media.id_of(opened, sha256_of(picture))


def _first_look() -> Response:
    said = "Say first what you take this file for, on the page Review."
    return JSONResponse({"message": said}, 403, headers=NOT_KEPT)


def _missing() -> Response:
    return PlainTextResponse("There is nothing here. It may have been removed.", 404, headers=HEADERS)


ROUTES: list[BaseRoute] = [
    Route("/originals/{sha256}", needs("see", original)),
    Route("/frames/{sha256}", needs("see", frames)),
    Route("/copies/{sha256}.mp4", needs("see", copy)),
    Route("/copies/{sha256}", needs("see", copy_state)),
    Route("/artifacts/{path:path}", needs("see", artifact)),
    Route("/evidence/{analysis:int}", needs("see", evidence)),
    Route("/key-frames/{analysis:int}.zip", needs("export", frame)),
    Route("/key-frames/{analysis:int}/{index:int}.jpg", needs("export", frame)),
    Route("/reports/{name}", needs("export", report)),
    Route("/case-archives/{case:int}.zip", needs("exchange_cases", case_archive)),
    Route("/case-archives", needs("exchange_cases", case_from_elsewhere), methods=["POST"]),
    Route("/upload", needs("take_in", upload), methods=["POST"]),
]
