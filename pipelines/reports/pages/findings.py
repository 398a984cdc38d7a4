"""What was found in each exhibit: the machine's evidence, people's verdicts and the sign-off, three things apart."""

from collections.abc import Iterator

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from core.evidence import Evidence, Track
from core.judgement.bands import WORDS
from core.units import clock
from pipelines.reports.charts import Timeline, bounds, legend_colours
from pipelines.reports.dossier import Dossier, Exhibit, FirstLook, Note, Verdict
from pipelines.reports.pages.frames import frames
from pipelines.reports.pages.house import (
    BODY,
    CELL,
    QUIET,
    STATEMENT,
    WIDTH,
    House,
    band_words,
    bold,
)
from pipelines.reports.pages.making import making
from pipelines.reports.pages.plates import Swatch
from pipelines.reports.wording import (
    caution,
    first_look,
    human,
    isolated,
    judged,
    person,
    sentence,
    stamp,
    when,
)
from pipelines.statements import REASONS, judge

FIRST_LOOKS = (
    "What each analyst took the file for before the page on which she reviews it showed her the machine’s evidence. "
    "Other pages may have shown it to her before."
)


def findings(house: House, dossier: Dossier) -> Iterator[Flowable]:
    """The section, an exhibit after the other."""
    yield from house.heading(1, "2  Findings")
    for exhibit in dossier.exhibits:
        yield from house.heading(2, f"Exhibit {exhibit.number}: {isolated(exhibit.name)}", 60 * mm)
        yield from _machine(house, dossier, exhibit)
        yield from _human(house, exhibit)
        yield from _signed(house, exhibit.verdict)
        if exhibit.analysed:
            yield from _evidence(house, dossier, exhibit)
        yield from _notes(house, exhibit.notes)
        yield from making(house, exhibit)


def _machine(house: House, dossier: Dossier, exhibit: Exhibit) -> Iterator[Flowable]:
    yield from house.part("MACHINE EVIDENCE")
    if exhibit.analysed is None:
        yield house.text(BODY, "This file was not analysed, so there is no machine evidence about it.")
        return
    found = exhibit.analysed.evidence
    yield house.text(STATEMENT, band_words(WORDS[found.band], found.band, STATEMENT))
    if said := sentence(found, dossier.card(exhibit)):
        yield house.text(BODY, bold(said))
    yield house.text(BODY, caution(found.band))
    yield from _listed(house, "Why", [one.text for one in found.findings if one.code in REASONS])
    yield from _listed(
        house, "Limits of this file", [one.text for one in found.findings if one.code not in REASONS]
    )
    yield house.text(QUIET, _figures(exhibit))


def _listed(house: House, name: str, texts: list[str]) -> Iterator[Flowable]:
    if texts:
        yield from house.heading(3, name)
        yield from house.bullets(texts)


def _figures(exhibit: Exhibit) -> str:
    assert exhibit.analysed is not None
    found = exhibit.analysed.evidence
    score = "No score" if found.score is None else f"Score {found.score:.2f} on a scale from 0 to 1"
    rate = f", {found.samples_per_second:g} of each second asked for" if found.samples_per_second else ""
    looked = f" · {found.frames_sampled} frames looked at{rate}" if found.media.kind == "video" else ""
    return f"{score} · {judge(found)}{looked} · analysed {when(exhibit.analysed.at)}"


def _human(house: House, exhibit: Exhibit) -> Iterator[Flowable]:
    yield from house.part("HUMAN VERDICT")
    verdict = exhibit.verdict
    if verdict is None:
        yield house.text(BODY, "Nobody has given a verdict on this file.")
    else:
        yield from _judged(house, verdict)
    yield from _earlier(house, [one for one in exhibit.verdicts if not one.current])
    yield from _first_looks(house, exhibit.first_looks)


def _judged(house: House, verdict: Verdict) -> Iterator[Flowable]:
    yield house.text(BODY, bold(human(verdict)), f" · {person(verdict.by)}, {when(verdict.at)}")
    yield house.text(BODY, verdict.reason or "No reason was given.")
    for link in verdict.links:
        yield house.text(QUIET, link)
    for opinion in verdict.opinions:
        stance = "confirms" if opinion.stance == "confirm" else "dissents"
        reason = f": {isolated(opinion.reason)}" if opinion.reason else "."
        yield house.text(BODY, bold(f"{person(opinion.by)} {stance}"), f" ({when(opinion.at)}){reason}")


