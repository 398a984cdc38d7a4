"""What of the log is asked for: who, what, about what, when. All of it lives in the address, in words."""

import re
from collections import Counter
from collections.abc import Mapping

import streamlit as st

from dashboard.components.days import days
from db import audit, log, people
from db.log import Wanted
from db.session import session

# What people call the subjects of entries.
KINDS = {"file": "media", "picture": "media", "clip": "media", "person": "user"}
SUBJECT = re.compile(r"([a-z]+)[ :]*(\d{1,15})?")
HASH = re.compile(r"[0-9a-f]{8,64}")
HELP = "Such as: case 4, file 12, analysis 7, person 2, only the kind (case), or a file's hash."
NOBODY = "-"  # a subject that no entry has


def filters() -> Wanted:
    """Draw what can be asked, and give what is."""
    with session() as opened:
        names, actions = people.names(opened), audit.actions(opened)
    who = told_apart(names)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        actor = st.selectbox("Who", list(who), format_func=who.__getitem__, index=None, placeholder="Anybody",
                             key="who", bind="query-params", width=200)  # fmt: skip
        action = st.selectbox("What", actions, format_func=words, index=None, placeholder="Anything", key="what",
                              bind="query-params", width=230)  # fmt: skip
        about = st.text_input("About", key="about", bind="query-params", max_chars=100, help=HELP,
                              placeholder="case 4, file 12, a hash …")  # fmt: skip
        since, until = days()
    return Wanted(actor, action, subject_of(about or ""), since, until)


def told_apart(names: Mapping[int, str]) -> dict[int, str]:
    """The name of each person; where several share it, their number too. The address holds these words."""
    shared = Counter(names.values())
    return {number: name if shared[name] == 1 else f"{name} ({number})" for number, name in names.items()}


def words(action: str) -> str:
    """The name of a kind of entry, as words."""
    return action.replace(".", " ").replace("_", " ")


def subject_of(written: str) -> str | None:
    """What somebody means; None where she asks for nothing."""
    folded = " ".join(written.casefold().split())
    if not folded:
        return None
    if HASH.fullmatch(folded):
        with session() as opened:
            found = log.media_of_hash(opened, folded)
        return NOBODY if found is None else f"media:{found}"
    if not (named := SUBJECT.fullmatch(folded)):
        return NOBODY
    kind = KINDS.get(named[1], named[1])
    return f"{kind}:{named[2]}" if named[2] else kind
