"""One line of the queue: what it is, how far it is, what can be done."""

from collections.abc import Callable

import streamlit as st

from dashboard.components.band import chip
from dashboard.components.retrying import as_drawn, cancel_job, hurry_job, pause_job, resume_job, retry_job
from dashboard.components.thumbnail import thumbnail
from dashboard.components.wording import ago, plain, span
from db.jobs import JobRow
from db.waits import Wait
from pipelines.sites import host_of

STAGES = {
    "starting": "Starting",
    "fetch": "Fetching the clip",
    "faces": "Looking for faces",
    "explain": "Drawing heatmaps",
}
CAME = {"example": "example", "folder": "from the watched folder"}
KINDS = {"image": "picture", "video": "clip"}
STATES = {
    "queued": ":gray-badge[:material/schedule: Waiting]",
    "paused": ":gray-badge[:material/pause: Paused]",
    "failed": ":gray-badge[:material/error: Failed]",
    "cancelled": ":gray-badge[:material/block: Cancelled]",
}


def job_row(job: JobRow, wait: Wait | None, at_hand: bool = False) -> None:
    """The line of a job and, if it waits, for what; keys are about the one that is `at_hand`.

    Every state has the same height: nothing moves when it changes.
    """
    with st.container(key=f"job-{job.id}", border=True):
        picture, about, state, action = st.columns([0.8, 4.3, 4, 1.9], vertical_alignment="center")
        with picture:
            thumbnail(job.thumbnail, job.kind)
        with about, st.container(gap=None):
            st.page_link("screens/review.py", label=f"**{plain(job.name)}**", query_params=_address(job))
            st.caption(_about(job))
        with state, st.container(gap=None):
            _state(job, wait)
        with action:
            _action(job, at_hand)


def _address(job: JobRow) -> dict[str, str]:
    return {"job": str(job.id)} if job.analysis_id is None else {"analysis": str(job.analysis_id)}


def _about(job: JobRow) -> str:
    parts = [
        CAME.get(job.origin or "desk"),
        span(job.duration) if job.duration else KINDS.get(job.kind or ""),
        f"from {plain(host_of(job.address))}" if job.address else None,
        f"case {plain(job.case_title)}" if job.case_title else None,
        f"**{job.priority}**" if job.priority == "urgent" else job.priority,
        f"{job.samples_per_second:g} frames a second" if job.samples_per_second else None,
        f"attempt {job.attempt}" if job.attempt > 1 else None,
        f"came in {ago(job.created_at)}" + (f", **first {ago(job.known_since)}**" if job.known_since else ""),
    ]
    return " · ".join(part for part in parts if part)


def _state(job: JobRow, wait: Wait | None) -> None:
    if job.state == "running":
        st.progress(min(1.0, job.percent / 100), text=_progress(job))
    elif job.state == "done" and job.band:
        st.markdown(chip(job.band))
        st.caption(_took(job))
    else:
        st.markdown(STATES.get(job.state, job.state))
        st.caption(_because(job, wait))


def _progress(job: JobRow) -> str:
    if job.cancel_requested:
        return "Stopping …"
    parts = [STAGES.get(job.stage or "starting", plain(job.stage or "")), f"{job.percent:.0f} %"]
    if job.frames_total:
        parts.append(f"{job.frames_done} of {job.frames_total} frames")
    if job.seconds_left is not None:
        parts.append(f"{span(job.seconds_left)} left")
    return " · ".join(parts)


def _took(job: JobRow) -> str:
    if job.started_at is None or job.finished_at is None:
        return "Analysed"
    seconds = (job.finished_at - job.started_at).total_seconds()
    return f"Analysed in {span(seconds)}" if seconds >= 1 else "Analysed in under a second"


def _because(job: JobRow, wait: Wait | None) -> str:
    if job.state == "queued":
        return _until(wait) if wait else "Waits for a worker"
    if job.state == "paused":
        return "No worker takes it until it is resumed."
    return plain(job.error_message) if job.error_message else "Stopped on request."


def _until(wait: Wait) -> str:
    place = f"{wait.before} before it" if wait.before else "Next in line"
    if wait.seconds is None or not wait.before:
        return place
    return f"{place} · begins in about {max(1, round(wait.seconds / 60))} min"


def _action(job: JobRow, at_hand: bool) -> None:
    with st.container(horizontal=True, gap="xxsmall", horizontal_alignment="right"):
        if job.state in ("queued", "paused", "running"):
            if job.state == "queued" and job.priority != "urgent":
                _icon(job, "hurry", "keyboard_double_arrow_up", "Make it urgent", hurry_job, _key("u", at_hand))
            if job.state == "queued":
                _icon(job, "pause", "pause", "Pause", pause_job, _key("s", at_hand))
            if job.state == "paused":
                _icon(job, "resume", "play_arrow", "Resume", resume_job, _key("s", at_hand))
            st.button(
                "Cancel", key=f"cancel-{job.id}", on_click=as_drawn, args=(cancel_job, job),
                disabled=job.cancel_requested, shortcut=_key("x", at_hand),
            )  # fmt: skip
        elif job.state == "done" and job.analysis_id:
            _open(job, at_hand)
        elif job.media_id is not None or job.address:
            st.button("Try again", key=f"retry-{job.id}", on_click=as_drawn, args=(retry_job, job),
                      shortcut=_key("t", at_hand))  # fmt: skip
        else:
            _open(job, at_hand, "Why")


def _icon(
    job: JobRow, name: str, icon: str, said: str, on_click: Callable[[int], None], shortcut: str | None
) -> None:
    st.button("", icon=f":material/{icon}:", key=f"{name}-{job.id}", on_click=as_drawn, args=(on_click, job),
              help=said, shortcut=shortcut)  # fmt: skip


def _open(job: JobRow, at_hand: bool, label: str = "Open") -> None:
    label = f"{label} :small[:gray[O]]" if at_hand else label
    st.page_link("screens/review.py", label=label, icon=":material/arrow_forward:", width="content",
                 query_params=_address(job))  # fmt: skip


def _key(key: str, at_hand: bool) -> str | None:
    return key if at_hand else None
