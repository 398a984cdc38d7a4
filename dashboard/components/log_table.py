"""The entries of the log: a click on one shows all of it, with the way to what it is about."""

import json
from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.components.story import sentence
from dashboard.components.when import zone
from dashboard.components.wording import plain
from db.audit import Event
from db.log import Named
from pipelines.log_words import subject_words, told

# The table's own buttons would hand out a CSV that is neither safe to open nor in the log.
BARE = "<style>.st-key-log-rows [data-testid=stElementToolbar] { display: none; }</style>"
FIRST_COLUMNS = {
    "Entry": st.column_config.NumberColumn(width=70, format="%d"),
    "Who": st.column_config.TextColumn(width=150),
    "What": st.column_config.TextColumn(width=430),
    "About": st.column_config.TextColumn(width=330),
}


def log_table(events: Sequence[Event], names: Mapping[int, str], about: Mapping[str, Named]) -> Event | None:
    """Draw the entries; gives the one that was clicked."""
    with st.container(key="log-rows"):
        st.html(BARE)
        clicked = st.dataframe(
            [_line(event, names, about) for event in events],
            hide_index=True,
            height=560,
            key=f"log-{events[0].number}-{len(events)}",  # the click belongs to these entries
            on_select="rerun",
            selection_mode="single-cell",
            column_config=FIRST_COLUMNS
            | {"When": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm:ss", timezone=str(zone()), width=170)},
        ).selection.cells
    return events[clicked[0][0]] if clicked else None


def entry(event: Event, names: Mapping[int, str], about: Mapping[str, Named]) -> None:
    """All of one entry."""
    with st.container(border=True):
        who = plain(names.get(event.actor_id, event.actor))
        st.markdown(f"**Entry {event.number:,}** · {who} ({plain(event.actor)}) {sentence(event)}")
        _way(event.subject, about)
        st.code(json.dumps(event.details, indent=2, ensure_ascii=False), language="json", wrap_lines=True)
        st.caption(f"SHA-256 {event.sha256}  \nof the entry before {event.previous}")


def titled(subject: str, about: Mapping[str, Named]) -> str:
    """A subject in words: file 12 · clip.mp4."""
    said = subject_words(subject)
    return f"{said} · {about[subject].name}" if subject in about else said


def _line(event: Event, names: Mapping[int, str], about: Mapping[str, Named]) -> dict[str, object]:
    return {
        "Entry": event.number,
        "When": event.at,
        "Who": names.get(event.actor_id, event.actor),
        "What": " ".join(told(event.action, event.details).split()),
        "About": titled(event.subject, about),
    }


def _way(subject: str, about: Mapping[str, Named]) -> None:
    """A link to the subject, where it is still here and has a page."""
    kind, _, number = subject.partition(":")
    label = f"Open {plain(titled(subject, about))}"
    here = about.get(subject)
    if here is None:
        st.caption(f"About {plain(titled(subject, about))}")
    elif here.analysis_id is not None:
        st.page_link("screens/review.py", label=label, query_params={"analysis": str(here.analysis_id)})
    elif kind in ("case", "job"):
        page = "screens/case.py" if kind == "case" else "screens/review.py"
        st.page_link(page, label=label, query_params={kind: number})
    else:
        st.caption(f"About {plain(titled(subject, about))}")
