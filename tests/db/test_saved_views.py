"""Searches under a name: whose they are, who sees them, who may remove them."""

import pytest

from core.errors import TelltaleError
from core.settings import Settings
from db import saved_views
from db.rights import NotAllowed
from db.session import session
from tests.actors import DESK, person

ASKED = {"q": "hafen", "band": ["signs"]}


def test_a_view_is_kept_for_its_owner_and_shared_on_request(either: Settings) -> None:
    ana, ben = person(either, "ana"), person(either, "ben")
    with session(either) as opened:
        saved_views.save(opened, ana, "  My   week ", ASKED)
        saved_views.save(opened, ana, "For all", {}, shared=True)
    with session(either) as opened:
        assert [(view.name, view.asked) for view in saved_views.for_user(opened, ana)] == [
            ("For all", {}),
            ("My week", ASKED),
        ]
        assert [(view.name, view.user.login) for view in saved_views.for_user(opened, ben)] == [("For all", "ana")]


def test_the_same_name_takes_the_place(config: Settings) -> None:
    with session(config) as opened:
        saved_views.save(opened, DESK, "Week", ASKED)
        saved_views.save(opened, DESK, "Week", {"q": "other"})
        assert [view.asked for view in saved_views.for_user(opened, DESK)] == [{"q": "other"}]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_view_needs_a_name(config: Settings, name: str) -> None:
    with session(config) as opened, pytest.raises(TelltaleError, match="name"):
        saved_views.save(opened, DESK, name, {})


def test_only_its_owner_and_an_admin_remove_a_view(config: Settings) -> None:
    ana, ben, nobody = person(config, "ana"), person(config, "ben"), person(config, "nobody", None)
    with session(config) as opened:
        mine = saved_views.save(opened, ana, "Mine", ASKED)
        ours = saved_views.save(opened, ana, "Ours", ASKED, shared=True)
        for view, actor in ((mine, ben), (mine, DESK), (ours, ben)):
            with pytest.raises(NotAllowed):
                saved_views.remove(opened, actor, view)
        with pytest.raises(NotAllowed):
            saved_views.save(opened, nobody, "No", {})
        saved_views.remove(opened, DESK, ours)
        saved_views.remove(opened, ana, mine)
        saved_views.remove(opened, ana, mine)
        opened.flush()
        assert saved_views.for_user(opened, ana) == []
