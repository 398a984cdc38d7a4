"""Verdicts: given by people, kept for good, never mixed with what a machine said."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import inspect

from core.errors import TelltaleError
from core.settings import Settings
from db import audit, media, verdicts
from db.models import Analysis
from db.models_people import Verdict
from db.rights import NotAllowed, User
from db.session import session
from db.verdicts import Said, VerdictRow
from tests.actors import DESK, person
from tests.db.conftest import info

SAID = Said("manipulated", "high", "The mouth does not follow the words.", links=("https://example.org/a",))


@pytest.fixture
def ada(config: Settings) -> User:
    return person(config, "ada")


@pytest.fixture
def ben(config: Settings) -> User:
    return person(config, "ben")


@pytest.fixture
def eve(config: Settings) -> User:
    return person(config, "eve", "editor")


@pytest.fixture
def clip(config: Settings) -> int:
    with session(config) as opened:
        return media.add(opened, info())


def give(config: Settings, actor: User, clip: int, said: Said = SAID, instead_of: int | None = None) -> int:
    with session(config) as opened:
        return verdicts.give(opened, actor, clip, said, instead_of)


def current(config: Settings, clip: int) -> VerdictRow:
    with session(config) as opened:
        found = verdicts.current(opened, clip)
    assert found is not None
    return found


def test_a_verdict_comes_back_as_it_was_given(config: Settings, ada: User, clip: int) -> None:
    said = replace(SAID, sound="authentic")
    number = give(config, ada, clip, said)
    found = current(config, clip)
    assert (found.id, found.user, found.current, found.supersedes_id) == (number, ada, True, None)
    assert (found.picture, found.sound, found.confidence, found.reason, found.links) == (
        said.picture, said.sound, said.confidence, said.reason, said.links,
    )  # fmt: skip
    assert found.opinions == () and found.sign_off is None


def test_a_change_keeps_the_old_one_with_what_was_said_about_it(
    config: Settings, ada: User, ben: User, eve: User, clip: int
) -> None:
    first = give(config, ada, clip)
    with session(config) as opened:
        verdicts.opine(opened, ben, first, "confirm")
        verdicts.sign_off(opened, eve, first)
    second = give(config, ben, clip, replace(SAID, picture="authentic", confidence="low"), first)
    with session(config) as opened:
        new, old = verdicts.history(opened, clip)
    assert (new.id, new.supersedes_id, new.current, new.sign_off, new.opinions) == (second, first, True, None, ())
    assert (old.id, old.current, old.picture, old.user) == (first, False, "manipulated", ada)
    assert old.sign_off is not None and [one.stance for one in old.opinions] == ["confirm"]


@pytest.mark.parametrize("seen", [None, 77])
def test_whoever_has_not_seen_the_newest_can_not_replace_it(
    config: Settings, ada: User, ben: User, clip: int, seen: int | None
) -> None:
    give(config, ada, clip)
    with pytest.raises(TelltaleError, match="while you wrote"):
        give(config, ben, clip, instead_of=seen)
    assert current(config, clip).user == ada


def test_the_database_holds_one_current_verdict_a_file(config: Settings, ada: User, clip: int) -> None:
    give(config, ada, clip)
    twice = Verdict(media_id=clip, user_id=ada.id, picture="authentic", confidence="low", reason="x", links=[])
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), session(config) as opened:
        opened.add(twice)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"picture": "fake"}, "no such verdict"),
        ({"sound": "fake"}, "no such verdict"),
        ({"confidence": "certain"}, "no such confidence"),
        ({"reason": "  "}, "Say why"),
        ({"reason": "x" * 10_001}, "at most"),
        ({"links": ("javascript:alert(1)",)}, "https://"),
        ({"links": ("https://",)}, "https://"),
        ({"links": ("https://a b",)}, "https://"),
        ({"links": ("https://a.example",) * 21}, "at most 20"),
        ({"analysis_id": 4711}, "another file"),
    ],
)
def test_a_bad_verdict_is_refused(
    config: Settings, ada: User, clip: int, change: dict[str, Any], why: str
) -> None:
    with pytest.raises(TelltaleError, match=why):
        give(config, ada, clip, replace(SAID, **change))
    with session(config) as opened:
        assert verdicts.current(opened, clip) is None and audit.count(opened, f"media:{clip}") == 0


def test_a_silent_file_has_no_verdict_on_its_sound(config: Settings, ada: User) -> None:
    with session(config) as opened:
        silent = media.add(opened, replace(info("silent.mp4", "b" * 64), has_audio=False))
    with pytest.raises(TelltaleError, match="no sound"):
        give(config, ada, silent, replace(SAID, sound="authentic"))


def test_a_second_opinion_is_somebody_elses_and_may_change(
    config: Settings, ada: User, ben: User, clip: int
) -> None:
    number = give(config, ada, clip)
    with pytest.raises(TelltaleError, match="your own"), session(config) as opened:
        verdicts.opine(opened, ada, number, "confirm")
    with pytest.raises(TelltaleError, match="why you dissent"), session(config) as opened:
        verdicts.opine(opened, ben, number, "dissent", " ")
    with pytest.raises(TelltaleError, match="at most 10,000"), session(config) as opened:
        verdicts.opine(opened, ben, number, "confirm", "x" * 10_001)
    with session(config) as opened:
        verdicts.opine(opened, ben, number, "dissent", "The shadow is right.")
        verdicts.opine(opened, ben, number, "confirm")
    assert [(one.user, one.stance) for one in current(config, clip).opinions] == [(ben, "confirm")]
    with session(config) as opened:
        assert audit.count(opened, action="verdict.dissent") == 1


def test_only_an_editor_signs_off_and_not_her_own(
    config: Settings, ada: User, ben: User, eve: User, clip: int
) -> None:
    number = give(config, ada, clip)
    with pytest.raises(NotAllowed, match="Only an editor"), session(config) as opened:
        verdicts.sign_off(opened, ben, number)
    with session(config) as opened:
        verdicts.sign_off(opened, eve, number)
    with pytest.raises(TelltaleError, match="already"), session(config) as opened:
        verdicts.sign_off(opened, person(config, "fay", "editor"), number)
    hers = give(config, eve, clip, instead_of=number)
    with pytest.raises(TelltaleError, match="somebody else must"), session(config) as opened:
        verdicts.sign_off(opened, eve, hers)


def test_where_nobody_signs_in_the_desk_signs_its_own(config: Settings, clip: int) -> None:
    number = give(config, DESK, clip)
    with session(config) as opened:
        verdicts.sign_off(opened, DESK, number)
    assert current(config, clip).sign_off is not None


def test_an_old_verdict_is_no_longer_judged(config: Settings, ada: User, ben: User, eve: User, clip: int) -> None:
    old = give(config, ada, clip)
    give(config, ben, clip, instead_of=old)
    for attempt in (
        lambda opened: verdicts.sign_off(opened, eve, old),
        lambda opened: verdicts.opine(opened, eve, old, "confirm"),
    ):
        with pytest.raises(TelltaleError, match="changed meanwhile"), session(config) as opened:
            attempt(opened)


@pytest.mark.parametrize("who", [User(9, "x", "X", None, True), User(9, "x", "X", "editor", False)])
def test_without_a_role_nobody_judges(config: Settings, ada: User, clip: int, who: User) -> None:
    number = give(config, ada, clip)
    for attempt in (
        lambda opened: verdicts.give(opened, who, clip, SAID, number),
        lambda opened: verdicts.opine(opened, who, number, "confirm"),
        lambda opened: verdicts.sign_off(opened, who, number),
    ):
        with pytest.raises(NotAllowed), session(config) as opened:
            attempt(opened)
    assert current(config, clip).id == number


def test_many_verdicts_come_at_once(config: Settings, ada: User, clip: int) -> None:
    with session(config) as opened:
        other = media.add(opened, info("other.mp4", "b" * 64))
        third = media.add(opened, info("third.mp4", "c" * 64))
    give(config, ada, clip)
    give(config, ada, other, replace(SAID, picture="authentic"))
    with session(config) as opened:
        found = verdicts.of_many(opened, [clip, other, third])
    assert {one: row.picture for one, row in found.items()} == {clip: "manipulated", other: "authentic"}


def test_a_machines_band_and_a_verdict_share_no_column() -> None:
    assert "band" not in {column.key for column in inspect(Verdict).columns}
    assert not {"verdict", "picture", "verdict_id"} & {column.key for column in inspect(Analysis).columns}


def test_the_log_says_what_was_judged_and_why(config: Settings, ada: User, clip: int) -> None:
    first = give(config, ada, clip)
    give(config, ada, clip, replace(SAID, reason="I looked again."), first)
    with session(config) as opened:
        changed, given = audit.of_media(opened, clip)
    assert (given.action, given.actor, given.details["reason"]) == ("verdict.given", "ada", SAID.reason)
    assert (changed.action, changed.details["instead_of"]) == ("verdict.changed", first)
