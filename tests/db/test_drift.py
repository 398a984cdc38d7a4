"""The watch on each of the two databases: a desk whose files change after its first weeks."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import update

from core.evidence import Band
from core.settings import Settings
from db import audit, drift, model_versions
from db.models import Analysis, Origin
from db.session import session
from pipelines.drift import REFERENCE, begins, watch
from tests.actors import DESK
from tests.dashboard.stored import CARD, clip, evidence, store, track

BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)
LATER = BEGAN + timedelta(days=40)


def fill(config: Settings, first: int, files: int, begins: datetime, raw: float, bands: tuple[Band, ...]) -> None:
    """So many analyses within a few days, about this raw score."""
    draw = np.random.default_rng(first)
    for number in range(first, first + files):
        found = track("A", raw + float(draw.normal()), bands[number % len(bands)])
        at = begins + timedelta(minutes=number)
        analysis_id = store(config, evidence(clip(f"{number}.mp4", f"{number:064x}"), (found,)))
        with session(config) as opened:
            opened.execute(update(Analysis).where(Analysis.id == analysis_id).values(created_at=at))


@pytest.fixture
def serving(either: Settings) -> Settings:
    """A desk with sixty analyses of its detector's first days."""
    with session(either) as opened:
        version = model_versions.register(opened, DESK, CARD, "a" * 12)
        model_versions.promote(opened, DESK, version.id, "It came first.")
    fill(either, 0, 60, BEGAN, 0.0, ("inconclusive", "no_signs"))
    return either


def test_a_detector_that_has_judged_nothing_has_no_first_weeks_yet(either: Settings) -> None:
    assert begins(either) is None


def test_the_same_kind_of_files_is_steady(serving: Settings) -> None:
    fill(serving, 1000, 60, LATER, 0.0, ("inconclusive", "no_signs"))
    found = watch(serving, at=LATER + timedelta(days=2))
    assert found is not None and not found.moved and found.days == 7
    assert found.measures["agreement"].verdict == "too_few"
    assert (found.measures["scores"].n, found.measures["scores"].m) == (60, 60)


def test_other_files_raise_an_alarm_that_is_kept(serving: Settings, caplog: pytest.LogCaptureFixture) -> None:
    fill(serving, 1000, 60, LATER, 3.0, ("signs",))
    found = watch(serving, DESK, at=LATER + timedelta(days=2))
    assert found is not None and found.moved
    assert {name for name, one in found.measures.items() if one.verdict == "moved"} == {"scores", "inconclusive"}
    with session(serving) as opened:
        assert drift.latest(opened, found.version_id) == [found]
        (event,) = audit.events(opened, action="drift.watched")
    assert event.details["moved"] == ["scores", "inconclusive"]
    assert "scores has moved" in caplog.text


def test_what_came_by_a_link_or_a_folder_is_watched_and_examples_are_not(either: Settings) -> None:
    origins: tuple[Origin, ...] = ("desk", "link", "folder", "example")
    for number, origin in enumerate(origins):
        store(either, evidence(clip(f"{number}.mp4", f"{number:064x}"), (track("A", 0.0, "no_signs"),)), origin=origin)
    with session(either) as opened:
        assert len(drift.samples(opened, 1, BEGAN, datetime.now(UTC) + timedelta(days=1))) == 3


def test_too_few_of_a_week_are_joined_by_those_of_the_month(serving: Settings) -> None:
    fill(serving, 1000, 40, LATER, 0.0, ("no_signs",))
    fill(serving, 2000, 20, LATER + timedelta(days=10), 0.0, ("no_signs",))
    found = watch(serving, at=LATER + timedelta(days=13))
    assert found is not None and found.days == 28 and found.measures["scores"].n == 60


def test_within_the_first_weeks_there_is_nothing_to_compare(serving: Settings) -> None:
    assert watch(serving, at=BEGAN + timedelta(days=20)) is None
    assert begins(serving) == BEGAN + REFERENCE
    with session(serving) as opened:
        assert audit.count(opened, action="drift.watched") == 0
