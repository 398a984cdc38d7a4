"""What the pages ask of a large desk goes through indexes: no table that grows is read from end to end."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from core.settings import Settings
from db import analyses, audit, case_file, deletion, history, jobs, search, verdicts
from db.history import Filter
from db.migrate import migrate
from db.models import Analysis, Base, Media, Track
from db.models_people import Case
from db.session import engine, session
from pipelines.seeding.fill import Wanted, fill

GROW = ("media", "media_name", "analysis", "track", "frame_score", "finding", "artifact", "job", "verdict", "note",
        "case_item", "search_text", "audit_event")  # fmt: skip
SCAN = re.compile(rf"SCAN ({'|'.join(GROW)})\b(?! USING (COVERING )?INDEX)")
Ask = Callable[[Session], Any]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A made-up desk, large enough that the database plans by what is in its tables."""
    config = Settings(home=tmp_path_factory.mktemp("plans"))
    migrate(config)
    fill(config, Wanted(analyses=1000, scores=20_000, cases=60, until=datetime(2026, 6, 1, 12, tzinfo=UTC)))
    return config


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(history.search, id="history"),
        pytest.param(lambda opened: history.search(opened, Filter("harbour speech")), id="search"),
        pytest.param(lambda opened: history.search(opened, Filter(bands=("signs",))), id="bands"),
        pytest.param(lambda opened: history.search(opened, Filter(kinds=("image",))), id="kinds"),
        pytest.param(lambda opened: history.search(opened, Filter(verdicts=("synthetic",))), id="verdicts"),
        pytest.param(lambda opened: history.search(opened, Filter(case=7)), id="case filter"),
        pytest.param(lambda opened: analyses.get(opened, 500), id="review"),
        pytest.param(lambda opened: verdicts.history(opened, 500), id="verdicts of a file"),
        pytest.param(lambda opened: audit.of_media(opened, 500), id="custody"),
        pytest.param(lambda opened: case_file.of_media(opened, 500), id="cases of a file"),
        pytest.param(lambda opened: case_file.get(opened, 7), id="case"),
        pytest.param(jobs.counts, id="queue counts"),
        pytest.param(search.refresh, id="nothing is stale"),
    ],
)
def test_no_growing_table_is_read_from_end_to_end(desk: Settings, ask: Ask) -> None:
    for query, values in _asked(desk, ask):
        with session(desk) as opened:
            plan = opened.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
        steps = [step[3] for step in plan]
        assert not [step for step in steps if SCAN.search(step)], (query, steps)


def test_the_queue_walks_along_its_key(desk: Settings) -> None:
    (query, values), *_ = _asked(desk, lambda opened: jobs.latest(opened, 20))
    with session(desk) as opened:
        plan = opened.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
    outer = [what for _, parent, _, what in plan if parent == 0]
    assert outer[0] == "SCAN job" and "ORDER BY job.id DESC" in query and not any("TEMP" in step for step in outer)


@pytest.mark.parametrize("noun", [Media, Analysis, Track, Case])
def test_what_hangs_on_a_row_that_is_deleted_is_found_by_an_index(desk: Settings, noun: type[Base]) -> None:
    for child, column in deletion._referring(noun.__table__):  # type: ignore[arg-type]
        if child.name in (*GROW, "fingerprint_key"):
            with session(desk) as opened:
                asked = text(f"EXPLAIN QUERY PLAN DELETE FROM {child.name} WHERE {column.name} IN (5)")
                (step, *_) = [row[3] for row in opened.execute(asked)]
            assert step.startswith("SEARCH"), (child.name, step)


def test_a_scan_would_be_seen(desk: Settings) -> None:
    with session(desk) as opened:
        plan = opened.execute(text("EXPLAIN QUERY PLAN SELECT * FROM frame_score WHERE score > 0.5")).all()
    assert SCAN.search(plan[0][3])


def _asked(desk: Settings, ask: Ask) -> list[tuple[str, Any]]:
    """The queries that a function sends, each with its values."""
    sent: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, query: str, values: Any, *_rest: Any) -> None:
        sent.append((query, values))

    made = engine(desk.resolved_database_url())
    event.listen(made, "before_cursor_execute", hear)
    try:
        with session(desk) as opened:
            ask(opened)
    finally:
        event.remove(made, "before_cursor_execute", hear)
    assert sent
    return [one for one in sent if one[0].lstrip().startswith("SELECT")]
