"""One person at one moment: how well the face is seen, how it scored, whether that holds, where the model looked."""

import streamlit as st

from core.evidence import Evidence, FrameScore, Track
from core.settings import settings
from core.units import clock
from dashboard.components.band import chip
from dashboard.components.lens import lens
from dashboard.components.player import Moment
from dashboard.feed import Shot
from pipelines.media.findings import LIMITS
from pipelines.statements import NEIGHBOURS, held, posed, spread

SCORE_HELP = f"""What the detector makes of this one frame, 0 to 1. In brackets: the lowest and the highest of the
{NEIGHBOURS} judged frames around it. One high frame proves little: the band is for the person as a whole."""
VARIANTS_HELP = """The same face, scored again after changes that prove nothing. Where the score depends on them, the
person is called inconclusive."""


def person_panel(found: Evidence, shots: list[Shot], moment: Moment, key: str = "lens") -> None:
    """The face at a moment, and its kept heatmap that is nearest in time. `key` tells two on one page apart."""
    track = person_at(found, moment)
    if track is None:
        st.caption("No face was found at this moment.")
        return
    frame = min(track.frames, key=lambda one: abs(one.time - moment.time))
    with st.container(horizontal=True, vertical_alignment="center"):
        when = "" if found.media.kind == "image" else f" · {clock(frame.time)}"
        st.markdown(f"**Person {track.id}**{when}", width="content")
        st.markdown(chip(track.band))
    st.caption(_seen(track, frame), help=SCORE_HELP)
    kept = [shot for shot in shots if shot["track"] == track.id]
    if not kept:
        st.caption(f"No heatmap is kept of person {track.id}: {_why_none()}")
        return
    shot = min(kept, key=lambda one: abs(one["time"] - frame.time))
    if shot["index"] != frame.index:
        st.caption(f"The nearest heatmap is from {clock(shot['time'])}.")
    lens(key, shot)
    if shot["variants"]:
        st.caption(f"The same face {held(shot['variants'])}", help=VARIANTS_HELP)


def person_at(found: Evidence, moment: Moment) -> Track | None:
    """The person asked for, else the one with the highest score among those there at that time."""
    asked = [track for track in found.tracks if track.id == moment.person]
    there = [track for track in found.tracks if track.start - 0.5 <= moment.time <= track.end + 0.5]
    ranked = sorted(
        there, key=lambda track: track.raw_score if track.raw_score is not None else float("-inf")
    )
    return asked[0] if asked else (ranked[-1] if ranked else None)


def _seen(track: Track, frame: FrameScore) -> str:
    quality = frame.quality
    looks = f"face {quality.face_px:.0f} px wide, {posed(quality)}"
    if frame.score is None:
        reasons = ", ".join(LIMITS.get(reason, reason) for reason in quality.poor)
        return f"Not judged in this frame: {reasons or 'too poor'} · {looks}"
    low, high = spread(track, frame)
    around = f" ({low:.2f}–{high:.2f})" if len(track.frames) > 1 else ""
    return f"This frame alone: {frame.score:.2f}{around} · {looks}"


def _why_none() -> str:
    return f"only the {settings().heatmaps} frames that weigh most get one."
