"""A made-up desk is a whole one: as many rows as asked for, and every page's queries can read it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.errors import TelltaleError
from core.settings import Settings
from db import analyses, audit, case_file, cases, history, jobs, verdicts
from db.cases import Asked
from db.history import Filter
from db.migrate import migrate
from db.models import Analysis, FrameScore, Media
from db.session import session
from pipelines.seeding.fill import Wanted, fill
from tests.actors import DESK

WANTED = Wanted(analyses=300, scores=9000, cases=12, until=datetime(2026, 6, 1, 12, tzinfo=UTC))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A small made-up desk."""
    config = Settings(home=tmp_path_factory.mktemp("made"))
    migrate(config)
    fill(config, WANTED)
    return config


def test_it_holds_what_was_asked_for(made: Settings) -> None:
    with session(made) as opened:
        counted = [opened.scalar(select(func.count()).select_from(table)) for table in (Analysis, FrameScore)]
        assert counted == [WANTED.analyses, WANTED.scores]
        assert opened.scalar(select(func.max(Analysis.created_at))) <= WANTED.until
        assert len(history.models(opened)) == 3 and jobs.counts(opened)["done"] == WANTED.analyses
        some_again = WANTED.analyses - (opened.scalar(select(func.count()).select_from(Media)) or 0)
        assert 0 < some_again < WANTED.analyses / 2


def test_every_band_comes_up_and_is_found(made: Settings) -> None:
    with session(made) as opened:
        for band in ("signs", "inconclusive", "no_signs", "too_poor", "no_face"):
            page = history.search(opened, Filter(bands=(band,)))
            assert page.total > 3
            row = page.rows[0]
            assert (row.score is None) == (band in ("too_poor", "no_face"))
            assert row in history.search(opened, Filter(f'"{row.name}"')).rows


def test_people_judge_note_and_gather(made: Settings) -> None:
    with session(made) as opened:
        for how in ("agree", "differ", "open"):
            assert history.search(opened, Filter(agreements=(how,))).total > 0
        assert audit.verify(opened).broken is None and audit.count(opened) > 300
        assert case_file.search(opened).total == WANTED.cases
        case = case_file.get(opened, 1)
        assert case is not None and case.exhibits and case.tags
        judged = next(row for row in history.search(opened, limit=300).rows if row.verdict)
        said = verdicts.current(opened, judged.media_id)
        assert said is not None
        assert judged in history.search(opened, Filter(f'"{said.reason}"'), limit=300).rows


def test_work_goes_on_after_the_made_up(made: Settings) -> None:
    with session(made) as opened:
        case = cases.start(opened, DESK, Asked("Real"))
        cases.add_item(opened, DESK, case, 1)
        assert case == WANTED.cases + 1 and audit.verify(opened).broken is None
        opened.rollback()


def test_an_analysis_reads_like_one_of_a_worker(made: Settings) -> None:
    with session(made) as opened:
        row = history.search(opened, Filter(bands=("signs",), kinds=("video",))).rows[0]
        stored = analyses.get(opened, row.analysis_id)
    assert stored is not None
    assert {picture.kind for picture in stored.pictures} == {"frame", "crop", "heat"}
    assert all((made.home / picture.path).is_file() for picture in stored.pictures)
    for track in stored.evidence.tracks:
        times = [frame.time for frame in track.frames]
        assert times == sorted(times) and track.start == times[0] and track.end == times[-1]
        assert times[-1] <= (stored.evidence.media.duration or 0)


def test_a_desk_with_files_is_left_as_it_is(made: Settings) -> None:
    with pytest.raises(TelltaleError, match="holds files already"):
        fill(made, WANTED)


def test_the_same_numbers_give_the_same_desk(made: Settings, tmp_path: Path) -> None:
    other = Settings(home=tmp_path)
    migrate(other)
    fill(other, WANTED)
    with session(made) as opened, session(other) as other_opened:
        assert history.search(opened, limit=300) == history.search(other_opened, limit=300)
