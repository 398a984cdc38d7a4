"""Versions that are only tried: what would change on files of one's choice, and what a shadow says of new ones."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.judgement.bands import WORDS
from core.settings import settings
from dashboard.components.doing import InPlace, in_passing
from dashboard.components.wording import ago, plain
from dashboard.who import still_allowed, user
from db import history, model_versions, trials, verdicts
from db.history import Filter
from db.model_versions import Version
from db.session import session
from db.trials import Compared, TrialRow
from pipelines.trials import Sides, Summary, put_in_force, start, stop, summary

REFRESH = 3.0  # s while files wait
WHAT = (
    "A version looks again at files that are on the desk, when nobody waits for anything else. Nothing is replaced: "
    "you see clip by clip which bands would change."
)
NO_SHADOW = (
    "A candidate looks at a share of new files too, silently. There is none now; the next one that is trained, or that "
    "comes with an upgrade, begins by itself."
)


def trials_panel(versions: Sequence[Version]) -> None:
    """Ask for a trial; below it what came of the latest ones."""
    st.caption(WHAT)
    _form([one for one in versions if one.folder is not None])  # a refused one too: to see where it differs
    with session() as opened:
        rows = trials.latest(opened)
    if not rows:
        return
    titles = {one.id: f"{one.version} · {one.about} · {ago(one.created_at)}" for one in rows}
    chosen = st.selectbox("Trial", list(titles), format_func=titles.__getitem__, key="trial")
    row = next(one for one in rows if one.id == chosen)
    st.fragment(_trial, run_every=REFRESH if row.waiting else None)(row.id)


def shadow_panel() -> None:
    """What the newest candidate says of what comes in, beside what the desk said and people hold."""
    with session() as opened:
        candidate = model_versions.newest_candidate(opened)
        rows = trials.shadowed(opened, candidate.id) if candidate else []
    if candidate is None:
        st.caption(NO_SHADOW)
        return
    share = f"{settings().shadow_share:.0%}".replace("%", " %")
    st.markdown(
        f"**{plain(candidate.title)}** looks at {share} of new files, when nothing else waits. What it says is shown "
        "here and nowhere else."
    )
    if not rows:
        st.caption("It has not looked at any file yet.")
        return
    _told(summary(rows), candidate.title)
    _table(rows)


def _form(versions: Sequence[Version]) -> None:
    with session() as opened:
        cases = dict(history.case_titles(opened))
    titles = {one.id: one.title for one in versions}
    with st.form("trial-form", border=True):
        first, second, third = st.columns(3)
        version = first.selectbox("Version to try", list(titles), format_func=titles.__getitem__)
        case = second.selectbox("Files of a case", list(cases), index=None, format_func=cases.__getitem__,
                                placeholder="All files")  # fmt: skip
        bands = third.multiselect("Whose band is now", list(WORDS), format_func=WORDS.__getitem__, placeholder="Any")
        words = first.text_input("Whose name, notes or hash has", placeholder="Anything")
        judged = second.selectbox("With a verdict", [None, *verdicts.WORDS], format_func=_verdict, key="trial-judged")
        if st.form_submit_button("Show what would change", type="primary", disabled=not versions):
            wanted = Filter(text=words, bands=tuple(bands), case=case, verdicts=(judged,) if judged else ())
            _start(version, wanted, _about(wanted, cases))


def _verdict(judged: str | None) -> str:
    return "Any, or none" if judged is None else verdicts.WORDS[judged]  # type: ignore[index]  # its keys


def _start(version_id: int, wanted: Filter, about: str) -> None:
    with InPlace():
        st.session_state.trial = start(settings(), user(), version_id, wanted, about)


def _about(wanted: Filter, cases: dict[int, str]) -> str:
    """The question in words, as it stays beside the trial."""
    parts = [
        f"case “{cases[wanted.case]}”" if wanted.case is not None else "",
        f"with “{wanted.text}”" if wanted.text else "",
        " or ".join(WORDS[band].lower() for band in wanted.bands),
        " or ".join(verdicts.WORDS[one] for one in wanted.verdicts if one != "none"),
    ]
    return ", ".join(filter(None, parts)) or "all files"


def _trial(trial_id: int) -> None:
    """One trial as it stands; a fragment while files wait."""
    still_allowed()
    with session() as opened:
        row = next((one for one in trials.latest(opened) if one.id == trial_id), None)
        rows = trials.compared(opened, trial_id)
    if row is None:
        return
    if row.waiting:
        st.progress(1 - row.waiting / row.files, f"{row.files - row.waiting} of {row.files} files")
    found = summary(rows)
    _told(found, row.version)
    _buttons(row, found)
    _table(rows)


def _buttons(row: TrialRow, found: Summary) -> None:
    with st.container(horizontal=True):
        if row.waiting:
            st.button("Stop", icon=":material/stop_circle:", on_click=_stop, args=(row.id,))
        elif found.changed:
            with st.popover(f"Analyse these {found.changed} anew", icon=":material/replay:"):
                st.caption(
                    "For good, in the background, by this version, which must be in service. The analyses that stand "
                    "now stay readable, and each names its version."
                )
                st.button("Analyse anew", type="primary", on_click=_put_in_force, args=(row.id,))


def _stop(trial_id: int) -> None:
    _tell(lambda: stop(settings(), user(), trial_id))


def _put_in_force(trial_id: int) -> None:
    _tell(lambda: st.toast(f"{put_in_force(settings(), user(), trial_id)} files wait in the Queue."))


def _tell(change: Callable[[], object]) -> None:
    with in_passing():
        change()


def _told(found: Summary, version: str) -> None:
    """The numbers in a sentence each."""
    words = [f"Of **{found.done}** files **{found.changed}** would have another band."]
    if found.failed:
        words.append(f"{found.failed} could not be looked at.")
    if (now := _agrees(found.before)) and (then := _agrees(found.after)):
        words.append(f"Where both decide, the desk agrees with people on {now}, {plain(version)} on {then}.")
    else:
        words.append("No verdict of people decides about these files yet.")
    st.markdown(" ".join(words))


def _agrees(sides: Sides) -> str:
    both = sides.agree + sides.differ
    return f"{sides.agree} of {both}" if both else ""


def _table(rows: Sequence[Compared]) -> None:
    """Clip by clip, the changes first."""
    shown = sorted((one for one in rows if one.state in ("done", "failed")), key=lambda one: not one.changes)
    if not shown:
        return
    scores = st.column_config.NumberColumn(format="%.2f")
    st.dataframe(
        [_line(one) for one in shown], hide_index=True, key=f"compared-{shown[0].outcome_id}",
        column_config={
            "Open": st.column_config.LinkColumn(display_text="Review", width="small"),
            "Score now": scores, "Score then": scores,
        },
    )  # fmt: skip


def _line(one: Compared) -> dict[str, object]:
    return {
        "File": one.name,
        "Now": WORDS[one.before],
        "Would be": WORDS[one.after] if one.after else f"– {one.error or ''}",
        "Changes": "yes" if one.changes else "",
        "Score now": one.before_score,
        "Score then": one.after_score,
        "Verdict of people": verdicts.WORDS[one.verdict] if one.verdict else "",
        "Open": f"/review?analysis={one.analysis_id}",
    }
