"""What of the history is asked for: search, chips and dates. All of it lives in the address, in words.

The words are those on screen, so no two choices of a kind may have the same.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

import streamlit as st

from core.evidence import Band, MediaKind
from core.judgement.bands import WORDS
from dashboard.components.days import days
from dashboard.components.wording import plain
from db import history
from db.agreement import Agreement
from db.history import Filter, Sort
from db.session import session
from db.verdicts import WORDS as VERDICTS

ORDERS: dict[Sort, str] = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "name": "Name",
    "score": "Highest score",
}
JUDGED: dict[str, str] = {"none": "No verdict"} | {str(one): words for one, words in VERDICTS.items()}
BOTH: dict[Agreement, str] = {"agree": "Agree", "differ": "Differ", "open": "One does not decide"}
KINDS: dict[MediaKind, str] = {"video": "Clips", "image": "Pictures"}
CASE = re.compile(r"case ([0-9]{1,15})$")
# Every part of the question: its key in the address, and its value where nothing is asked.
KEYS: dict[str, Any] = {
    "q": "", "band": [], "verdict": [], "both": [], "kind": [], "model": [], "in_case": None, "when": "Any time",
    "between": (), "sort": "newest",
}  # fmt: skip
CHIPS: dict[str, Mapping[Any, str]] = {"verdict": JUDGED, "both": BOTH, "kind": KINDS}


@dataclass(frozen=True)
class Asked:
    """The question."""

    wanted: Filter
    sort: Sort


def filters() -> Asked:
    """Draw what can be asked, and give what is."""
    known = _models()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search", placeholder="Words of names, notes, verdicts and cases, or a hash",
                             type="search", key="q", bind="query-params", live=True, max_chars=500)  # fmt: skip
        since, until = days()
        sort = st.selectbox(
            "Sort", list(ORDERS), format_func=ORDERS.__getitem__, key="sort", bind="query-params", width=150
        )
        with st.popover("Filters", icon=":material/filter_list:"):
            verdicts, both, kinds, models, case = _more(known)
    with st.container(horizontal=True, vertical_alignment="center"):
        bands = st.pills("Found by the machine", get_args(Band), format_func=WORDS.__getitem__, key="band",
                         selection_mode="multi", bind="query-params", label_visibility="collapsed")  # fmt: skip
        _chips(known)
    wanted = Filter(
        text=text or "",
        bands=tuple(bands),
        models=tuple(int(one) for one in models),
        kinds=tuple(kinds),
        verdicts=tuple(verdicts),
        agreements=tuple(both),
        case=case,
        since=since,
        until=until,
    )
    return Asked(wanted, sort)


def question() -> dict[str, Any]:
    """The question as it can be kept: what differs from asking nothing, in plain JSON."""
    held = {key: st.session_state.get(key, nothing) for key, nothing in KEYS.items()}
    asked = {key: value for key, value in held.items() if value not in (KEYS[key], None, (), [])}
    return {key: [str(one) for one in value] if key == "between" else value for key, value in asked.items()}


def ask(asked: dict[str, Any]) -> None:
    """Put a question that was kept; for callbacks, which come before the page is drawn."""
    for key, nothing in KEYS.items():
        value = asked.get(key, nothing)
        st.session_state[key] = tuple(date.fromisoformat(one) for one in value) if key == "between" else value


def _more(known: dict[str, str]) -> tuple[Any, ...]:
    """What is asked for more rarely."""
    pills: dict[str, Any] = {"selection_mode": "multi", "bind": "query-params"}
    return (
        st.pills("Verdict of a person", list(JUDGED), format_func=JUDGED.__getitem__, key="verdict", **pills),
        st.pills(
            "Machine and person", list(BOTH), format_func=BOTH.__getitem__, key="both", **pills,
            help="Whether the machine's band and the person's verdict point the same way.",
        ),
        st.pills("Kind", list(KINDS), format_func=KINDS.__getitem__, key="kind", **pills),
        st.multiselect("Detector", list(known), format_func=known.__getitem__, key="model", bind="query-params"),
        _case(),
    )  # fmt: skip


def _case() -> int | None:
    with session() as opened:
        known = history.case_titles(opened, _asked_case())
    titles = {str(number): f"{title} · case {number}" for number, title in known}
    chosen = st.selectbox("Case", list(titles), format_func=titles.__getitem__, index=None, key="in_case",
                          placeholder="Any", bind="query-params")  # fmt: skip
    return int(chosen) if chosen else None


def _asked_case() -> int | None:
    """The case in the address, which need not be among the latest."""
    kept, written = st.session_state.get("in_case"), CASE.search(st.query_params.get("in_case", ""))
    return int(kept) if kept else int(written[1]) if written else None


def _models() -> dict[str, str]:
    with session() as opened:
        known = history.models(opened)
    names = Counter(f"{name} {version}" for _, name, version in known)
    words = {str(number): f"{name} {version}" for number, name, version in known}
    return {number: said if names[said] == 1 else f"{said} ({number})" for number, said in words.items()}


def _chips(known: dict[str, str]) -> None:
    """What is asked beside the bands, each to be taken away with a click."""
    words = [(key, one, names[one]) for key, names in CHIPS.items() for one in st.session_state[key]]
    words += [("model", one, known[one]) for one in st.session_state.model]
    if st.session_state.in_case:
        words.append(("in_case", None, "One case"))
    for key, one, label in words:
        st.button(f"{plain(label)} ✕", key=f"chip-{key}-{one}", on_click=_without, args=(key, one), help="Take away")
    if question().keys() - {"sort"}:
        st.button("Clear all", type="tertiary", key="clear", on_click=ask, args=({},))


def _without(key: str, one: str | None) -> None:
    left: Iterable[str] = (value for value in st.session_state[key] if value != one) if one else ()
    st.session_state[key] = list(left) if one else None
