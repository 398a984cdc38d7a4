"""Which weights serve: one at a time, changed by editors only, each change in the log."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from core.settings import Settings
from db import audit, model_versions
from db.model_versions import Version
from db.models import ModelVersion, now
from db.rights import NotAllowed
from db.session import session
from tests.actors import DESK, person
from tests.model_folders import card


def registered(opened: Session, *versions: str) -> list[Version]:
    """Candidates of these versions, each the child of the one before."""
    made: list[Version] = []
    for version in versions:
        parent = made[-1].id if made else None
        made.append(model_versions.register(opened, DESK, card(version), version * 12, parent, f"data {version}"))
    return made


def states(config: Settings) -> dict[str, str]:
    with session(config) as opened:
        return {one.version: one.state for one in model_versions.versions(opened)}


def test_a_version_is_registered_with_all_that_is_known_of_it(either: Settings) -> None:
    with session(either) as opened:
        first, second = registered(opened, "1", "2")
    with session(either) as opened:
        assert model_versions.versions(opened) == [second, first]
        assert model_versions.by_weights(opened, second.sha256) == model_versions.get(opened, second.id) == second
        (event,) = audit.events(opened, f"model:{second.id}")
    assert (second.state, second.parent_id, second.data_version) == ("candidate", first.id, "data 2")
    assert second.read_card() == card("2")
    assert event.action == "model.registered" and event.details["weights"] == second.sha256


def test_weights_are_registered_once(either: Settings) -> None:
    with session(either) as opened:
        first = registered(opened, "1")
        assert registered(opened, "1") == first


def test_weights_that_only_spoke_become_a_candidate_with_their_card(either: Settings) -> None:
    with session(either) as opened:
        opened.add(ModelVersion(name="fake", version="1", sha256=card().sha256))
        opened.flush()
        with pytest.raises(TelltaleError, match="does not hold the weights"):
            model_versions.promote(opened, DESK, model_versions.versions(opened)[0].id, "try it")
        (known,) = registered(opened, "1")
    assert (known.state, known.folder) == ("candidate", "1" * 12)


def test_promoting_and_rolling_back_lead_through_the_versions(either: Settings) -> None:
    with session(either) as opened:
        one, two, three = registered(opened, "1", "2", "3")
        for version in (one, two, three):
            model_versions.promote(opened, DESK, version.id, f"because of {version.version}")
    assert states(either) == {"1": "retired", "2": "retired", "3": "champion"}
    with session(either) as opened:
        assert model_versions.roll_back(opened, DESK, "flags everything").version == "2"
        assert model_versions.roll_back(opened, DESK, "so does this").version == "1"
        with pytest.raises(TelltaleError, match="No other version"):
            model_versions.roll_back(opened, DESK, "further")
        told = [(one.action, one.details.get("reason")) for one in audit.events(opened, limit=5)]
        serves = model_versions.champion(opened)
    assert states(either) == {"1": "champion", "2": "retired", "3": "retired"}
    assert told[:3] == [
        ("model.rolled_back", "so does this"),
        ("model.rolled_back", "flags everything"),
        ("model.promoted", "because of 3"),
    ]
    assert serves is not None and serves.promoted_by == "The desk" and serves.promoted_at is not None


def test_why_a_version_serves_is_known_whatever_came_after(either: Settings) -> None:
    with session(either) as opened:
        version = model_versions.register(opened, DESK, card(), "a" * 12)
        model_versions.promote(opened, DESK, version.id, "It is better.")
        for _ in range(21):
            audit.record(opened, DESK, "drift.watched", f"model:{version.id}")
        assert model_versions.reason_of(opened, version.id) == "It is better."


def test_a_refused_version_never_serves(either: Settings) -> None:
    with session(either) as opened:
        one, two = registered(opened, "1", "2")
        model_versions.promote(opened, DESK, one.id, "first")
        model_versions.refuse(opened, DESK, two.id, "more false alarms")
        with pytest.raises(TelltaleError, match="may not serve"):
            model_versions.promote(opened, DESK, two.id, "all the same")
        with pytest.raises(TelltaleError, match="Only a candidate"):
            model_versions.refuse(opened, DESK, one.id, "no")
    assert states(either) == {"1": "champion", "2": "refused"}


@pytest.mark.parametrize("change", [
    lambda opened, actor, version: model_versions.register(opened, actor, card("2"), "2" * 12),
    lambda opened, actor, version: model_versions.promote(opened, actor, version.id, "why not"),
    lambda opened, actor, version: model_versions.roll_back(opened, actor, "why not"),
    lambda opened, actor, version: model_versions.refuse(opened, actor, version.id, "why not"),
    lambda opened, actor, version: model_versions.recard(opened, actor, version.id, card()),
])  # fmt: skip
def test_an_analyst_changes_nothing(
    config: Settings, change: Callable[[Session, object, Version], object]
) -> None:
    analyst = person(config, "ada")
    with session(config) as opened:
        (version,) = registered(opened, "1")
        before = audit.count(opened)
        with pytest.raises(NotAllowed):
            change(opened, analyst, version)
        assert audit.count(opened) == before
    assert states(config) == {"1": "candidate"}


def test_a_reason_must_be_given(config: Settings) -> None:
    editor = person(config, "eve", "editor")
    with session(config) as opened:
        one, two = registered(opened, "1", "2")
        with pytest.raises(TelltaleError, match="Say why"):
            model_versions.promote(opened, editor, one.id, "  ")
        with pytest.raises(TelltaleError, match="Say why"):
            model_versions.refuse(opened, DESK, two.id, "")
        with pytest.raises(TelltaleError, match="at most 2,000"):
            model_versions.promote(opened, editor, one.id, "x" * 2001)


def test_the_database_itself_allows_one_champion(either: Settings) -> None:
    with session(either) as opened:
        one, _ = registered(opened, "1", "2")
        model_versions.promote(opened, DESK, one.id, "first")
    with pytest.raises(IntegrityError), session(either) as opened:
        opened.execute(text("UPDATE model_version SET state = 'champion'"))


def test_a_card_that_reads_scores_otherwise_is_told_as_such(config: Settings) -> None:
    other = card().model_copy(update={"limits": ("Masks.",)})
    reads = other.model_copy(update={"quality": other.quality.model_copy(update={"min_face_px": 9.0})})
    with session(config) as opened:
        (version,) = registered(opened, "1")
        model_versions.recard(opened, DESK, version.id, other)
        model_versions.recard(opened, DESK, version.id, reads)
        told = [one.details["scores_read_anew"] for one in audit.events(opened, action="model.card_changed")]
        kept = model_versions.get(opened, version.id)
    assert told == [True, False]
    assert kept is not None and kept.read_card() == reads


def test_what_was_found_before_a_new_card_is_read_by_the_card_of_then(either: Settings) -> None:
    first, second, third = (card().model_copy(update={"limits": (name,)}) for name in ("Masks.", "Hats.", "Fog."))
    with session(either) as opened:
        (version,) = registered(opened, "1")
        times = [now()]
        for newer in (first, second, third):
            model_versions.recard(opened, DESK, version.id, newer)
            opened.flush()
            times.append(now())
        found = [model_versions.card_at(opened, version.sha256, at) for at in times]
        unknown = model_versions.card_at(opened, "0" * 64, times[0])
    assert found == [version.read_card(), first, second, third]
    assert unknown is None
