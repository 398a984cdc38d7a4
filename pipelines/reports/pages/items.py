"""What was received: every file with its names, hash, and how and when it came."""

from collections.abc import Iterator

from reportlab.platypus import Flowable

from core.units import clock, coding, size
from pipelines.reports.dossier import Dossier, Exhibit
from pipelines.reports.pages.house import BODY, QUIET, House
from pipelines.reports.wording import isolated, when


def items(house: House, dossier: Dossier) -> Iterator[Flowable]:
    """The section."""
    yield from house.heading(1, "1  Request and items received")
    yield house.text(BODY, _scope(dossier))
    yield house.text(
        QUIET,
        "Originals are kept unchanged under their SHA-256 hash. A hash is a fingerprint of a file’s bytes: two files "
        "with the same one are the same file.",
    )
    for exhibit in dossier.exhibits:
        yield house.facts(list(_facts(exhibit)), heading=f"Exhibit {exhibit.number}")


def _scope(dossier: Dossier) -> str:
    count = len(dossier.exhibits)
    if dossier.request is None:
        return "This report is about one analysis of one file."
    files = "one file" if count == 1 else f"{count} files"
    return f"This report is about {files} of the case “{isolated(dossier.request.title)}”, in the order of the case."


def _facts(exhibit: Exhibit) -> Iterator[tuple[str, str]]:
    first, *others = exhibit.received.names
    yield "Name", exhibit.name
    if also := [name for name in (first, *others) if name != exhibit.name]:
        yield "Also received as", " · ".join(map(isolated, also))
    yield "SHA-256", exhibit.sha256
    example = ", an example that comes with the desk" if exhibit.received.example else ""
    yield "Received", when(exhibit.received.at) + example
    for source in exhibit.received.sources:
        by = f", by {isolated(source.uploader)}" if source.uploader else ""
        yield "Taken from", f"{source.address}\n{isolated(source.title)}{by}\ncaptured {when(source.at)}"
    yield "File", f"{size(exhibit.bytes)} ({exhibit.bytes:,} bytes), {coding(exhibit.codec, exhibit.container)}"
    yield "Picture", _picture(exhibit)
    intact = "unchanged: its bytes had this hash when the report was made"
    yield (
        "Original",
        intact if exhibit.original_intact else "MISSING OR CHANGED: its bytes no longer have this hash",
    )


def _picture(exhibit: Exhibit) -> str:
    shape = f"{exhibit.width} × {exhibit.height} pixels"
    if exhibit.duration is None:
        return f"{shape}, a still"
    rate = f", {exhibit.fps:.3g} frames a second" if exhibit.fps else ""
    return (
        f"{shape}, {clock(exhibit.duration)} long{rate}, {'with' if exhibit.has_audio else 'without'} sound"
    )
