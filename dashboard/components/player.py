"""The player: the clip, a box over each face, a line for each person, the frames that weigh most."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.evidence import MediaInfo
from dashboard.components.inline import inline

_player = inline("player", "paint.js", "player.js")


@dataclass(frozen=True)
class Moment:
    """Where somebody looks: a time in the clip, s, and a person where one was chosen."""

    time: float
    person: str | None = None


def player(
    analysis_id: int, info: MediaInfo, seek: Moment, seek_id: int, on_moment: Callable[[Moment], None]
) -> None:
    """The player of an analysis. It goes to `seek` whenever `seek_id` changes, and tells where it was taken to."""
    key = f"player-{analysis_id}"

    def heard() -> None:
        told = st.session_state[key]["moment"]
        on_moment(Moment(float(told["time"]), told["person"]))

    _player(
        key=key,
        data={
            "evidence": f"/evidence/{analysis_id}",
            "original": f"/originals/{info.sha256}",
            "shape": f"{info.width} / {info.height}",
            "seek": {"id": seek_id, "time": seek.time, "person": seek.person},
        },
        on_moment_change=heard,
    )
