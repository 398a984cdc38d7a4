"""What the buttons of a job do, wherever they stand."""

from collections.abc import Callable

import streamlit as st

from core.settings import settings
from dashboard.components.doing import in_passing
from dashboard.who import user
from db import jobs
from db.jobs import JobRow
from db.session import session
from pipelines.jobs import cancel, hurry, pause, pause_all, resume, resume_all, retry


def as_drawn(act: Callable[[int], None], drawn: JobRow) -> None:
    """Do it with a job, unless it was queued anew since it was drawn.

    A press is now and then delivered twice, when a refresh falls together with it. The second one must not undo what
    the next press did: S pauses, and S resumes.
    """
    with session() as opened:
        row = jobs.get(opened, drawn.id)
    if row and row.queued_at == drawn.queued_at:
        act(drawn.id)


def cancel_job(job_id: int) -> None:
    """Stop the job."""
    with in_passing():
        cancel(settings(), user(), job_id)


def retry_job(job_id: int) -> None:
    """Ask for the job again."""
    with in_passing():  # somebody else may be quicker
        retry(settings(), user(), job_id)


def pause_job(job_id: int) -> None:
    """Let the job rest; one that a worker has just taken up goes on."""
    with in_passing():
        if not pause(settings(), user(), job_id):
            _say_if_taken_up(job_id)


def resume_job(job_id: int) -> None:
    """Let the job wait again."""
    with in_passing():
        resume(settings(), user(), job_id)


def hurry_job(job_id: int) -> None:
    """Let the job go before those that are not urgent."""
    with in_passing():
        if not hurry(settings(), user(), job_id):
            _say_if_taken_up(job_id)


def _say_if_taken_up(job_id: int) -> None:
    """A key that was pressed twice has done at once what it does; then there is nothing to say."""
    with session() as opened:
        row = jobs.get(opened, job_id)
    if row and row.state == "running":
        st.toast("A worker has just taken it up.")


def pause_waiting() -> None:
    """Let all that waits rest."""
    with in_passing():
        st.toast(f"{pause_all(settings(), user())} jobs rest now.", icon=":material/pause:")


def resume_paused() -> None:
    """Let all that rests wait again."""
    with in_passing():
        st.toast(f"{resume_all(settings(), user())} jobs wait again.", icon=":material/play_arrow:")
