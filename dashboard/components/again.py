"""Another look at files that were analysed: with the detector in service, beside what is there."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from core.settings import settings
from dashboard.components.doing import in_passing
from dashboard.who import user
from db.session import session
from pipelines.jobs import submit

HELP = "With the detector in service. What was found before stays."


def again_button(files: Sequence[tuple[int, str]], kind: Literal["secondary", "tertiary"] = "secondary") -> None:
    """Asks for an analysis of each file, given by id and name."""
    st.button("Analyse again", icon=":material/refresh:", key="again", type=kind, on_click=_again, args=(files,),
              help=HELP)  # fmt: skip


def _again(files: Sequence[tuple[int, str]]) -> None:
    looking = user()
    with in_passing():
        with session() as opened:
            for media_id, name in files:
                submit(opened, settings(), looking, media_id, name)
        some = "1 file" if len(files) == 1 else f"{len(files)} files"
        st.toast(f"{some} in the queue.", icon=":material/inbox:")
