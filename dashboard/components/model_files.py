"""File by file what the gate heard: which files the candidate would judge otherwise."""

from collections.abc import Sequence

import streamlit as st

from core.evidence import Band
from core.judgement.bands import WORDS
from core.settings import settings
from dashboard.who import user
from db.gate_answers import Answer
from db.rights import allowed
from pipelines.retraining.answers import as_csv, told

LABELS = {"real": "genuine", "fake": "fake"}
READING = "Files whose evidence would be put in other words stand first, then those whose score moved furthest."
NOT_KEPT = "This run was decided before the desk kept what was said file by file."
UNREAD = "could not be read"


def files_panel(run_id: int) -> None:
    """A fold, filled when somebody opens it."""
    fold = st.expander("File by file", key="files", on_change="rerun", bind="query-params")
    if fold.open:
        with fold:
            _files(run_id)


def _files(run_id: int) -> None:
    looking = user()  # a download's callable runs where nobody is signed in
    answers, waiting = told(settings(), looking, run_id)
    if not answers and not waiting:
        st.caption(NOT_KEPT)
        return
    changed = [one for one in answers if one.changed]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{len(changed):,} of {len(answers):,} files would be judged otherwise.", width="stretch")
        only = st.toggle("Only these", value=bool(changed), disabled=not changed, key=f"changed-{run_id}")
        if allowed(looking, "export"):
            st.download_button("CSV", lambda: as_csv(settings(), looking, run_id), f"gate-{run_id}.csv", "text/csv",
                               icon=":material/download:", on_click="ignore", key=f"files-csv-{run_id}",
                               help="All files. That you took them stands in the log.")  # fmt: skip
    scores = dict.fromkeys(("Score", "Its score"), st.column_config.NumberColumn(format="%.2f"))
    st.dataframe(_table(changed if only else answers), hide_index=True, column_config=scores, key=f"answers-{run_id}")
    st.caption(READING)
    if waiting:
        st.caption(f":material/visibility: {waiting:,} more are not shown: you are to take your first look at them.")


def _table(answers: Sequence[Answer]) -> list[dict[str, object]]:
    return [
        {
            "File": one.name or one.sha256[:12],
            "Part": one.part,
            "Is": " · ".join(filter(None, (LABELS.get(one.label, one.label), one.method))),
            "In service": _said(one.champion_band),
            "Score": one.champion_score,
            "Candidate": _said(one.candidate_band),
            "Its score": one.candidate_score,
        }
        for one in answers
    ]


def _said(band: Band | None) -> str:
    return WORDS[band] if band else UNREAD
