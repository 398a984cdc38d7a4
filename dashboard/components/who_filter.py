"""Which people of a clip are shown: chosen one by one or by band, in the address, so that a link carries the choice."""

from dataclasses import replace

import streamlit as st

from core.evidence import Evidence
from core.judgement.bands import WORDS


def who_filter(found: Evidence) -> list[str] | None:
    """The people to show; None for all of them, and where there is nobody to choose from."""
    people = [track.id for track in found.tracks]
    bands = list(dict.fromkeys(track.band for track in found.tracks))
    if len(people) < 2:
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        named = st.pills("People", people, selection_mode="multi", key="who", bind="query-params")
        banded = st.pills("Found on them", bands, selection_mode="multi", format_func=WORDS.__getitem__, key="found",
                          bind="query-params") if len(bands) > 1 else []  # fmt: skip
    if not named and not banded:
        return None
    return [
        track.id
        for track in found.tracks
        if (not named or track.id in named) and (not banded or track.band in banded)
    ]


def only(found: Evidence, people: list[str] | None) -> Evidence:
    """The same evidence, told of these people alone. What is about nobody, and the band of the whole, stay."""
    if people is None:
        return found
    return replace(
        found,
        tracks=tuple(track for track in found.tracks if track.id in people),
        findings=tuple(one for one in found.findings if one.track is None or one.track in people),
    )
