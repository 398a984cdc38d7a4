"""Models: which detector speaks on this desk, and what its card says in plain words."""

import streamlit as st

from core.errors import WeightsRefused
from core.settings import settings
from dashboard.components.model_card import model_card
from dashboard.components.wording import plain
from db import history
from db.session import session
from pipelines.cards import serving


def in_service() -> None:
    """The card of the detector that judges new clips."""
    st.markdown("## Detector in service")
    try:
        model_card(serving(settings()))
    except WeightsRefused as refusal:
        st.warning(plain(str(refusal)), icon=":material/error:")


def spoken() -> None:
    """Every set of weights that an analysis on this desk rests on."""
    with session() as opened:
        known = history.models(opened)
    st.markdown("###### Have spoken on this desk")
    if not known:
        st.caption("No clip has been analysed yet. Each analysis names the weights that made it.")
        return
    st.dataframe([{"Name": name, "Version": version} for _, name, version in known], hide_index=True)


in_service()
spoken()
