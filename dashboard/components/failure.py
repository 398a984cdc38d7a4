"""The page of a job without a result: what happened and what to do. Never a score."""

import streamlit as st

from dashboard.components.retrying import retry_job
from dashboard.components.wording import plain
from db.jobs import JobRow

TITLES = {
    "queued": "This file waits for its turn",
    "paused": "This file rests until somebody resumes it",
    "running": "This file is being analysed",
    "failed": "This file could not be analysed",
    "cancelled": "The analysis was stopped",
}


def failure(job: JobRow) -> None:
    """A job that has no result, or none yet."""
    if job.analysis_id is not None:
        st.query_params.from_dict({"analysis": str(job.analysis_id)})
        st.rerun()
    st.page_link("screens/queue.py", label="Queue", icon=":material/arrow_back:")
    st.markdown(f"## {TITLES.get(job.state, 'No result')}")
    st.markdown(f"**{plain(job.name)}**")
    if job.error_message:
        st.warning(plain(job.error_message), icon=":material/error:")
    st.markdown("There is no score: a failure says nothing about the picture.")
    if job.state in ("failed", "cancelled") and (job.media_id is not None or job.address):
        st.button("Try again", on_click=retry_job, args=(job.id,))
    st.caption(
        f"job {job.id} · attempt {job.attempt}{f' · {plain(job.error_code)}' if job.error_code else ''}"
    )
