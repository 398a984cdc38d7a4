"""What holds for all that comes in next: in which case it belongs, how soon, how closely it is looked at."""

from typing import cast, get_args

import streamlit as st
from sqlalchemy.orm import Session

from core.settings import settings
from dashboard.components.case_choice import open_cases
from dashboard.components.doing import done
from dashboard.who import user
from db import cases
from db.models import Priority
from db.rights import User, allowed
from pipelines.wishes import Wish

RATES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # frames a second; what the settings allow of them is offered
RATES_HELP = """
How many frames of each second of a clip are searched for faces. More of them find what lasts for a blink, and take as
much longer. A picture is always looked at whole.
"""
# The buttons as high as the boxes beside them, so that all labels stand in one line.
LEVEL = "<style>.st-key-priority button { min-height: 2.5rem; }</style>"
CASE = "wish-case"  # key of the id of the case that was chosen


def wish_form() -> Wish:
    """The choices, one beside the other; they stay as they are from file to file."""
    case_id = _case() if allowed(user(), "work_on_cases") else None
    rate = _rate()
    st.html(LEVEL)
    priority = st.segmented_control("Priority", get_args(Priority), default="normal", required=True, key="priority")
    return Wish(cast(Priority, priority), case_id, rate)


def _case() -> int | None:
    titles = open_cases()
    _preset(titles)
    chosen = st.selectbox(
        "Case", list(titles), format_func=titles.__getitem__, index=None, key=CASE, placeholder="None", width=220
    )  # fmt: skip
    with st.popover("New case", icon=":material/add:"), st.form("new-case", border=False):
        title = st.text_input("Title", max_chars=cases.TITLE, placeholder="The minister's speech")
        st.caption("What it asks is written down on its own page.")
        if st.form_submit_button("Open it") and done(_open_case, title):
            st.rerun()
    return chosen


def _preset(titles: dict[int, str]) -> None:
    """The case just opened or named in the address, at first; none where the chosen one was closed meanwhile."""
    asked = st.query_params.pop("case", "") or str(st.session_state.pop("opened-case", ""))
    if asked.isdecimal() and int(asked) in titles:
        st.session_state[CASE] = int(asked)
    elif st.session_state.get(CASE) not in titles:
        st.session_state[CASE] = None


def _open_case(opened: Session, actor: User, title: str) -> None:
    st.session_state["opened-case"] = cases.start(opened, actor, cases.Asked(title))


def _rate() -> float:
    usual = settings().samples_per_second
    offered = sorted({usual, *(rate for rate in RATES if rate <= settings().most_samples_per_second)})
    return st.selectbox(
        "Frames a second", offered, index=offered.index(usual), key="wish-rate", help=RATES_HELP,
        format_func=lambda rate: f"{rate:g}, as usual" if rate == usual else f"{rate:g}", width=160,
    )  # fmt: skip
