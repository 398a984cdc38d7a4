"""The people of a clip, a line each: the timeline in words."""

import streamlit as st

from core.evidence import Evidence
from core.judgement.bands import WORDS
from core.units import clock


def people_table(found: Evidence) -> None:
    """Who was there, when, and what was found on them."""
    if not found.tracks:
        st.caption("No face was found in this file.")
        return
    rows = [
        {
            "Person": track.id,
            "From": clock(track.start),
            "To": clock(track.end),
            "Found": WORDS[track.band],
            "Score": track.score,
            "Frames judged": sum(frame.score is not None for frame in track.frames),
            "Frames seen": len(track.frames),
            "Face, px": track.face_px,
        }
        for track in found.tracks
    ]
    st.dataframe(
        rows,
        hide_index=True,
        column_config={
            "Score": st.column_config.NumberColumn(format="%.2f"),
            "Face, px": st.column_config.NumberColumn(format="%.0f", help="Width in the middle one of the frames"),
        },
    )
