"""What people write is found as names are, and stays right whatever is changed. On both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.settings import Settings
from db import analyses, cases, media, notes, search, verdicts
from db.cases import Asked
from db.models import MediaName
from db.session import session
from db.verdicts import Said
from tests.actors import DESK, person
from tests.dashboard.stored import clip, evidence, track

ONE, OTHER = "one.mp4", "other.mp4"


@pytest.fixture
def desk(either: Settings) -> Iterator[Settings]:
    """Two analysed files, ids 1 and 2, with nothing written about them."""
    with session(either) as opened:
        for number, name in enumerate((ONE, OTHER)):
            found = evidence(clip(name, f"{number}" * 64), (track("A", 3.0, "signs"),))
            analyses.add(opened, media.add(opened, found.media), found, "s", [])
    return either


def names(opened: Session, asked: str) -> list[str]:
    query = search.found(opened, asked)
    assert query is not None
    return list(opened.scalars(select(MediaName.name).where(MediaName.media_id.in_(query)).order_by(MediaName.id)))


def test_a_note_is_found_until_it_is_taken_back(desk: Settings) -> None:
    with session(desk) as opened:
        note = notes.add(opened, DESK, 2, 1.0, "Der Schatten fällt falsch.")
    with session(desk) as opened:
        assert names(opened, "schatten fallt") == [OTHER]
        notes.remove(opened, DESK, note)
    with session(desk) as opened:
        assert names(opened, "schatten") == []


def test_reasons_of_verdicts_old_and_new_and_of_opinions(desk: Settings) -> None:
    ben = person(desk, "ben")
    with session(desk) as opened:
        first = verdicts.give(opened, DESK, 1, Said("manipulated", "high", "Teeth flicker."))
        verdicts.opine(opened, ben, first, "dissent", "Looks like compression.")
    with session(desk) as opened:
        assert names(opened, "teeth compression") == [ONE]
        verdicts.give(opened, DESK, 1, Said("authentic", "low", "The agency has the raw file."), first)
    with session(desk) as opened:
        assert names(opened, "agency raw") == names(opened, "teeth") == [ONE]


def test_cases_lead_to_their_files(desk: Settings) -> None:
    with session(desk) as opened:
        case = cases.start(opened, DESK, Asked("Hafenrede", "Is the speech real?", tags=("election",)))
        cases.add_item(opened, DESK, case, 1)
        cases.add_item(opened, DESK, case, 2)
    with session(desk) as opened:
        for asked in ("hafenrede", "speech real", "election", "one hafen"):
            assert ONE in names(opened, asked)
        cases.change(opened, DESK, case, Asked("Bahnhofsrede"))
        cases.comment(opened, DESK, case, "Called the press office.")
        cases.answer(opened, DESK, case, "Nobody can tell.")
        cases.remove_item(opened, DESK, case, 1)
    with session(desk) as opened:
        assert names(opened, "hafenrede") == names(opened, "election") == []
        for asked in ("bahnhofsrede", "press office", "nobody can"):
            assert names(opened, asked) == [OTHER]


def test_work_in_a_case_that_says_nothing_new_makes_nothing_stale(desk: Settings) -> None:
    with session(desk) as opened:
        case = cases.start(opened, DESK, Asked("Quiet"))
        cases.add_item(opened, DESK, case, 1)
        search.refresh(opened)
    with session(desk) as opened:
        cases.close(opened, DESK, case)
        opened.flush()
        assert opened.scalar(select(search.SearchStale.id).limit(1)) is None
