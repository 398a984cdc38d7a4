"""Where to begin to look: what an address says of it, else the frame that weighs most."""

import streamlit as st

from dashboard.components.player import Moment
from dashboard.feed import Shot
from db.analyses import StoredAnalysis

LONGEST = 1e6  # s


def number(name: str) -> int | None:
    """A number of the address; None where there is none that could be an id."""
    text = st.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 16 else None


def asked(time: str, person: str) -> Moment | None:
    """The moment that the address gives under these names; None where it gives none."""
    if time not in st.query_params:
        return None
    return Moment(_seconds(st.query_params[time]), st.query_params.get(person))


def heaviest(stored: StoredAnalysis, kept: list[Shot]) -> Moment:
    """The kept frame with the highest score; the beginning where none is kept."""
    scores = {
        (track.id, frame.index): frame.raw_score for track in stored.evidence.tracks for frame in track.frames
    }
    best = max(kept, key=lambda shot: scores.get((shot["track"], shot["index"])) or 0.0, default=None)
    return Moment(best["time"], best["track"]) if best else Moment(0.0)


def write(moment: Moment, time: str, person: str) -> None:
    """The moment looked at, into the address, so that it can be sent to somebody."""
    st.query_params[time] = f"{moment.time:.3f}"
    if moment.person:
        st.query_params[person] = moment.person
    else:
        st.query_params.pop(person, None)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < LONGEST else 0.0  # an address can hold anything, "nan" too
