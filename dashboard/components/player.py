"""The player: the clip, a box over each face, a line for each person, the frames that weigh most."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from core.evidence import MediaInfo
from dashboard.components.inline import inline
from pipelines.playback import plays

_player = inline("player", "frametimes.js", "paint.js", "strip.js", "together.js", "player.js")


@dataclass(frozen=True)
class Moment:
    """Where somebody looks: a time in the clip, s, and a person where one was chosen."""

    time: float
    person: str | None = None


@dataclass(frozen=True)
class Place:
    """One of the players on a page, by name. `offset` ties it to the others: its time less theirs, s; None: alone."""

    name: str = "only"
    first: bool = True  # has the keys until another one is touched
    offset: float | None = None


def player(
    analysis_id: int,
    info: MediaInfo,
    seek: Moment,
    seek_id: int,
    on_moment: Callable[[Moment], None],
    people: Sequence[str] | None = None,
    place: Place = Place(),
) -> None:
    """The player of an analysis. It goes to `seek` whenever `seek_id` changes, and tells where it was taken to.

    Where `people` are named, it draws only them.
    """
    key = f"player-{place.name}-{analysis_id}"

    def heard() -> None:
        told = st.session_state[key]["moment"]
        on_moment(Moment(float(told["time"]), told["person"]))

    _player(
        key=key,
        data={
            "evidence": f"/evidence/{analysis_id}",
            "original": f"/originals/{info.sha256}",
            "plays": plays(info),
            "copy": f"/copies/{info.sha256}",
            "frames": f"/frames/{info.sha256}",
            "people": people,
            "together": {"first": place.first, "offset": place.offset},
            "shape": f"{info.width} / {info.height}",
            "seek": {"id": seek_id, "time": seek.time, "person": seek.person},
        },
        on_moment_change=heard,
    )
