"""First looks: once for each person and file, with the time and an entry in the log, or with why there is none."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError

from core.errors import TelltaleError
from core.settings import Settings
from db import audit, first_looks, media, verdicts
from db.models import now
from db.models_people import FirstLook
from db.rights import NotAllowed
from db.session import session
from db.verdicts import Said
from pipelines.first_look import awaited
from tests.actors import DESK, person
from tests.db.conftest import info


def file(config: Settings, sha256: str = "a" * 64) -> int:
    with session(config) as opened:
        return media.add(opened, info(sha256=sha256))


def test_a_look_is_kept_with_its_person_its_time_and_an_entry_in_the_log(either: Settings) -> None:
    ada, eve, number, before = person(either, "ada"), person(either, "eve"), file(either), now()
    with session(either) as opened:
        first_looks.give(opened, ada, number, "unsure")
        first_looks.skip(opened, eve, number, "  Saw it elsewhere. ")
    with session(either) as opened:
        hers, skipped = first_looks.of_media(opened, number)
        newest, older = audit.events(opened, f"media:{number}")[:2]
        assert audit.verify(opened).broken is None
    assert (hers.user, hers.impression, hers.skipped) == (ada, "unsure", None)
    assert before <= hers.at <= now()
    assert (skipped.user, skipped.impression, skipped.skipped) == (eve, None, "Saw it elsewhere.")
    assert (older.action, older.actor, older.details) == ("first_look.given", "ada", {"impression": "unsure"})
    assert (newest.action, newest.details) == ("first_look.skipped", {"reason": "Saw it elsewhere."})


def test_a_look_can_not_be_had_twice(either: Settings) -> None:
    number = file(either)
    with session(either) as opened:
        first_looks.give(opened, DESK, number, "genuine")
    with pytest.raises(TelltaleError, match="already"), session(either) as opened:
        first_looks.give(opened, DESK, number, "synthetic")
    with pytest.raises(TelltaleError, match="already"), session(either) as opened:
        first_looks.skip(opened, DESK, number, "x")
    with session(either) as opened:
        assert [one.impression for one in first_looks.of_media(opened, number)] == ["genuine"]
        assert audit.count(opened, action="first_look.given") == 1
        assert audit.count(opened, action="first_look.skipped") == 0


def test_of_two_at_once_one_is_kept(either: Settings) -> None:
    number = file(either)

    def give(_try: int) -> bool:
        try:
            with session(either) as opened:
                first_looks.give(opened, DESK, number, "synthetic")
        except TelltaleError:
            return False
        return True

    with ThreadPoolExecutor(4) as together:
        assert sum(together.map(give, range(4))) == 1
    with session(either) as opened:
        assert audit.count(opened, action="first_look.given") == 1


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
def test_a_skip_needs_a_reason(config: Settings, reason: str) -> None:
    number = file(config)
    with pytest.raises(TelltaleError, match="why you skip"), session(config) as opened:
        first_looks.skip(opened, DESK, number, reason)


def test_what_is_no_impression_or_no_file_is_refused(config: Settings) -> None:
    number = file(config)
    with pytest.raises(TelltaleError, match="take it for"), session(config) as opened:
        first_looks.give(opened, DESK, number, "signs")  # type: ignore[arg-type]
    with pytest.raises(TelltaleError, match="does not hold"), session(config) as opened:
        first_looks.give(opened, DESK, 999, "unsure")


def test_without_the_right_to_judge_nothing_is_kept(config: Settings) -> None:
    number, nobody = file(config), person(config, "nobody", None)
    with pytest.raises(NotAllowed), session(config) as opened:
        first_looks.give(opened, nobody, number, "unsure")
    with pytest.raises(NotAllowed), session(config) as opened:
        first_looks.skip(opened, nobody, number, "x")
    with session(config) as opened:
        assert first_looks.of_media(opened, number) == []


@pytest.mark.parametrize("both", [{}, {"impression": "unsure", "skipped": "x"}])
def test_the_database_holds_an_impression_or_a_reason(either: Settings, both: dict[str, str]) -> None:
    number = file(either)
    with pytest.raises(IntegrityError), session(either) as opened:
        opened.add(FirstLook(media_id=number, user_id=1, **both))


def test_a_look_is_awaited_where_the_desk_asks_of_whoever_can_answer(config: Settings) -> None:
    seen, new = file(config), file(config, "b" * 64)
    asks, ada = config.model_copy(update={"first_look": True}), person(config, "ada")
    nobody = person(config, "nobody", None)
    with session(config) as opened:
        first_looks.give(opened, ada, seen, "unsure")
        assert awaited(asks, opened, ada, [seen, new]) == {new}
        assert awaited(asks, opened, DESK, [seen, new]) == {seen, new}
        assert awaited(asks, opened, nobody, [seen, new]) == set()
        verdicts.give(opened, DESK, new, Said("synthetic", "low", "The hands."))
        assert awaited(asks, opened, DESK, [seen, new]) == {seen}  # who has judged has looked
        assert awaited(config, opened, ada, [seen, new]) == set()  # off, unless it is asked for
