"""What "Try again" does, wherever it stands."""

import streamlit as st

from core.errors import TelltaleError
from core.settings import settings
from dashboard.components.wording import plain
from pipelines.jobs import retry


def retry_job(job_id: int) -> None:
    """Ask for the job again; a refusal is said in passing."""
    try:
        retry(settings(), job_id)
    except TelltaleError as refusal:  # somebody else was quicker
        st.toast(plain(str(refusal)))
