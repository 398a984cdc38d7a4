"""The versions that the desk knows, a line each."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.components import model_change
from dashboard.components.model_decision import in_short, quoted
from dashboard.components.when import when
from dashboard.components.wording import plain, short
from dashboard.who import user
from db import model_versions
from db.model_versions import Version
from db.models import ModelState
from db.rights import allowed
from db.session import session
from db.training_runs import TrainingRunRow

STATES: dict[ModelState, str] = {
    "champion": ":blue-badge[In service]",
    "candidate": ":violet-badge[Candidate]",
    "retired": ":gray-badge[Retired]",
    "refused": ":gray-badge[Refused]",
}


def model_lines(versions: Sequence[Version], judged: Mapping[int, TrainingRunRow]) -> None:
    """All of them, newest first; `judged`: the runs that made some of them, by id of the version."""
    serves = next((one for one in versions if one.state == "champion"), None)
    titles = {one.id: one.title for one in versions}
    with session() as opened:
        made = model_versions.analyses_of(opened)
        reasons = {one.id: model_versions.reason_of(opened, one.id) for one in versions}
    for version in versions:
        run, reason = judged.get(version.id), reasons[version.id]
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                why = _why(version, quoted(reason, run))
                st.markdown(_told(version, titles, made.get(version.id, 0), why), width="stretch")
                if _may_serve(version) and allowed(user(), "change_models"):
                    model_change.promote(version, serves)
            if run:
                in_short(run)


def _may_serve(version: Version) -> bool:
    return version.state in ("candidate", "retired") and version.folder is not None


def _told(version: Version, titles: dict[int, str], made: int, why: str) -> str:
    parts = [
        f"sha256 `{short(version.sha256)}`",
        f"known since {when(version.created_at)}",
        f"learned on from {plain(titles[version.parent_id])}" if version.parent_id in titles else "",
        f"data {plain(version.data_version)}" if version.data_version else "",
        f"{made:,} {'analysis' if made == 1 else 'analyses'}" if made else "no analysis yet",
        "weights not on this desk" if version.folder is None else "",
    ]
    line = f"**{plain(version.title)}** {STATES[version.state]}  \n:small[{' · '.join(filter(None, parts))}]"
    return f"{line}  \n:small[{why}]" if why else line


def _why(version: Version, words: str) -> str:
    if version.promoted_by is None or version.promoted_at is None:
        return words
    by = f"Put in service by {plain(version.promoted_by)}, {when(version.promoted_at)}"
    return f"{by}: {words}" if words else by
