"""Runs as jobs: which wait, which train, and the form that asks for one."""

import streamlit as st
from sqlalchemy.orm import Session

from core.gpu import Device
from core.settings import settings
from dashboard.components.doing import done, in_passing
from dashboard.components.wording import plain
from dashboard.who import user
from db.rights import User, allowed
from db.session import session
from pipelines.lab import runs, sets, training
from pipelines.lab.training import ACTIVE, Training

SAID = {
    "waiting": ":gray-badge[:material/hourglass: waits]",
    "running": ":blue-badge[:material/model_training: trains]",
    "done": ":gray-badge[:material/check: done]",
    "stopped": ":gray-badge[:material/stop: stopped]",
    "failed": ":orange-badge[:material/error: failed]",
}
NO_SET = "No set of faces is on this desk. Put a folder or a zip of pictures into **{}**, then come back."


def start_form() -> None:
    """What to train, on what, for how long."""
    config = settings()
    recipes, known = runs.recipes(), sets.names(config)
    if not known:
        st.markdown(NO_SET.format(plain(str(sets.place(config)))))
        return
    with st.form("lab-start", border=False):
        recipe = st.selectbox("Recipe", list(recipes), help="They lie in configs/generators.")
        set_name = st.selectbox("Set of pictures", known)
        name = st.text_input("Name of the run", placeholder="as the recipe", max_chars=60)
        kimg = st.number_input("Thousand pictures to learn from", 1, 100_000, None, placeholder="as in the recipe")
        on_gpu = st.checkbox("On a GPU", _untaken("cuda") is None, help="Then it waits for a worker that has one.")
        sent = st.form_submit_button("Start", type="primary")
    st.caption("It trains in the background, below everything else in priority, and survives a restart.")
    if sent and done(_ask, name or recipe, recipe, set_name, kimg, "cuda" if on_gpu else "cpu"):
        st.rerun()


def wishes(looking: User) -> None:
    """The runs that were asked for lately; those that are not over can be stopped."""
    for one in training.trainings(settings())[:6]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"wish-{one.id}"):
            st.markdown(f"**{plain(one.name)}** {SAID[one.state]}", width="content")
            if one.state in ACTIVE and allowed(looking, "train"):
                st.button("Stop", key=f"stop-{one.id}", on_click=_stop, args=(one,), type="tertiary")
            if one.message:
                st.caption(plain(one.message))
            elif one.state == "waiting" and (untaken := _untaken(one.device)):
                st.caption(untaken)


def _untaken(device: Device) -> str | None:
    with session() as opened:
        return training.WORK.on(device).untaken(opened)


def _ask(
    opened: Session, actor: User, name: str, recipe: str, set_name: str, kimg: float | None, device: Device
) -> None:
    training.ask(opened, settings(), actor, name, runs.recipes()[recipe], set_name, kimg, device)


def _stop(one: Training) -> None:
    with in_passing():
        training.stop(settings(), user(), one)
