"""Search, filters, order and pages over thousands of analyses."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from core.evidence import Band
from core.settings import Settings
from db import history
from db.history import Filter, Page, Place, Sort
from db.models import Analysis, Media, MediaName, ModelVersion
from db.session import engine, session
from tests.postgresql import DATABASES, fresh

MANY = 5000
BANDS = get_args(Band)
EVERYTHING = Filter()
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module", params=DATABASES)
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A desk with thousands of analyses by two models, a minute apart."""
    with fresh(request, tmp_path_factory.mktemp("history")) as config:
        with session(config) as opened:
            for table, rows in (
                (ModelVersion, [_model(number) for number in (1, 2)]),
                (Media, [_media(number) for number in range(MANY)]),
                (MediaName, [_name(number) for number in range(MANY)]),
                (Analysis, [_analysis(number) for number in range(MANY)]),
            ):
                opened.execute(insert(table), rows)
        yield config


@pytest.fixture
def opened(full: Settings) -> Iterator[Session]:
    with session(full) as opened:
        yield opened


def ids(page: Page) -> list[int]:
    return [row.analysis_id for row in page.rows]


def walk(opened: Session, sort: Sort, wanted: Filter = EVERYTHING) -> list[Page]:
    """All pages, one after the other."""
    pages, place = [], None
    while not pages or place:
        pages.append(history.search(opened, wanted, sort, 900, place))
        place = pages[-1].after
    return pages


@pytest.mark.parametrize("sort", get_args(Sort))
def test_pages_cover_everything_once_and_lead_back(opened: Session, sort: Sort) -> None:
    pages = walk(opened, sort)
    everything = [number for page in pages for number in ids(page)]
    assert sorted(everything) == list(range(1, MANY + 1))
    assert [page.first for page in pages] == [1 + 900 * number for number in range(len(pages))]
    assert {page.total for page in pages} == {MANY}
    assert pages[0].before is None and pages[-1].after is None
    for earlier, later in pairwise(pages):
        assert history.search(opened, Filter(), sort, 900, later.before) == earlier


def test_the_newest_come_first(opened: Session) -> None:
    assert ids(history.search(opened, limit=3)) == [MANY, MANY - 1, MANY - 2]
    assert ids(history.search(opened, sort="oldest", limit=3)) == [1, 2, 3]


def test_a_place_that_is_gone_is_the_beginning(opened: Session) -> None:
    assert history.search(opened, place=Place(MANY + 9, "before")) == history.search(opened)


def test_filters_hold_on_every_page(opened: Session) -> None:
    pages = walk(opened, "score", Filter("clip", ("signs", "no_face")))
    assert {row.band for page in pages for row in page.rows} == {"signs", "no_face"}
    assert sum(len(page.rows) for page in pages) == pages[0].total == 2 * MANY // 5 - 1


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Filter("CLIP 0042.mp4"), [42]),
        (Filter("straße 17"), [17]),  # folded both ways
        (Filter("STRASSE 17"), [17]),
        (Filter("100%_real"), [100]),  # no wildcards
        (Filter("100_"), []),
        (Filter(f"{77:064x}"[:64]), [77]),
        (Filter("no such name"), []),
        (Filter('"clip 00"', bands=("signs",)), [number for number in range(100) if number % 5 == 0]),
        (Filter(since=START + timedelta(minutes=MANY - 2)), [MANY - 2, MANY - 1]),
        (Filter(until=START + timedelta(minutes=1)), [0]),
        (Filter('"clip 000"', models=(2,)), [1, 3, 5, 7, 9]),
        (Filter('"clip 000"', kinds=("image",)), [0, 4, 8]),
    ],
)
def test_search_finds_what_was_meant(opened: Session, wanted: Filter, numbers: list[int]) -> None:
    page = history.search(opened, wanted, sort="oldest", limit=200)
    assert [row.analysis_id - 1 for row in page.rows] == numbers
    assert page.total == len(numbers)


