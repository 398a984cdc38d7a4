"""What the buttons of a job do, wherever they stand."""

import streamlit as st

from core.errors import TelltaleError
from core.settings import settings
from dashboard.components.wording import plain
from dashboard.who import user
from pipelines.jobs import cancel, pause, pause_all, resume, resume_all, retry


def cancel_job(job_id: int) -> None:
    """Stop the job."""
    cancel(settings(), user(), job_id)


def retry_job(job_id: int) -> None:
    """Ask for the job again; a refusal is said in passing."""
    try:
        retry(settings(), user(), job_id)
    except TelltaleError as refusal:  # somebody else was quicker
        st.toast(plain(str(refusal)))


def pause_job(job_id: int) -> None:
    """Let the job rest; one that a worker has just taken up goes on."""
    if not pause(settings(), user(), job_id):
        st.toast("A worker has just taken it up.")


def resume_job(job_id: int) -> None:
    """Let the job wait again."""
    resume(settings(), user(), job_id)


def pause_waiting() -> None:
    """Let all that waits rest."""
    st.toast(f"{pause_all(settings(), user())} jobs rest now.", icon=":material/pause:")


def resume_paused() -> None:
    """Let all that rests wait again."""
    st.toast(f"{resume_all(settings(), user())} jobs wait again.", icon=":material/play_arrow:")
