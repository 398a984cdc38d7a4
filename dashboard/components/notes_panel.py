"""Notes pinned to a moment: a click goes there."""

from collections.abc import Callable

import streamlit as st

from core.units import clock
from dashboard.components.doing import do, done
from dashboard.components.player import Moment
from dashboard.components.when import when
from dashboard.components.wording import paragraphs, plain
from dashboard.who import user
from db import notes
from db.analyses import StoredAnalysis
from db.notes import NoteRow
from db.rights import User, allowed
from db.session import session

EMPTY = "No notes yet. Stop the player where something strikes you, and write it down: whoever comes next finds it."


def notes_panel(stored: StoredAnalysis, moment: Moment, go: Callable[[Moment], None]) -> None:
    """The notes of an analysis, and one more at the moment looked at. `go` takes the player to a moment."""
    looking = user()
    with session() as opened:
        found = notes.of_analysis(opened, stored.id)
    st.markdown("###### Notes")
    if not found:
        st.caption(EMPTY)
    for note in found:
        _line(note, looking, go)
    if allowed(looking, "judge"):
        _form(stored, moment)


def _line(note: NoteRow, looking: User, go: Callable[[Moment], None]) -> None:
    about = f" · person {plain(note.track)}" if note.track else ""
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", gap="small"):
        st.button(clock(note.time)[:-4], key=f"note-{note.id}", type="tertiary", icon=":material/push_pin:",
                  help="Go to this moment", on_click=go, args=(Moment(note.time, note.track),))  # fmt: skip
        with st.container(gap=None):
            st.markdown(paragraphs(note.text))
            st.caption(f"{plain(note.user.name)}{about} · {when(note.at)}")
        if note.user.id == looking.id:
            st.button("", key=f"unnote-{note.id}", type="tertiary", icon=":material/close:",
                      help="Take this note back", on_click=do, args=(notes.remove, note.id))  # fmt: skip


def _form(stored: StoredAnalysis, moment: Moment) -> None:
    known = {track.id for track in stored.evidence.tracks}
    person = moment.person if moment.person in known else None
    about = f" · person {person}" if person else ""
    with st.form(f"note-{stored.id}", border=False, clear_on_submit=True):
        text = st.text_area(f"A note at {clock(moment.time)}{about}", height=70)
        if st.form_submit_button("Pin it here", icon=":material/push_pin:") and done(
            notes.add, stored.id, moment.time, text, person
        ):
            st.rerun()