def test_some_of_them_can_be_asked_for_alone(opened: Session) -> None:
    chosen = ids(history.search(opened))[3:6]
    found = history.search(opened, Filter(ids=tuple(chosen)))
    assert (ids(found), found.total) == (chosen, 3)


def test_without_a_score_comes_last(opened: Session) -> None:
    pages = walk(opened, "score")
    scores = [row.score for row in pages[0].rows]
    assert None not in scores and scores == sorted(scores, key=lambda score: -(score or 0))
    assert pages[-1].rows[-1].score is None


@pytest.mark.parametrize(
    ("sort", "index"), [("newest", "created_at"), ("oldest", "created_at"), ("name", "name"), ("score", "score")]
)
@pytest.mark.parametrize("place", [None, Place(MANY // 2, "after"), Place(MANY // 2, "before")])
@pytest.mark.parametrize("full", ["sqlite"], indirect=True)
def test_order_comes_from_an_index(full: Settings, sort: Sort, index: str, place: Place | None) -> None:
    asked: list[str] = []
    made = engine(full.resolved_database_url())
    event.listen(made, "before_cursor_execute", lambda *given: asked.append(_literal(given[2], given[3])))
    with session(full) as opened:
        history.search(opened, sort=sort, limit=50, place=place)
        listing = next(query for query in asked if "ORDER BY" in query and "artifact" in query)
        steps = opened.execute(text(f"EXPLAIN QUERY PLAN {listing}")).all()
    outer = " ".join(what for _, parent, _, what in steps if parent == 0)
    assert f"ix_analysis_{index}" in outer and "TEMP B-TREE" not in outer
    if place:
        assert f"SEARCH analysis USING INDEX ix_analysis_{index}" in outer


def test_thousands_of_rows_stay_quick(opened: Session) -> None:
    began = time.process_time()
    for wanted in (Filter(), Filter("clip 4"), Filter(bands=("signs", "no_face"))):
        history.search(opened, wanted, limit=50, place=Place(MANY // 2, "after"))
    assert time.process_time() - began < 1.5


def test_models_are_listed(opened: Session) -> None:
    assert history.models(opened) == [(2, "blend", "2"), (1, "blend", "1")]


def _literal(query: str, values: tuple[object, ...]) -> str:
    for value in values:
        query = query.replace("?", repr(value), 1)
    return query


def _model(number: int) -> dict[str, object]:
    return {
        "id": number,
        "name": "blend",
        "version": str(number),
        "sha256": f"{number:064x}",
        "created_at": START,
    }


def _media(number: int) -> dict[str, object]:
    return {
        "id": number + 1,
        "sha256": f"{number:064x}",
        "kind": "video" if number % 4 else "image",
        "bytes": 1,
        "container": "mp4",
        "codec": "h264",
        "width": 64,
        "height": 48,
        "rotation": 0,
        "has_audio": False,
        "tags": {},
        "origin": "desk",
        "added_at": START,
    }


def _shown(number: int) -> str:
    return {17: "Straße 17.mov", 100: "100%_real.mp4"}.get(number, f"Clip {number:04d}.mp4")


def _name(number: int) -> dict[str, object]:
    shown = _shown(number)
    return {"media_id": number + 1, "name": shown, "added_at": START}


def _analysis(number: int) -> dict[str, object]:
    return {
        "id": number + 1,
        "media_id": number + 1,
        "model_id": 1 + number % 2,
        "settings_hash": "0" * 64,
        "name": _shown(number),
        "name_folded": _shown(number).casefold(),
        "band": BANDS[number % 5],
        "score": None if number % 5 > 2 else number / MANY,
        "raw_score": None,
        "shots": [0.0],
        "frames_sampled": 1,
        **dict.fromkeys(("decode_s", "faces_s", "score_s", "explain_s", "total_s"), 0.0),
        "created_at": START + timedelta(minutes=number),
    }
