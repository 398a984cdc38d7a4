"""Putting another detector in service, or going back: each with a reason, by editors."""

from collections.abc import Callable

import streamlit as st

from core.settings import settings
from dashboard.components.doing import InPlace
from dashboard.components.wording import plain
from dashboard.who import user
from db.model_versions import LONGEST, Version
from pipelines import serving

COUNTS = "It counts for every clip whose analysis begins after this. What stands already stays as it is."


def promote(version: Version, serves: Version | None) -> None:
    """The button that lets a version judge, and what is asked before."""
    instead = f" instead of **{plain(serves.title)}**" if serves else ""
    with st.popover("Put in service", icon=":material/check_circle:", key=f"promote-{version.id}"):
        st.markdown(f"**{plain(version.title)}** will judge{instead}.")
        _asked(f"promote-{version.id}-form", "Put in service", lambda reason: _promoted(version.id, reason))


def roll_back(serves: Version, before: Version) -> None:
    """The button that brings the version before back, and what is asked before."""
    with st.popover("Roll back", icon=":material/undo:", key="roll-back"):
        st.markdown(
            f"**{plain(before.title)}** will judge again instead of **{plain(serves.title)}**, with the very scores "
            "that it gave."
        )
        _asked("roll-back-form", "Roll back", _rolled_back)


def _asked(key: str, label: str, change: Callable[[str], object]) -> None:
    with st.form(key, border=False):
        st.caption(COUNTS)
        reason = st.text_area("Why", height=80, max_chars=LONGEST, placeholder="For those who read the log later")
        if st.form_submit_button(label, type="primary"):
            with InPlace():
                change(reason)
                st.rerun()


def _promoted(version_id: int, reason: str) -> None:
    serving.promote(settings(), user(), version_id, reason)


def _rolled_back(reason: str) -> None:
    serving.roll_back(settings(), user(), reason)
