"""What can be done with many analyses at once: again with the detector in service, out as CSV, into a case."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.settings import settings
from dashboard.components.again import again_button
from dashboard.components.doing import done
from dashboard.who import user
from db import case_file, cases
from db.cases import Asked
from db.history import Filter, HistoryRow, Sort
from db.rights import User, allowed
from db.session import session
from pipelines.listing import as_csv

NEW = "A new case"


def actions(chosen: Sequence[HistoryRow], wanted: Filter, sort: Sort, total: int) -> None:
    """The line above the rows: how many, and what can be done with those that are ticked, or with all."""
    looking = user()
    with st.container(horizontal=True, vertical_alignment="center", key="actions"):
        some = f"**{len(chosen)} chosen** of {total:,}" if chosen else _count(total)
        st.markdown(some, width="stretch")
        if len(chosen) == 2:
            st.page_link("screens/compare.py", label="Side by side", icon=":material/compare:",
                         query_params={"a": str(chosen[0].analysis_id), "b": str(chosen[1].analysis_id)})  # fmt: skip
        if chosen and allowed(looking, "run"):
            again_button([(row.media_id, row.name) for row in chosen])
        if chosen and allowed(looking, "work_on_cases"):
            with st.popover("Add to case", icon=":material/folder_open:"):
                _into_case(chosen)
        if allowed(looking, "export"):
            _export(looking, chosen, wanted, sort)


def _count(total: int) -> str:
    many = "1 analysis" if total == 1 else f"{total:,} analyses"
    return f"{many}. :gray[Click a row to open it, tick rows to act on them.]"


def _into_case(chosen: Sequence[HistoryRow]) -> None:
    with session() as opened:
        titles = dict(case_file.open_titles(opened))
    with st.form("into-case", border=False):
        case = st.selectbox("Case", [0, *titles], format_func=lambda one: titles.get(one, NEW), key="into-case-id")
        title = st.text_input("Title of the new case", max_chars=cases.TITLE, key="into-case-title")
        added = st.form_submit_button(f"Add {_files(chosen)}", type="primary", key="into-case-add")
        if added and done(_gather, chosen, case, title):
            st.toast(f"{_files(chosen)} in the case.", icon=":material/folder_open:")


def _gather(opened: Any, looking: User, chosen: Sequence[HistoryRow], case: int, title: str) -> None:
    number = case or cases.start(opened, looking, Asked(title))
    for row in reversed(chosen):
        cases.add_item(opened, looking, number, row.media_id, row.analysis_id)


def _export(looking: User, chosen: Sequence[HistoryRow], wanted: Filter, sort: Sort) -> None:
    only = tuple(row.analysis_id for row in chosen)
    st.download_button(
        f"CSV of {len(chosen)}" if chosen else "CSV of all",
        lambda: as_csv(settings(), looking, wanted, sort, only),
        file_name="history.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="csv",
    )


def _files(chosen: Sequence[HistoryRow]) -> str:
    return "1 file" if len(chosen) == 1 else f"{len(chosen)} files"
