"""Who did what, as sentences: the log's entries in the words of people."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.components.when import when
from dashboard.components.wording import plain
from db.audit import Event
from pipelines.log_words import told


def story(events: Sequence[Event], names: Mapping[int, str], about: Mapping[str, str]) -> None:
    """The entries, a line each. `names` of people by id; `about` names the subjects that need it."""
    for event in events:
        name, said = about.get(event.subject, ""), told(event.action, event.details)
        subject = f" · {plain(name)}" if name and name not in said else ""
        who = plain(names.get(event.actor_id, event.actor))
        st.markdown(f"**{who}** {plain(said)}{subject}  \n:small[:gray[{when(event.at)}]]")


def sentence(event: Event) -> str:
    """What was done, without who, for a Markdown field."""
    return plain(told(event.action, event.details))
