"""Models: which detector judges on this desk, what it is worth, what could take its place, and the way back."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.errors import WeightsRefused
from core.settings import settings
from dashboard.components import model_change
from dashboard.components.model_card import model_card
from dashboard.components.model_curves import model_curves
from dashboard.components.model_decision import decisions_panel, quoted
from dashboard.components.model_drift import drift_alarm, drift_panel, latest_watch
from dashboard.components.model_exclusions import exclusions_panel
from dashboard.components.model_lines import model_lines
from dashboard.components.model_nights import coming_night, latest_runs
from dashboard.components.model_trials import shadow_panel, trials_panel
from dashboard.components.when import when
from dashboard.components.wording import plain
from dashboard.who import user
from db import model_versions, training_runs
from db.model_versions import Version
from db.rights import allowed
from db.session import session
from db.training_runs import TrainingRunRow
from pipelines.cards import serving


def models_page() -> None:
    """Who serves on top; below it what it is worth, and everything that the desk knows."""
    user()
    with session() as opened:
        versions = model_versions.versions(opened)
        judged = training_runs.judged(opened)
    in_service(versions, judged)
    waiting(versions)
    watched = latest_watch()
    drift_alarm(watched)
    worth, known, nights, what_if, shadow, moved = st.tabs(
        ["What it is worth", "Versions", "Learning", "What would change", "Shadow", "Watch"]
    )
    with worth:
        cards(versions)
    with known:
        if versions:
            model_lines(versions, judged)
        else:
            st.caption("The desk has not looked at its detectors yet. It does when it starts.")
    with nights:
        learning(versions)
    with what_if:
        trials_panel(versions)
    with shadow:
        shadow_panel()
    with moved:
        drift_panel(watched)


def in_service(versions: Sequence[Version], judged: Mapping[int, TrainingRunRow]) -> None:
    """The detector that judges new clips: since when, by whose word, and the way back."""
    serves = next((one for one in versions if one.state == "champion"), None)
    before = next((one for one in versions if serves and one.id == serves.instead_of_id), None)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("## Models", width="stretch")
        if serves and before and allowed(user(), "change_models"):
            model_change.roll_back(serves, before)
    if serves is None or serves.promoted_at is None:
        return
    with session() as opened:
        reason = model_versions.reason_of(opened, serves.id)
    st.markdown(f"**{plain(serves.title)}** judges every new clip, since {when(serves.promoted_at)}.")
    why = quoted(reason, judged.get(serves.id)) or "it passed the gate, see Versions."
    st.caption(f"Put in service by {plain(serves.promoted_by or '')}: {why}")


def waiting(versions: Sequence[Version]) -> None:
    """That somebody must decide on a candidate."""
    candidates = [plain(one.title) for one in versions if one.state == "candidate"]
    if candidates:
        waits = "waits" if len(candidates) == 1 else "wait"
        st.info(f"{', '.join(candidates)} {waits} as candidate: see Versions.", icon=":material/hourglass:")


def cards(versions: Sequence[Version]) -> None:
    """The card of a version in plain words, and its curves, beside those of another one if wanted."""
    carded = {one.id: one for one in versions if one.card is not None}
    if not carded:
        unregistered()
        return
    serves = next((one.id for one in versions if one.state == "champion"), next(iter(carded)))
    left, right = st.columns(2)
    order = sorted(carded, key=lambda number: number != serves)
    first = left.selectbox("Version", order, format_func=lambda number: carded[number].title, key="version")
    others = [number for number in order if number != first]
    second = right.selectbox(
        "Beside it", others, index=None, format_func=lambda number: carded[number].title, key="beside",
        placeholder="Another version, on the same axes", disabled=not others,
    )  # fmt: skip
    chosen = [card for number in (first, second) if number in carded and (card := carded[number].read_card())]
    model_card(chosen[0])
    st.markdown("###### Curves")
    model_curves(chosen)


def learning(versions: Sequence[Version]) -> None:
    """When the desk learns next, how its runs went, what the gate decided, and what is kept out."""
    with session() as opened:
        rows = training_runs.runs(opened)
    coming_night()
    latest_runs({one.id: one.title for one in versions})
    decisions_panel(rows)
    exclusions_panel()


def unregistered() -> None:
    """A desk that has not registered its detector yet shows what came with it."""
    try:
        model_card(serving(settings()))
    except WeightsRefused as refusal:
        st.warning(plain(str(refusal)), icon=":material/error:")


models_page()
