"""The whole log: filtered, paged by key, named."""

from datetime import timedelta

import pytest

from core.settings import Settings
from db import audit, cases, log, log_checks, media
from db.audit import Broken, Checked
from db.cases import Asked
from db.log import Named, Place, Wanted
from db.models import now
from db.rights import NotAllowed
from db.session import session
from tests.actors import DESK, person
from tests.db.conftest import info

MANY = 25


@pytest.fixture
def filled(either: Settings) -> Settings:
    """Twenty-five entries: about cases 1, 2, 10 and 11, and others about file 1."""
    with session(either) as opened:
        for number in range(1, MANY + 1):
            about = "media:1" if number % 5 else f"case:{(1, 2, 10, 11, 1)[number // 5 - 1]}"
            audit.record(opened, DESK, "note.added" if number % 2 else "case.comment", about, n=number)
    return either


def numbers(config: Settings, wanted: Wanted, limit: int = 100, place: Place | None = None) -> list[int]:
    with session(config) as opened:
        return [one.number for one in log.page(opened, DESK, wanted, limit, place).events]


def test_pages_cover_everything_once_in_both_directions(filled: Settings) -> None:
    place, seen, pages = None, [], []
    with session(filled) as opened:
        while True:
            page = log.page(opened, DESK, Wanted(), 10, place)
            pages.append(page)
            seen += [one.number for one in page.events]
            if (place := page.older) is None:
                break
        assert seen == list(range(MANY, 0, -1)) and len(pages) == 3
        assert pages[0].newer is None
        back = log.page(opened, DESK, Wanted(), 10, pages[2].newer)
        assert back.events == pages[1].events
        first = log.page(opened, DESK, Wanted(), 10, back.newer)
        assert first.events == pages[0].events and first.newer is None and first.older == pages[0].older


def test_filters(filled: Settings) -> None:
    assert numbers(filled, Wanted(subject="case:1")) == [25, 5]
    assert numbers(filled, Wanted(subject="case")) == [25, 20, 15, 10, 5]
    assert numbers(filled, Wanted(subject="case", action="note.added")) == [25, 15, 5]
    assert numbers(filled, Wanted(actor_id=99)) == []
    assert numbers(filled, Wanted(actor_id=DESK.id), 3) == [25, 24, 23]
    assert len(numbers(filled, Wanted(since=now() - timedelta(hours=1)))) == MANY
    assert numbers(filled, Wanted(until=now() - timedelta(hours=1))) == []


def test_who_may_not_read_it_reads_nothing(filled: Settings) -> None:
    analyst, editor = person(filled, "ada"), person(filled, "ed", "editor")
    with session(filled) as opened:
        assert log.page(opened, editor, Wanted()).events
        with pytest.raises(NotAllowed):
            log.page(opened, analyst, Wanted())
        with pytest.raises(NotAllowed):
            next(log.everything(opened, analyst, Wanted()))


def test_subjects_have_names_while_they_are_here(either: Settings) -> None:
    with session(either) as opened:
        media_id = media.add(opened, info("clip.mp4"))
        case_id = cases.start(opened, DESK, Asked("Who speaks?"))
        found = log.named(opened, [f"media:{media_id}", f"case:{case_id}", "user:1", "media:99", "log", "x:y"])
        assert found == {
            f"media:{media_id}": Named("clip.mp4"),
            f"case:{case_id}": Named("Who speaks?"),
            "user:1": Named("The desk"),
        }
        assert log.media_of_hash(opened, "aaaaaaaa") == media_id
        assert log.media_of_hash(opened, "aaaaaaab") is None


def test_the_log_remembers_when_it_was_checked(filled: Settings) -> None:
    with session(filled) as opened:
        assert log_checks.last(opened) is None
        found = audit.verify(opened)
        log_checks.remember(opened, DESK, found, 1.26)
    with session(filled) as opened:
        last = log_checks.last(opened)
        assert last is not None and (last.found, last.seconds) == (Checked(MANY, found.head, None), 1.3)
        log_checks.remember(opened, DESK, Checked(3, "f" * 64, Broken(4, "entry 4 is missing")), 0.1)
    with session(filled) as opened:
        worse = log_checks.last(opened)
        assert worse is not None and worse.found.broken == Broken(4, "entry 4 is missing")
        assert audit.verify(opened).broken is None and log.newest(opened) == MANY + 2
