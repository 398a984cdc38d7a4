"""Lab: the adversaries. Generators that are trained here, what they make, and whether our detectors notice."""

import streamlit as st

from core.settings import settings
from dashboard.components.lab_making import making
from dashboard.components.lab_run import run_panel
from dashboard.components.lab_start import start_form, wishes
from dashboard.components.steady import steady
from dashboard.who import still_allowed, user
from db.rights import User, allowed
from pipelines.lab import runs

SIDE_BY_SIDE = 2
REFRESH = 5  # s
EMPTY = """
##### No generator yet
A generator learns to make faces that nobody has; a discriminator learns to tell them from real ones, and each teaches
the other. Here you will find:

- the **runs**, with curves that grow while they train, and a slider through their samples, from noise to faces;
- **two runs side by side**, to see which recipe goes further;
- **pictures** from any of them, marked as synthetic in the file itself;
- **what our detectors say** of those pictures.

Start one with the button above, or in a shell:
"""
COMMAND = "python -m scripts.train_gan configs/generators/dcgan-celeba64.toml --data celeba.zip"


def head(looking: User) -> None:
    """The page's name, and the way to a new run."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown("## Lab", width="stretch")
        if allowed(looking, "train"):
            with st.popover("Start a run", icon=":material/add:", type="primary"):
                start_form()
    st.caption("Generators of faces, trained to know what our detectors are up against.")


def chosen() -> list[str]:
    """Which runs are looked at; in the address, so that a comparison can be shared."""
    known = [run.label for run in runs.found(settings())]
    return st.multiselect("Runs", known, default=known[:1], max_selections=SIDE_BY_SIDE, key="runs",
                          bind="query-params", placeholder="Choose one, or two to compare")  # fmt: skip


@st.fragment(run_every=REFRESH)
def live(names: list[str], looking: User) -> None:
    """The chosen runs, as far as they are by now, and what waits or trains."""
    still_allowed()
    with st.container(key="live"):
        steady("live")
        as_they_are(names, looking)


def as_they_are(names: list[str], looking: User) -> None:
    """The runs by name, each in a column."""
    wishes(looking)
    known = {run.label: run for run in runs.found(settings())}
    looked_at = [known[name] for name in names if name in known]
    for column, run in zip(st.columns(max(1, len(looked_at)), gap="large"), looked_at, strict=False):
        with column:
            run_panel(run)


me = user()
head(me)
if runs.found(settings()):
    live(chosen(), me)
    st.divider()
    making(runs.found(settings()))
else:
    st.markdown(EMPTY)
    st.code(COMMAND, language="shell")
    wishes(me)
