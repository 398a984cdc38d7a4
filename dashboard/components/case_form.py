"""What a case is about, as a form: the same for a new one and for a change."""

from datetime import datetime, time

import streamlit as st

from dashboard.components.when import zone
from db import case_file, people
from db.case_file import CaseFile
from db.cases import TITLE, Asked
from db.session import session

END_OF_DAY = time(18)


def case_form(key: str, case: CaseFile | None = None) -> Asked | None:
    """The form; gives what was written once it is sent."""
    with session() as opened:
        known_tags, at_work = case_file.tags(opened), people.at_work(opened)
    names = {one.id: one.name for one in (*at_work, *(case.assignees if case else ()))}
    with st.form(key, border=False):
        title = st.text_input("Title", value=case.title if case else "", max_chars=TITLE)
        question = st.text_area("Question to answer", value=case.question if case else "", height=90,
                                placeholder="Is it really the minister who speaks in this clip?")  # fmt: skip
        requester = st.text_input("Who asks", value=case.requester if case else "", placeholder="Politics desk")
        deadline = _deadline(case.deadline if case else None)
        tags = st.multiselect("Tags", sorted({*known_tags, *(case.tags if case else ())}),
                              default=list(case.tags) if case else [], accept_new_options=True)  # fmt: skip
        assignees = st.multiselect("Who works on it", list(names), format_func=names.__getitem__,
                                   default=[one.id for one in case.assignees] if case else [])  # fmt: skip
        sent = st.form_submit_button("Save" if case else "Open the case", type="primary")
    return Asked(title, question, requester, deadline, tuple(tags), tuple(assignees)) if sent else None


def _deadline(before: datetime | None) -> datetime | None:
    local = before.astimezone(zone()) if before else None
    day_field, time_field = st.columns((3, 2))  # an empty date shows its pattern, which is wider
    day = day_field.date_input("Deadline", value=local.date() if local else None)
    at = time_field.time_input("At", value=local.time() if local else END_OF_DAY)
    return datetime.combine(day, at, zone()) if day else None
