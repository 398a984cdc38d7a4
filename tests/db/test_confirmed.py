"""Which verdicts two people or an editor stand by: told one by one, and counted alike."""

import hashlib
from dataclasses import replace

from core.settings import Settings
from db import confirmed, media, verdicts
from db.models_people import Judgement, Stance
from db.rights import User
from db.session import session
from db.verdicts import Said
from tests.actors import person
from tests.db.conftest import info

Opinions = tuple[tuple[str, Stance], ...]
CASES: dict[str, tuple[Judgement, Opinions, bool, str | None]] = {
    "alone": ("manipulated", (), False, "alone"),
    "agreed": ("authentic", (("ben", "confirm"),), False, "agreed"),
    "disputed": ("manipulated", (("ben", "confirm"), ("cid", "dissent")), False, "disputed"),
    "disputed-and-signed": ("synthetic", (("ben", "dissent"),), True, "signed"),
    "changed-her-mind": ("misleading", (("ben", "dissent"), ("ben", "confirm")), False, "agreed"),
    "changed-his-mind": ("authentic", (("ben", "confirm"), ("ben", "dissent")), False, "disputed"),
    "signed-alone": ("manipulated", (), True, "signed"),
    "decides-nothing": ("inconclusive", (("ben", "confirm"),), False, None),
}


def test_counted_as_they_are_told(config: Settings) -> None:
    people = {login: person(config, login) for login in ("ada", "ben", "cid")} | {
        "eve": person(config, "eve", "editor")
    }
    for name, (picture, opinions, signed, _) in CASES.items():
        _judge(config, people, name, picture, opinions, signed)
    with session(config) as opened:
        told = {one.name: one.standing for one in confirmed.judged(opened)}
        count = confirmed.number(opened)
    assert told == {name: standing for name, (*_, standing) in CASES.items() if standing}
    assert count == sum(standing in ("signed", "agreed") for standing in told.values()) == 4


def test_a_verdict_that_was_changed_counts_no_more(config: Settings) -> None:
    people = {login: person(config, login) for login in ("ada", "ben")}
    media_id, verdict = _judge(config, people, "clip", "manipulated", (("ben", "confirm"),), False)
    with session(config) as opened:
        assert confirmed.number(opened) == 1
        verdicts.give(opened, people["ada"], media_id, Said("authentic", "low", "I looked again."), verdict)
        assert confirmed.number(opened) == 0


def _judge(
    config: Settings, people: dict[str, User], name: str, picture: Judgement, opinions: Opinions, signed: bool
) -> tuple[int, int]:
    """Ada judges a file of its own, and others say what they think of it."""
    with session(config) as opened:
        found = replace(info(), name=name, sha256=hashlib.sha256(name.encode()).hexdigest())
        media_id = media.add(opened, found)
        verdict = verdicts.give(opened, people["ada"], media_id, Said(picture, "high", "I looked."))
        for login, stance in opinions:
            verdicts.opine(opened, people[login], verdict, stance, "So I think.")
        if signed:
            verdicts.sign_off(opened, people["eve"], verdict)
    return media_id, verdict