def _earlier(house: House, verdicts: list[Verdict]) -> Iterator[Flowable]:
    if verdicts:
        yield from house.heading(3, "Earlier verdicts, no longer held")
        rows = [(judged(one.picture), person(one.by), stamp(one.at), one.reason) for one in verdicts]
        yield house.table(("Verdict", "By", "When, UTC", "Reason"), rows, (30, 48, 29, 68))


def _first_looks(house: House, looks: tuple[FirstLook, ...]) -> Iterator[Flowable]:
    if looks:
        yield from house.heading(3, "First looks", 25 * mm)
        yield house.text(QUIET, FIRST_LOOKS)
        rows = [(first_look(one), person(one.by), stamp(one.at)) for one in looks]
        yield house.table(("Impression", "By", "When, UTC"), rows, (84, 60, 31))


def _signed(house: House, verdict: Verdict | None) -> Iterator[Flowable]:
    yield from house.part("SIGN-OFF")
    if verdict is None or verdict.signed_by is None or verdict.signed_at is None:
        yield house.text(BODY, "No editor has signed this off.")
    else:
        yield house.text(
            BODY, bold(f"Signed off by {person(verdict.signed_by)}"), f", {when(verdict.signed_at)}."
        )


def _evidence(house: House, dossier: Dossier, exhibit: Exhibit) -> Iterator[Flowable]:
    assert exhibit.analysed is not None
    found = exhibit.analysed.evidence
    if found.tracks and found.media.kind == "video":
        yield from _timeline(house, dossier, exhibit)
    if found.tracks:
        yield from house.heading(3, "Person by person", 30 * mm)
        yield _people(house, found)
    yield from frames(house, exhibit.analysed)


def _timeline(house: House, dossier: Dossier, exhibit: Exhibit) -> Iterator[Flowable]:
    assert exhibit.analysed is not None
    found, card = exhibit.analysed.evidence, dossier.card(exhibit)
    limits = bounds(card.scales[found.media.kind]) if card else None
    yield from house.heading(3, "Score over time", 55 * mm)
    yield house.text(
        QUIET,
        "A line for each person; each point is one frame. Dotted: a cut. Diamond: where a strong stretch begins. "
        "Strokes at the foot: frames that were too poor to judge. A band belongs to a person as a whole: one high "
        "frame proves little.",
    )
    if shades := legend_colours(limits):
        parts = [
            part
            for words, colour in shades
            for part in ((18, Swatch(colour)), (92, house.text(QUIET, words)))
        ]
        yield house.columns([*parts, (WIDTH - 110 * len(shades), house.text(QUIET, ""))])
    yield Timeline(house.fonts, found, limits)


def _people(house: House, found: Evidence) -> Flowable:
    """A line each; a still has no times, and one frame."""
    if found.media.kind == "image":
        return _in_a_still(house, found)
    heads = ("Person", "From", "To", "Result", "Score", "Frames judged", "of seen", "Face, px")
    rows = [_person(house, track) for track in found.tracks]
    return house.table(heads, rows, (16, 26, 26, 44, 14, 20, 16, 18), numbers=(4, 5, 6, 7))


def _in_a_still(house: House, found: Evidence) -> Flowable:
    heads = ("Person", "Result", "Score", "Face, px")
    rows: list[list[str | Flowable]] = [
        [track.id, *_result(house, track), f"{track.face_px:.0f}"] for track in found.tracks
    ]
    return house.table(heads, rows, (16, 60, 20, 20), numbers=(2, 3))


def _person(house: House, track: Track) -> list[str | Flowable]:
    judged_frames = sum(frame.score is not None for frame in track.frames)
    return [
        track.id,
        clock(track.start),
        clock(track.end),
        *_result(house, track),
        str(judged_frames),
        str(len(track.frames)),
        f"{track.face_px:.0f}",
    ]


def _result(house: House, track: Track) -> tuple[Flowable, str]:
    score = "–" if track.score is None else f"{track.score:.2f}"
    return house.text(CELL, band_words(WORDS[track.band], track.band)), score


def _notes(house: House, notes: tuple[Note, ...]) -> Iterator[Flowable]:
    if not notes:
        return
    yield from house.heading(3, "Analysts’ notes")
    rows = [(clock(one.time), one.track or "", one.text, person(one.by), stamp(one.at)) for one in notes]
    yield house.table(("Moment", "Person", "Note", "By", "When, UTC"), rows, (20, 15, 63, 48, 29))
