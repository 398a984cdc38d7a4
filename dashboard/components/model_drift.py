"""What the weekly watch found, worded for those who must decide what to do about it."""

from collections.abc import Sequence

import streamlit as st

from core.judgement.drift import FEWEST, Moved
from core.settings import settings
from dashboard.components.doing import in_passing
from dashboard.components.when import when
from dashboard.who import user
from db import drift, model_versions
from db.drift import Watched
from db.session import session
from pipelines.drift import begins, watch

NAMES = {
    "scores": ("Scores", "Scores are spread otherwise. Look at some of the newest files before you rely on bands."),
    "inconclusive": ("Share inconclusive", "Another share of files ends undecided than in the first weeks."),
    "not_judged": ("Share not judged", "Another share of files has no face, or only poor ones."),
    "agreement": ("Agreement with people", "People and detector agree less often. It may be time to retrain."),
    "face_size": ("Size of faces, px", "Faces have another size than those that it is used to here."),
    "sharpness": ("Sharpness of faces", "Faces are sharper or more blurred than those that it is used to here."),
    "resolution": ("Shorter side of the picture, px", "Files come in another size, perhaps from another source."),
}
SHARES = ("inconclusive", "not_judged", "agreement")
TOLD = (
    "Every Monday the desk compares the latest files with the first four weeks of the detector in service. Something "
    "has moved where it changed by more than matters (a stability index beyond 0.25, a share by more than 15 points) "
    "and by more than chance does with as few files. The watch can't say why."
)
NOT_YET = "There is nothing to compare yet: later weeks are compared with the first four of the detector in service"
WORDS = {"steady": "steady", "moved": "has moved", "too_few": f"fewer than {FEWEST} files"}


def latest_watch() -> Watched | None:
    """What the watch found last of the detector in service."""
    with session() as opened:
        serves = model_versions.champion(opened)
        found = drift.latest(opened, serves.id, 1) if serves else []
    return found[0] if found else None


def drift_alarm(found: Watched | None) -> None:
    """A sentence for each number that has moved; nothing where none has."""
    moved = [NAMES[name] for name, one in found.measures.items() if one.verdict == "moved"] if found else []
    if found and moved:
        lines = "\n".join(f"- **{name}**: {sentence}" for name, sentence in moved)
        said = f"The watch of {when(found.at)} says that something has moved:\n\n{lines}"
        st.warning(said, icon=":material/monitoring:")


def drift_panel(found: Watched | None) -> None:
    """All numbers of the latest look, and the button for another one."""
    st.caption(TOLD)
    st.button("Look now", icon=":material/monitoring:", on_click=_look)
    if found is None:
        st.caption(_not_yet())
        return
    st.markdown(f"Looked at {when(found.at)}, at the files of the last **{found.days} days**.")
    st.dataframe(_lines(found), hide_index=True)


def _look() -> None:
    with in_passing():
        if watch(settings(), user()) is None:
            st.toast(_not_yet())


def _not_yet() -> str:
    first = begins(settings())
    return f"{NOT_YET}, which begin with its first analysis." if first is None else f"{NOT_YET}, until {when(first)}."


def _lines(found: Watched) -> Sequence[dict[str, str]]:
    return [
        {
            "What": NAMES[name][0],
            "First weeks": _value(name, one.then),
            "Now": _value(name, one.now),
            "Files": f"{one.m:,} then, {one.n:,} now",
            "Moved by": _far(name, one),
            "Alarm beyond": "–" if one.bound is None else _amount(name, one.bound),
            "": WORDS[one.verdict],
        }
        for name, one in found.measures.items()
        if name in NAMES
    ]


def _value(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name in SHARES:
        return f"{value:.0%}"
    return f"{value:.2f}" if name == "scores" else f"{value:,.0f}"


def _far(name: str, one: Moved) -> str:
    return "–" if one.value is None else _amount(name, one.value)


def _amount(name: str, value: float) -> str:
    return f"{100 * value:.0f} points" if name in SHARES else f"index {value:.2f}"
