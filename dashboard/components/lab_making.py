"""Pictures from a generator, and what the desk's detectors say of them."""

import streamlit as st

from core.settings import settings
from dashboard.components.doing import InPlace
from dashboard.components.lab_run import SYNTHETIC
from pipelines.lab.making import MOST, Said, Sampled, asked, sample
from pipelines.lab.runs import LabRun

MADE, SAID = "lab-made", "lab-said"  # in the session
USUAL = 16


def making(known: list[LabRun]) -> None:
    """A form, the pictures, and the question to the detectors."""
    able = {run.label: run for run in known if run.facts is not None}
    st.markdown("#### Make pictures")
    if not able:
        st.caption("No run has kept anything yet.")
        return
    _form(able)
    made: Sampled | None = st.session_state.get(MADE)
    if made is None:
        return
    shown, told = st.columns([1, 1], gap="large")
    with shown:
        st.image(made.grid_png, caption=f"{made.run}, step {made.steps:,}, seed {made.seed}. {SYNTHETIC}")
        st.download_button("Download", made.grid_png, f"{made.run}-{made.seed}.png", "image/png",
                           icon=":material/download:", help="The file says that it is synthetic.")  # fmt: skip
    with told:
        _detectors(made)


def _form(able: dict[str, LabRun]) -> None:
    with st.form("lab-make", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Generator", list(able), width=320)
        count = st.number_input("How many", 1, MOST, USUAL, width=120)
        seed = st.number_input("Seed", 0, 2**31 - 1, 7, width=120, help="The same seed gives the same pictures.")
        truncation = st.number_input("Truncation", 0.1, 1.0, 1.0, 0.1, width=130,
                                     help="Below 1: less varied, more typical.")  # fmt: skip
        sent = st.form_submit_button("Make", type="primary")
    if not sent:
        return
    with InPlace(), st.spinner("Making …"):
        st.session_state[MADE] = sample(able[name], int(count), int(seed), float(truncation))
        st.session_state.pop(SAID, None)


def _detectors(made: Sampled) -> None:
    st.markdown("###### What our detectors say of them")
    if st.button("Ask the detectors", icon=":material/troubleshoot:"):
        with InPlace(), st.spinner("Looking for faces and asking …"):
            st.session_state[SAID] = asked(settings(), made.pictures)
    said: list[Said] | None = st.session_state.get(SAID)
    if said is None:
        st.caption("Each picture is enlarged until a face can be found in it, and cut as on the desk.")
        return
    st.dataframe(
        [
            {"Detector": one.detector, "Asked about": one.faces, "Signs of manipulation": one.signs,
             "Mean score": one.mean} for one in said
        ],
        hide_index=True,
        column_config={"Mean score": st.column_config.NumberColumn(format="%.2f")},
    )  # fmt: skip
    st.caption(
        f"Of {len(made.pictures)} pictures. All of them are synthetic: what is not counted under *Signs of "
        "manipulation* was missed. `scripts.detectability` measures it beside genuine faces, with intervals."
    )
