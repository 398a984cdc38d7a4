"""Log: who did what, when, to what; and whether the log still is what was written. For editors and admins."""

import streamlit as st

from core.settings import settings
from dashboard.components.log_filters import filters
from dashboard.components.log_table import entry, log_table
from dashboard.components.when import when
from dashboard.components.wording import short
from dashboard.who import user
from db import log, log_checks, people
from db.log import Page, Place, Wanted
from db.rights import User, require
from db.session import session
from pipelines.log_listing import as_csv

PAGE = 100
TOLD = (
    "Nothing here can be changed or removed. Every entry is sealed with the hash of the one before it, so that a "
    "change would show. Click an entry to see all of it."
)
NEVER = (
    "The seals have not been checked yet. A worker does it every night; "
    "`python -m scripts.verify_audit` does it now."
)
EMPTY = "##### Nothing was done yet\nWhat people and the desk do will stand here for good: who, what, when."
NOTHING = "##### No entry fits\nTake a filter away, or choose another time."


def log_page() -> None:
    """The question on top, the entries below, the seals beside them."""
    looking = user()
    require(looking, "read_audit")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("## Log", width="stretch")
        export = st.container(width="content")
    st.caption(TOLD)
    seals()
    wanted = filters()
    with session() as opened:
        found = log.page(opened, looking, wanted, PAGE, place(wanted))
        names, about = people.names(opened), log.named(opened, [one.subject for one in found.events])
    if not found.events:
        st.markdown(EMPTY if wanted == Wanted() else NOTHING)
        return
    with export:
        out(looking, wanted)
    chosen = log_table(found.events, names, about)
    pager(found)
    if chosen:
        entry(chosen, names, about)


def seals() -> None:
    """When the chain was last recomputed, and what was found. Recomputing takes seconds: a page never does it."""
    with session() as opened:
        last, written = log_checks.last(opened), log.newest(opened)
    if last is None:
        st.info(NEVER, icon=":material/lock_clock:")
    elif last.found.broken:
        broken = last.found.broken
        st.error(
            f"The log was altered at entry {broken.number:,}: {broken.why}. Found {when(last.at)}. "
            "Keep the database as it is, and compare it with a backup.",
            icon=":material/lock_open:",
        )
    else:
        since = written - last.found.entries
        st.success(
            f"All {last.found.entries:,} entries held when they were checked, {when(last.at)}. "
            f"Written since: {since:,}. Newest hash then: {short(last.found.head)}",
            icon=":material/lock:",
        )


def out(looking: User, wanted: Wanted) -> None:
    """What fits, as a file."""
    st.download_button(
        "CSV",
        lambda: as_csv(settings(), looking, wanted),
        file_name="log.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="csv",
        help="All entries that fit. That you took them stands in the log.",
    )


def place(wanted: Wanted) -> Place | None:
    """Where the page begins; another question is answered from its beginning."""
    if st.session_state.get("asked_log") != wanted:
        st.session_state.asked_log, st.session_state.log_place = wanted, None
    found: Place | None = st.session_state.log_place
    return found


def pager(found: Page) -> None:
    """Where we are, and the ways on."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="center"):
        st.button("Newer entries", disabled=found.newer is None, key="newer", on_click=go, args=(found.newer,))
        st.button("Older entries", disabled=found.older is None, key="older", on_click=go, args=(found.older,))
        numbers = f"Entries {found.events[0].number:,} to {found.events[-1].number:,}"
        st.caption(numbers, width="content")


def go(to: Place) -> None:
    """Turn the page."""
    st.session_state.log_place = to


log_page()
