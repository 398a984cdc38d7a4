"""What "Cancel" and "Try again" do, wherever they stand."""

import streamlit as st

from core.errors import TelltaleError
from core.settings import settings
from dashboard.components.wording import plain
from dashboard.who import user
from pipelines.jobs import cancel, retry


def cancel_job(job_id: int) -> None:
    """Stop the job."""
    cancel(settings(), user(), job_id)


def retry_job(job_id: int) -> None:
    """Ask for the job again; a refusal is said in passing."""
    try:
        retry(settings(), user(), job_id)
    except TelltaleError as refusal:  # somebody else was quicker
        st.toast(plain(str(refusal)))
