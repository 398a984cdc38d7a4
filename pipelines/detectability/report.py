"""The study as a page of Markdown with figures beside it. It shows samples, and no genuine face."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipelines.detectability.findings import findings, value
from pipelines.detectability.plots import draw
from pipelines.detectability.study import GENUINE, SEED, Study

FIGURES = "figures"


def write(study: Study, folder: Path) -> Path:
    """report.md, study.json and figures/ in `folder`; returns the page."""
    draw(study, folder / FIGURES)
    (folder / "study.json").write_text(json.dumps(study.record(), indent=1), encoding="utf-8")
    page = folder / "report.md"
    page.write_text("\n".join(_lines(study)) + "\n", encoding="utf-8")
    return page


def _lines(study: Study) -> Iterator[str]:
    yield "# How good the generators are, and how well they are found"
    yield ""
    yield (
        f"{len(study.genuine)} genuine pictures of {study.data}, {study.size} px, of people held out, beside as "
        f"many samples of each generator (seed {SEED}). Genuine pictures and samples are stored in the same format. "
        "Intervals are 95 %, over resampled pictures."
    )
    yield from ("", "## Findings", "", *(f"- {sentence}" for sentence in findings(study)))
    yield from ("", "## What was trained", "", *_trained(study))
    yield from ("", "## Quality", "", *_quality(study), "", f"![]({FIGURES}/quality.png)")
    for made in study.made:
        yield from ("", f"### {made.name}", "", f"![]({FIGURES}/grid-{made.name}.png)")
    yield from ("", "## Spectra", "", *_spectra(study), "", f"![]({FIGURES}/spectra.png)")
    yield from ("", "## Who finds whom", "", *_found(study), "", f"![]({FIGURES}/found.png)")
    yield from ("", "## What to keep in mind", "", *(f"- {line}" for line in _cautions(study)))


def _trained(study: Study) -> Iterator[str]:
    rows = [
        (m.name, m.model, f"{m.shown / 1000:.0f}", f"{m.minutes:.0f}", m.sampling, str(len(m.pictures)))
        for m in study.made
    ]
    return _table(("run", "model", "thousand pictures shown", "minutes", "sampled by", "n"), rows)


def _quality(study: Study) -> Iterator[str]:
    names = {told["features"] for told in study.quality.values()}
    yield f"In the features of {', '.join(names)}, against the {study.learned_from:,} pictures that were learned from."
    yield ""
    rows = [
        (name, value(told["fid"], 1), value(told["kid"], 0, 1000), value(told["precision"]), value(told["recall"]),
         value(told["diversity"]), value(told["copied"], 3)) for name, told in study.quality.items()
    ]  # fmt: skip
    yield from _table(("run", "FID", "KID × 1000", "precision", "recall", "diversity", "copied"), rows)


def _spectra(study: Study) -> Iterator[str]:
    rows = []
    for name, told in study.spectra.items():
        fine = told["fine_share"]
        low, high = fine["quartiles"]
        share = f"{fine['median'] * 100:.2f} ({low * 100:.2f}–{high * 100:.2f})"
        rows.append((name, share, f"{told['grid_excess_db']:.1f}"))
    return _table(("pictures", "fine detail, % of power (quartiles)", "grid, dB above its neighbours"), rows)


def _found(study: Study) -> Iterator[str]:
    names = [m.name for m in study.made]
    for stored_as, by_detector in study.found.items():
        yield f"AUC on {stored_as}:"
        yield ""
        rows = [
            (detector, *(value(of[name]["auc"]) if name in of else "–" for name in names))
            for detector, of in by_detector.items()
        ]
        yield from _table(("detector", *names), rows)
        yield ""
    first = next(iter(next(iter(study.found.values())).values()))
    n = next(iter(first.values()))
    yield f"n = {n['n_real']} genuine pictures and {n['n_fake']} of each generator; for the spectrum half of them."


def _cautions(study: Study) -> Iterator[str]:
    if knowing := [made.name for made in study.made if not made.held_out]:
        names = ", ".join(knowing)
        yield f"{names} held nobody out: it learned from these very people, which flatters its discriminator."
    yield f"The {GENUINE} pictures came as JPEGs and were made smaller; samples never were. No later JPEG undoes that."
    yield "An interval is over pictures of one seed. Another seed of training would move every figure."
    if any(kind == "panel" for kind in study.detectors.values()):
        yield "On the desk a panel refuses faces as small as its card says; here it is asked all the same."
    if any(kind != "panel" for kind in study.detectors.values()):
        yield "A discriminator knows its own generator's fakes: its figure there says nothing about others."


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
