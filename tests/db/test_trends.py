"""Verdicts in the history: filters, agreement with the machine, months. On both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from core.evidence import Band
from core.settings import Settings
from db import analyses, cases, history, media, trends, verdicts
from db.agreement import Agreement, agreement
from db.cases import Asked
from db.history import Filter
from db.models import Analysis
from db.models_people import Judgement
from db.session import session
from db.verdicts import Said
from tests.actors import DESK
from tests.dashboard.stored import clip, evidence, track

RAW: dict[Band, float | None] = {"signs": 3.0, "no_signs": -3.0, "inconclusive": 0.0, "too_poor": None}
# Band, verdict on the picture, month.
MADE: list[tuple[Band, Judgement | None, int]] = [
    ("signs", "manipulated", 1),
    ("signs", "misleading", 1),
    ("no_signs", "authentic", 1),
    ("no_signs", "synthetic", 3),
    ("inconclusive", "manipulated", 3),
    ("signs", "inconclusive", 3),
    ("signs", None, 3),
    ("too_poor", None, 4),
]


@pytest.fixture
def desk(either: Settings) -> Iterator[Settings]:
    """One file for each line above; the first verdict on the first was another one."""
    with session(either) as opened:
        for number, (band, picture, month) in enumerate(MADE, 1):
            one = evidence(clip(f"{number}.mp4", f"{number:064d}"), (track("A", RAW[band], band),))
            found = one if one.band == band else type(one)(**(vars(one) | {"band": band}))
            media_id = media.add(opened, found.media)
            made = analyses.add(opened, media_id, found, "s", [])
            at = datetime(2026, month, 1, tzinfo=UTC)
            opened.execute(update(Analysis).where(Analysis.id == made).values(created_at=at))
            before = verdicts.give(opened, DESK, 1, Said("authentic", "low", "First.")) if number == 1 else None
            if picture:
                verdicts.give(opened, DESK, media_id, Said(picture, "high", "Because."), before)
        case = cases.start(opened, DESK, Asked("Two of them"))
        for media_id in (2, 5):
            cases.add_item(opened, DESK, case, media_id)
    return either


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Filter(verdicts=("manipulated",)), [1, 5]),
        (Filter(verdicts=("authentic",)), [3]),  # not the first: that verdict was changed
        (Filter(verdicts=("none",)), [7, 8]),
        (Filter(verdicts=("none", "synthetic")), [4, 7, 8]),
        (Filter(agreements=("agree",)), [1, 3]),
        (Filter(agreements=("differ",)), [2, 4]),
        (Filter(agreements=("open",)), [5, 6]),
        (Filter(agreements=("agree", "open"), bands=("signs",)), [1, 6]),
        (Filter(case=1), [2, 5]),
        (Filter(case=99), []),
    ],
)
def test_verdicts_and_cases_are_filters(desk: Settings, wanted: Filter, numbers: list[int]) -> None:
    with session(desk) as opened:
        page = history.search(opened, wanted, "oldest")
    assert sorted(row.analysis_id for row in page.rows) == numbers
    assert page.total == len(numbers)


def test_a_row_has_the_band_and_the_verdict_side_by_side(desk: Settings) -> None:
    with session(desk) as opened:
        rows = {row.analysis_id: row for row in history.search(opened).rows}
    seen = [(rows[n].band, rows[n].verdict, rows[n].agreement) for n in (1, 2, 6, 7)]
    assert seen == [
        ("signs", "manipulated", "agree"),
        ("signs", "misleading", "differ"),
        ("signs", "inconclusive", "open"),
        ("signs", None, None),
    ]


def test_months_count_bands_and_agreement(desk: Settings) -> None:
    with session(desk) as opened:
        months = trends.by_month(opened, Filter())
        few = trends.by_month(opened, Filter(bands=("too_poor",)))
    assert [(month.begins, month.total) for month in months] == [
        (date(2026, 1, 1), 3),
        (date(2026, 3, 1), 4),
        (date(2026, 4, 1), 1),
    ]
    assert months[0].bands["signs"] == 2 and months[0].agreement == {"agree": 2, "differ": 1, "open": 0}
    assert months[0].agreeing == pytest.approx(2 / 3) and months[2].agreeing is None
    assert [month.begins for month in few] == [date(2026, 4, 1)]


@pytest.mark.parametrize(
    ("band", "picture", "said"),
    [
        ("signs", "synthetic", "agree"),
        ("no_signs", "misleading", "agree"),
        ("no_signs", "manipulated", "differ"),
        ("too_poor", "authentic", "open"),
        ("no_face", "not_analysable", "open"),
        ("signs", None, None),
    ],
)
def test_agreement_is_of_two_that_decide(band: Band, picture: Judgement | None, said: Agreement | None) -> None:
    assert agreement(band, picture) == said
