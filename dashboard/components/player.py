"""The player: the clip, a box over each face, a line for each person, the frames that weigh most."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from core.evidence import Evidence
from dashboard.components.inline import inline
from dashboard.components.wording import plain
from pipelines.playback import plays

_player = inline("player", "frametimes.js", "paint.js", "strip.js", "timeline.js", "together.js", "player.js")

# Where the player will stand, while the browser fetches its script: as high as `player.css` and one line a person make
# it, so that nothing below moves. Streamlit would show a bar there.
ROOM = """<style>.st-key-{key} [data-testid=stSkeleton] {{ box-sizing: content-box; width: 100%; height: auto;
min-height: 200px; max-height: {highest}; aspect-ratio: {shape}; border-bottom: {below}px solid transparent;
background-clip: padding-box; }}</style>"""
UNHELD = ":material/help: Colours are those of single frames. Person {} is inconclusive, for the score does not hold."
LINE, AXIS, MOST = 34, 20, 250  # px: of the timeline, a line, the times below, and its greatest height
BELOW = 195  # px: all else that stands below the picture of a clip


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
    found: Evidence,
    seek: Moment,
    seek_id: int,
    on_moment: Callable[[Moment], None],
    people: Sequence[str] | None = None,
    place: Place = Place(),
) -> None:
    """The player of an analysis, for those who are shown in `found`.

    It goes to `seek` whenever `seek_id` changes, and tells where it was taken to.
    Where `people` are named, it draws only them.
    """
    key, info = f"player-{place.name}-{analysis_id}", found.media

    def heard() -> None:
        told = st.session_state[key]["moment"]
        on_moment(Moment(float(told["time"]), told["person"]))

    st.html(_room(key, found))
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
            "picture": info.kind == "image",
            "lines": len(found.tracks),
            "shape": f"{info.width} / {info.height}",
            "seek": {"id": seek_id, "time": seek.time, "person": seek.person},
        },
        on_moment_change=heard,
    )
    _in_spite_of_colours(found)


def _in_spite_of_colours(found: Evidence) -> None:
    """That a person is not called what the colours over time say, for they are those of single frames."""
    for finding in found.findings:
        if finding.code == "unsteady" and found.media.kind != "image":
            st.caption(UNHELD.format(plain(finding.track or "")))


def _room(key: str, found: Evidence) -> str:
    info, still = found.media, found.media.kind == "image"
    highest = "clamp(260px, 72vh, 900px)" if still else "clamp(220px, 46vh, 620px)"
    lines = min(MOST, LINE * max(1, len(found.tracks)) + AXIS)
    below = 0 if still else BELOW + lines
    return ROOM.format(key=key, highest=highest, shape=f"{info.width} / {info.height}", below=below)
