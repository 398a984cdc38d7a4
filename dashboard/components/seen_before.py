"""Seen before: whether this file, or a near copy, or a part of it, was on this desk already; and which times match."""

import streamlit as st

from core.units import clock
from dashboard.components import first_look
from dashboard.components.band import UNTOLD, chip
from dashboard.components.wording import ago, plain, span
from db.analyses import StoredAnalysis
from db.session import session
from pipelines.provenance.fingerprints import Stretch
from pipelines.provenance.near_copies import NearCopy, near_copies

NOT_TAKEN = "Not looked up yet: the fingerprint of a file is taken when it is analysed."
NONE = (
    "Nothing on this desk looks like a copy of this, or like a part of it. Copies that were mirrored, strongly "
    "cropped, filmed off a screen or set into another picture are not found."
)
BEFORE = "**This, or a near copy, was analysed before.**"
LATER = "**A near copy came to the desk later.**"
CAUTION = (
    "Near copies show the same footage. A face or the sound may still have been changed in one of them: compare them "
    "before you carry a judgement over."
)
SHOWN = 10


def seen_before(stored: StoredAnalysis) -> None:
    """The near copies of a file, with links and matching times, and a way to see both side by side."""
    with session() as opened:
        found = near_copies(opened, stored.media_id)
    if found is None:
        st.caption(NOT_TAKEN)
    elif not found:
        st.caption(NONE)
    else:
        _told(found, stored.id)


def _told(found: list[NearCopy], analysis_id: int) -> None:
    waiting = first_look.waiting(copy.file.media_id for copy in found)
    for words, copies in ((BEFORE, [c for c in found if c.before]), (LATER, [c for c in found if not c.before])):
        if copies:
            st.markdown(words)
        for copy in copies[:SHOWN]:
            _line(copy, analysis_id, copy.file.media_id in waiting)
        if len(copies) > SHOWN:
            st.caption(f"and {len(copies) - SHOWN} more")
    st.caption(CAUTION)


def _line(copy: NearCopy, analysis_id: int, waits: bool) -> None:
    file = copy.file
    with st.container(horizontal=True, vertical_alignment="center"):
        if file.analysis_id is not None and file.band is not None:
            there = f"{copy.stretches[0].other_start:.3f}"
            st.page_link(
                "screens/review.py",
                label=f"**{plain(file.name)}** {UNTOLD if waits else chip(file.band)}",
                query_params={"analysis": str(file.analysis_id), "t": there},
            )
        else:
            st.markdown(f"**{plain(file.name)}**, without an analysis", width="content")
        length = span(file.duration) if file.duration is not None else "picture"
        st.caption(f"{length} · came in {ago(file.added_at)}", width="content")
        if file.analysis_id is not None:
            same = copy.stretches[0]
            st.page_link("screens/compare.py", label="Side by side", icon=":material/compare:",
                         query_params=side_by_side(analysis_id, file.analysis_id, same))  # fmt: skip
    st.caption("  \n".join(matching(stretch) for stretch in copy.stretches))


def matching(stretch: Stretch) -> str:
    """Which times are the same, in words."""
    here = _times(stretch.start, stretch.end)
    return f"{here} here is {_times(stretch.other_start, stretch.other_end)} there"


def side_by_side(here: int, there: int, same: Stretch) -> dict[str, str]:
    """What to ask the page Compare for: both files, where they show the same, locked in time."""
    apart = f"{same.other_start - same.start:.3f}"
    return {"a": str(here), "b": str(there), "at": f"{same.start:.3f}", "bt": f"{same.other_start:.3f}",
            "together": "true", "offset": apart}  # fmt: skip


def _times(start: float, end: float) -> str:
    return clock(start) if end - start < 0.05 else f"{clock(start)} – {clock(end)}"
