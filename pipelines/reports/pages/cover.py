"""The first page: in whose name, what was asked, what was answered and by whom, and each exhibit in a line."""

from collections.abc import Iterator

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, HRFlowable, Spacer

from pipelines.reports.dossier import Dossier, Exhibit
from pipelines.reports.pages.house import (
    BODY,
    CELL,
    DARK,
    LABEL,
    QUIET,
    STATEMENT,
    TITLE,
    WIDTH,
    House,
    band_words,
    bold,
)
from pipelines.reports.pages.plates import Logo, Plate
from pipelines.reports.wording import answer, human, isolated, machine, person, signed, title, when

LOGO = 60 * mm, 16 * mm
CANNOT = (
    "It can’t say that a file is genuine. “No signs found” means that nothing was found, and no more.",
    "It judges faces only. Voices, backgrounds, captions and the context of a file are not examined by the detector.",
    "A machine’s evidence is not a verdict. Verdicts are people’s, and are named as such.",
)


def cover(house: House, dossier: Dossier) -> Iterator[Flowable]:
    """All of the first page; it may run on where there are many exhibits."""
    yield from _letterhead(house, dossier)
    yield house.text(LABEL, "REPORT ON DIGITAL MEDIA")
    yield house.text(TITLE, title(dossier))
    yield from _question(house, dossier)
    yield from _answer(house, dossier)
    yield house.facts(_facts(dossier))
    # Before the exhibits: however many there are, this stands on the first page.
    yield from house.heading(3, "What this report can’t say", 30 * mm)
    yield from house.bullets(CANNOT)
    yield Spacer(0, 6)
    yield CondPageBreak(40 * mm)
    yield house.text(LABEL, "EXHIBITS AT A GLANCE")
    yield _glance(house, dossier)


def _letterhead(house: House, dossier: Dossier) -> Iterator[Flowable]:
    if dossier.outlet.logo:
        yield Logo(dossier.outlet.logo, *LOGO)
        yield Spacer(0, 4)
    yield house.text(BODY, bold(dossier.outlet.name))
    yield HRFlowable(WIDTH, 1.6, color=DARK, spaceBefore=2, spaceAfter=22)


def _question(house: House, dossier: Dossier) -> Iterator[Flowable]:
    yield house.text(LABEL, "QUESTION")
    asked = dossier.request.question if dossier.request else ""
    if asked:
        yield house.text(STATEMENT, asked)
    else:
        kind = "case" if dossier.request else "file"
        yield house.text(STATEMENT, f"No question was recorded for this {kind}.")


def _answer(house: House, dossier: Dossier) -> Iterator[Flowable]:
    yield house.text(LABEL, "ANSWER")
    said, request = answer(dossier), dossier.request
    if said is None:
        yield house.text(STATEMENT, "No answer was signed. This report states findings, not a conclusion.")
    else:
        yield house.text(STATEMENT, bold(said, STATEMENT))
        if request and request.answered_by and request.answered_at:
            yield house.text(QUIET, f"Signed by {person(request.answered_by)}, {when(request.answered_at)}.")
        elif request is None:
            yield house.text(QUIET, f"Verdict signed off by {signed(dossier.exhibits[0].verdict)}.")
    yield Spacer(0, 12)


def _facts(dossier: Dossier) -> list[tuple[str, str]]:
    request, issue = dossier.request, dossier.issue
    rows = [("Report", issue.reference), ("Issued", f"{when(issue.at)}, by {person(issue.by)}")]
    if request:
        rows.append(("Requested by", request.requester or "not recorded"))
        rows.append(
            ("Case", f"{issue.subject.replace(':', ' ')}, {request.status}, opened {when(request.opened_at)}")
        )
    if request and request.deadline:
        rows.append(("Deadline", when(request.deadline)))
    if request and request.assignees:
        rows.append(("Worked on by", ", ".join(map(person, request.assignees))))
    return rows


def _glance(house: House, dossier: Dossier) -> Flowable:
    heads = ("", "Exhibit", "Machine evidence", "Human verdict", "Sign-off")
    rows = [_line(house, exhibit) for exhibit in dossier.exhibits]
    return house.table(heads, rows, (19 * mm, 56 * mm, 34 * mm, 36 * mm, 30 * mm))


def _line(house: House, exhibit: Exhibit) -> list[str | Flowable]:
    analysed = exhibit.analysed
    shown: str | Flowable = ""
    if analysed and analysed.key_frames:
        shown = Plate(analysed.key_frames[0].frame, 16 * mm, 10 * mm)
    found = house.text(
        CELL, band_words(machine(exhibit), analysed.evidence.band) if analysed else machine(exhibit)
    )
    name = house.text(CELL, bold(f"{exhibit.number}  ", CELL), isolated(exhibit.name))
    return [shown, name, found, human(exhibit.verdict), signed(exhibit.verdict)]
