"""System: whether the desk is well: workers, queue, disk, backups, the log's seals, what failed lately. For admins."""

import platform
from datetime import timedelta
from typing import Any

import streamlit as st

from core.settings import settings
from core.units import size
from core.version import build
from dashboard.components.link_sites import link_sites
from dashboard.components.when import when
from dashboard.components.wording import ago, plain
from dashboard.who import user
from db import watching
from db.rights import require
from db.session import session
from pipelines.durable import ON_GPU
from pipelines.keeping.retention import due
from pipelines.keeping.watching import Health, health

DAY = timedelta(days=1)
PLAIN: Any = {"delta_color": "off", "delta_arrow": "off"}  # said beside a figure, and no change of it
NO_BACKUP = "none was taken yet: `python -m scripts.backup FOLDER`"
KEPT = "Everything is kept for ever. Two settings change that: see docs/operations.md."


def system_page() -> None:
    """What needs somebody first, then the figures."""
    require(user(), "change_settings")
    found = health(settings())
    st.markdown("## System")
    if found.complaints:
        st.warning("  \n".join(found.complaints), icon=":material/warning:")
    elif not any(one.alive for one in found.figures.workers):
        st.caption("Nothing waits. But no worker is there: what comes in will wait until one is started.")
    else:
        st.caption("Nothing needs you." if found.backup else "Nothing is wrong. Plan a backup: none was taken yet.")
    figures(found)
    left, right = st.columns(2, gap="medium")
    with left:
        workers(found)
        failures()
    with right:
        keeping(found)
        retention()
        link_sites()


def figures(found: Health) -> None:
    """Queue and disk at a glance."""
    jobs, oldest = found.figures.jobs, found.figures.oldest
    waiting, running, failed, free, database = st.columns(5)
    waiting.metric("Waiting", f"{jobs['queued']:,}", f"oldest {ago(oldest)}" if oldest else None, **PLAIN)
    running.metric("Being analysed", f"{jobs['running']:,}")
    failed.metric("Failed, ever", f"{jobs['failed']:,}")
    free.metric("Free on the disk", size(found.disk_free), f"of {size(found.disk_total)}", **PLAIN)
    database.metric("Database", size(found.figures.database_bytes))


def workers(found: Health) -> None:
    """Who analyses, and which versions run."""
    st.markdown("#### Workers")
    for one in found.figures.workers:
        state = f"since {when(one.started_at)}" if one.alive else f"**silent** since {when(one.heartbeat_at)}"
        gpu = " · with a GPU" if any(queue.endswith(ON_GPU) for queue in one.takes) else ""
        idle = f"  \n:small[takes nothing: {plain(one.why_idle)}]" if one.why_idle else ""
        st.markdown(f"{plain(one.name)} on {plain(one.host)} · {plain(one.version)}{gpu} · {state}{idle}")
    if not found.figures.workers:
        st.caption("None is there. `make run` starts one; `make worker` starts more.")
    st.caption(f"Telltale {build()} · Python {platform.python_version()} · Streamlit {st.__version__}")


def failures() -> None:
    """Why jobs failed in the last day."""
    st.markdown("#### Failed in the last day")
    with session() as opened:
        lately = watching.failures(opened, DAY)
    for one in lately:
        files = "1 file" if one.count == 1 else f"{one.count:,} files"
        st.markdown(f"**{files}**, last {when(one.last_at)}  \n:small[{plain(one.message)}]")
    if not lately:
        st.caption("Nothing.")


def keeping(found: Health) -> None:
    """Backups and the seals of the log."""
    st.markdown("#### Backup and log")
    if found.backup:
        damaged = f" · **{found.backup.damaged} files were damaged**" if found.backup.damaged else ""
        st.markdown(f"Last backup: {when(found.backup.at)} · {size(found.backup.bytes)}{damaged}")
    else:
        st.markdown(f"Last backup: {NO_BACKUP}")
    if found.check is None:
        st.markdown("Seals of the log: not checked yet; a worker does it every night.")
    elif broken := found.check.found.broken:
        st.markdown(f"Seals of the log: **altered at entry {broken.number:,}** · found {when(found.check.at)}")
    else:
        took = f"{found.check.seconds:.0f} s" if found.check.seconds >= 1 else "under a second"
        held = f"all {found.check.found.entries:,} held · checked {when(found.check.at)}, in {took}"
        st.markdown(f"Seals of the log: {held}")


def retention() -> None:
    """What the rules will delete in the coming night."""
    st.markdown("#### Due to be deleted")
    config = settings()
    if not (config.keep_closed_cases or config.keep_loose_files):
        st.caption(KEPT)
        return
    lines = list(due(config).lines())
    for line in lines[:20]:
        st.markdown(plain(line))
    st.caption(f"{len(lines):,} in all, in the coming night." if lines else "Nothing.")


system_page()
