"""Queue: files come in here, and are seen to wait, run, finish or fail."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import streamlit as st

from core.settings import settings
from dashboard.components.at_hand import PAGE, at_hand, show, walk
from dashboard.components.doing import InPlace
from dashboard.components.dropzone import dropzone
from dashboard.components.flush import flush
from dashboard.components.job_row import job_row
from dashboard.components.retrying import pause_waiting, resume_paused
from dashboard.components.steady import steady
from dashboard.components.watched_folder import watched_folder
from dashboard.components.wish_form import wish_form
from dashboard.components.wording import plain
from dashboard.who import still_allowed, user
from db import jobs, waits, watched_files, workers
from db.jobs import JobRow
from db.models import JobState
from db.rights import allowed
from db.session import session
from pipelines.intake import take_in_folder
from pipelines.links import allowed_sites, ask
from pipelines.wishes import Wish

AT_ONCE = 20  # jobs on a page
VIEWS: dict[str, tuple[JobState, ...]] = {
    "All": (),
    "In work": ("queued", "paused", "running"),
    "Done": ("done",),
    "Failed": ("failed", "cancelled"),
}
LINKS_OFF = """
Off. An admin allows sites, such as `youtube.com`, on the page System. Then a worker fetches the clip of a page, and
its address, title and time are kept with it.
"""
EMPTY = """
##### Nothing here yet
Drop a clip or a picture above. It will wait here, run, and show what was found:

- **whose face**, when, and where in the picture;
- **how strong** the evidence of manipulation is, in words and against genuine clips;
- **where the model looked**, frame by frame.
"""


def intake() -> None:
    """The drop zone, and the way in for a whole folder."""
    st.markdown("## Queue")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wish = wish_form()
        with st.popover("From a link", icon=":material/link:"):
            link_form(wish)
        if allowed(user(), "take_in_folders"):
            with st.popover("From a folder", icon=":material/folder_open:"):
                folder_form(wish)
    dropzone(wish)


def link_form(wish: Wish) -> None:
    """Ask for the clip of a page, where an admin has allowed sites."""
    sites = allowed_sites(settings())
    if not sites:
        st.markdown(LINKS_OFF)
        return
    with st.form("link", border=False, clear_on_submit=True):
        address = st.text_input("Address of the page that shows the clip", placeholder=f"https://{sites[0]}/…")
        st.caption(f"Allowed: {plain(', '.join(sites))}")
        if st.form_submit_button("Fetch it") and address:
            ask_for(address, wish)


def ask_for(address: str, wish: Wish) -> None:
    """Ask for the clip of a page, and say how it went."""
    with InPlace():
        ask(settings(), user(), address, wish)
        st.info("It has its line in the queue. A worker fetches it when its turn comes.")


def folder_form(wish: Wish) -> None:
    """Take in all media of a folder on the desk's own machine."""
    with st.form("folder", border=False):
        path = st.text_input("Folder on the machine that runs the desk", placeholder="/media/clips")
        if st.form_submit_button("Take in") and path:
            take_folder(path, wish)


def take_folder(path: str, wish: Wish) -> None:
    """Take in a folder, and say how it went."""
    with InPlace():
        with st.spinner("Taking in …"):
            taken = list(take_in_folder(Path(path).expanduser(), settings(), user(), wish))
        refused = sum(one.refusal is not None for one in taken)
        st.info(f"{len(taken) - refused} taken in, {refused} refused. Each has its line in the queue.")


@st.fragment(run_every=2.0)  # a refresh costs a fifth of a second of a core for everybody who looks
def lines() -> None:
    """The jobs, newest first: an order that stays while they run."""
    still_allowed()  # this part runs again on its own, also after somebody was shut out
    with session() as opened:
        counts = jobs.counts(opened)
        outlook = waits.outlook(opened, settings())
        there = workers.at_work(opened)
        coming = watched_files.coming(opened)
    watched_folder(there, coming)
    if not any(counts.values()):
        st.markdown(EMPTY)
        return
    idle_workers(there, counts["queued"])
    with st.container(horizontal=True, vertical_alignment="center"):
        view = choice(counts, outlook.seconds)
        pages = max(1, -(-_number(counts, view) // AT_ONCE))
        page = min(st.session_state.get(PAGE, 1) if pages > 1 else 1, pages)
        with session() as opened:
            shown = jobs.latest(opened, AT_ONCE, (page - 1) * AT_ONCE, VIEWS[view])
        walk([job.id for job in shown], page, pages)
    rows(shown, outlook)
    if pages > 1:
        st.pagination(pages, key=PAGE)


def idle_workers(there: Sequence[workers.AtWork], waiting: int) -> None:
    """Why nothing is taken up, where that is so."""
    idle = [one for one in there if one.why_idle]
    if waiting and not any(workers.ANALYSES in one.takes for one in there if not one.why_idle):
        st.warning(
            "No worker is running, so jobs wait. Start one in a shell: `make worker`", icon=":material/pause:"
        )
    for one in idle:
        st.warning(f"The worker {plain(one.name)} takes nothing. {plain(one.why_idle or '')}", icon=":material/pause:")


def choice(counts: dict[JobState, int], seconds: float | None) -> str:
    """Which jobs are shown, how many there are, and what can be done about all of them; `seconds` until all is done."""
    view = st.segmented_control(
        "Show", list(VIEWS), default="All", required=True, key="show", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    said = [f"{number} {state}" for state, number in counts.items() if number]
    if seconds:
        said.append(f"about {max(1, round(seconds / 60))} min until all is done")
    st.caption(" · ".join(said), width="stretch")
    if counts["queued"]:
        st.button("Pause what waits", icon=":material/pause:", on_click=pause_waiting, type="tertiary")
    if counts["paused"]:
        st.button("Resume all", icon=":material/play_arrow:", on_click=resume_paused, type="tertiary")
    return view


def rows(shown: Sequence[JobRow], outlook: waits.Outlook) -> None:
    """The jobs of the page, a line each, and which of them is at hand."""
    chosen = at_hand([job.id for job in shown])
    with st.container(gap="xsmall", key="jobs"):
        flush("jobs")
        steady("jobs")
        for job in shown:
            job_row(job, outlook.jobs.get(job.id), job.id == chosen)
        show(chosen)
    if not shown:
        st.caption("No file is in this state.")


def _number(counts: dict[JobState, int], view: str) -> int:
    return sum(counts[state] for state in VIEWS[view] or get_args(JobState))


intake()
lines()
