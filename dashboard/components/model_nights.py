"""Nights of learning: when the next comes and what it waits for, the button that does not wait, the latest runs."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.settings import settings
from dashboard.components.doing import InPlace, do
from dashboard.components.steady import steady
from dashboard.components.when import when
from dashboard.components.wording import plain, span
from dashboard.who import still_allowed, user
from db import reference_faults, training_runs
from db.models_learning import RunState
from db.rights import allowed
from db.session import session
from db.training_runs import ACTIVE, TrainingRunRow, request_stop
from pipelines.retraining.asking import WORK, ask, schedule

REFRESH = 3.0  # s
LATEST = 10  # runs that are listed
LONGEST = 24 * 60.0  # min
WAS_ACTIVE = "night-active"

STATES: dict[RunState, str] = {
    "queued": ":gray-badge[:material/schedule: Waits]",
    "running": ":blue-badge[:material/model_training: Learns]",
    "stopped": ":gray-badge[:material/stop: Stopped]",
    "failed": ":orange-badge[:material/error: Failed]",
}
STAGES = {
    "data": "Gathering what was confirmed",
    "faces": "Cutting faces",
    "learning": "Learning",
    "calibration": "Setting probabilities and thresholds",
    "gate": "Before the gate",
}
NEVER = "The desk never learns by itself: `TELLTALE_RETRAIN_CRON` is empty. An editor can start a run here."
NO_RUN = "No run yet. The first one will stand here, with what it learned from and what the gate decided."
NO_REFERENCE = (
    "The desk has no reference set, so a new detector can only be judged by the verdicts held apart. Those are few for "
    "a long time, and the gate will refuse. Name one in `TELLTALE_REFERENCE`."
)
CUT_OFF = (
    "Cut off: its process is gone. A worker takes it up again, at the latest when the clock strikes next."
)
SET_ASIDE = (
    "So it was {nights} nights one after the other, and it is set aside from the reference set: the gate does not ask "
    "about it. Take its line out of the manifest, or put a copy there under another name that was encoded anew."
)
ONE_ALREADY = "A run waits or is under way already."


def coming_night() -> None:
    """When the clock strikes next, what it waits for, and for those who may, the way to start at once."""
    config = settings()
    coming = schedule(config)
    with session() as opened:
        active = training_runs.active(opened)
        untaken = WORK.on(active.device if active else config.retrain_device).untaken(opened)
        aside = reference_faults.set_aside(opened).values()
    with st.container(horizontal=True, vertical_alignment="center"):
        if coming.strikes_at is None:
            st.markdown(NEVER, width="stretch")
        else:
            verdicts = f"New confirmed verdicts: **{coming.new}** ({coming.needed} are enough)"
            will = "the desk will learn" if not coming.missing else f"it waits for {coming.missing} more"
            st.markdown(f"Next night: **{when(coming.strikes_at)}** · {verdicts}: {will}.", width="stretch")
        if allowed(user(), "change_models"):
            _start()
    if untaken:
        st.caption(f":material/power_off: {untaken}")
    if config.reference is None:
        st.caption(f":material/info: {NO_REFERENCE}")
    for one in aside:
        why = SET_ASIDE.format(nights=one.nights)
        st.warning(f"**{plain(one.file)}** of {plain(one.manifest)}: {plain(one.said)} {why}", icon=":material/draft:")


@st.fragment(run_every=REFRESH)
def latest_runs(titles: Mapping[int, str]) -> None:
    """The newest runs as they are by now. When one ends, the whole page is drawn anew. `titles`: of versions, by id."""
    still_allowed()
    with session() as opened:
        rows = training_runs.runs(opened, LATEST)
    active = next((row.id for row in rows if row.state in ACTIVE), None)
    if (before := st.session_state.get(WAS_ACTIVE)) != active:
        st.session_state[WAS_ACTIVE] = active
        if before is not None:
            st.rerun()
    with st.container(key="nights"):
        steady("nights")
        _lines(rows, titles)


def _lines(rows: Sequence[TrainingRunRow], titles: Mapping[int, str]) -> None:
    if not rows:
        st.caption(NO_RUN)
    for row in rows:
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"night-{row.id}"):
            with st.container(gap="small"):
                st.markdown(_told(row, titles))
                if row.state == "running":
                    st.progress(min(1.0, row.percent / 100), _progress(row))
            if row.state in ACTIVE and allowed(user(), "change_models"):
                st.button("Stop", key=f"stop-night-{row.id}", icon=":material/stop_circle:", on_click=do,
                          args=(request_stop, row.id), disabled=row.stop_requested)  # fmt: skip


def outcome(row: TrainingRunRow) -> str:
    """What became of a run, as a badge."""
    if row.state != "done" or row.decision is None:
        return STATES[row.state]
    passed = row.decision["promote"]
    if row.dry_run:
        would = "would have served" if passed else "would have been refused"
        return f":gray-badge[:material/visibility: Dry run: {would}]"
    if row.decision["champion_moved"]:
        return ":violet-badge[:material/hourglass: Waits as candidate]"
    return (
        ":blue-badge[:material/verified: Put in service]"
        if passed
        else ":gray-badge[:material/block: Refused]"
    )


def title(row: TrainingRunRow) -> str:
    """How a run is called."""
    return f"Run {row.id}, {when(row.asked_at)}"


def said(why: str) -> str:
    """A reason of the gate as a sentence of a page: many begin with the name of a part."""
    return plain(why[:1].upper() + why[1:])


def _told(row: TrainingRunRow, titles: Mapping[int, str]) -> str:
    took = row.started_at and row.finished_at and (row.finished_at - row.started_at).total_seconds()
    parts = [
        "started by the clock" if row.cause == "schedule" else f"asked for by {plain(row.asked_by)}",
        when(row.asked_at),
        f"took {span(took)}" if took else f"may take {row.minutes:,.0f} min",
        f"from {plain(titles[row.champion_id])}" if row.champion_id else "",
        f"made {plain(titles[row.candidate_id])}" if row.candidate_id else "",
        f"cut off and taken up again {_times(row.starts - 1)}" if row.starts > 1 else "",
    ]
    line = f"**Run {row.id}** {outcome(row)}  \n:small[{' · '.join(filter(None, parts))}]"
    return "  \n".join([line, *(f":small[{said(why)}]" for why in _because(row))])


def _because(row: TrainingRunRow) -> Sequence[str]:
    """Why it is as it is: the cause of a failure, the reasons of a decision."""
    if row.state == "failed":
        return [row.error_message or ""]
    if row.state == "done" and row.decision:
        first, *others = row.decision["why"]
        more = f" And {len(others)} more." if others else ""
        return [f"{first}{more}"]
    return []


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _progress(row: TrainingRunRow) -> str:
    if row.stop_requested:
        return "Stopping …"
    if row.left_lying:
        return CUT_OFF
    parts = [STAGES.get(row.stage or "", "Starting"), f"{row.percent:.0f} %"]
    if row.seconds_left is not None:
        parts.append(f"about {span(row.seconds_left)} left")
    return " · ".join(parts)


def _start() -> None:
    config = settings()
    with (
        st.popover("Learn now", icon=":material/model_training:", key="learn-now"),
        st.form("learn-now-form", border=False),
    ):
        st.caption(
            "It does not wait for more verdicts, nor for the night. Analyses still go first. The gate decides at the "
            "end; until then, and if it refuses, nothing changes."
        )
        minutes = st.number_input("Minutes that it may take", 1.0, LONGEST, min(LONGEST, config.retrain_minutes), 5.0,
                                  format="%.0f")  # fmt: skip
        dry = st.checkbox("Only try: whatever the gate decides, nothing is put in service")
        if st.form_submit_button("Learn now", type="primary"):
            _ask(minutes, dry)


def _ask(minutes: float, dry: bool) -> None:
    with InPlace():
        if ask(settings(), user(), minutes, dry) is not None:
            st.rerun()
        st.error(ONE_ALREADY, icon=":material/block:")
