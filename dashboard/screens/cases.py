"""Cases: the questions that were asked, found again by words, state, tag and person."""

import streamlit as st

from dashboard.components.case_form import case_form
from dashboard.components.case_line import STATUS, due, tagged, workers
from dashboard.components.doing import done
from dashboard.components.dropzone import case_zone
from dashboard.components.flush import flush
from dashboard.components.wording import ago, plain
from dashboard.who import user
from db import case_file, cases, people
from db.case_file import CaseFilter, CaseRow
from db.cases import Asked
from db.models_people import CaseStatus
from db.rights import User, allowed
from db.session import session

PAGE = 25
STATES: dict[str, CaseStatus | None] = {"Open": "open", "Closed": "closed", "All": None}
FROM_ELSEWHERE = (
    "The zip that a desk like this one made of a case (*Export* on its page). Every file in it is hashed and looked "
    "at; an archive that is damaged or forged is refused whole. What people said there is kept as text: it is no "
    "verdict of anybody here."
)
ALREADY = "Nothing was changed: this archive was taken in before."
ANYBODY, ANY_TAG = "anybody", "Any tag"
NONE_FITS = "No case fits. Take a filter away, or search for less."
NONE_OPEN = "No case is open. **Closed** and **All** show those that were."
EMPTY = """
##### No cases yet
A case holds together what belongs to one question:

- the **question**, who asks it, and until when;
- the **exhibits**: clips and pictures, each with what the machine found and what people hold it to be;
- the **discussion**, and **who did what**;
- the **answer**, once an editor signs it.

Open one with the button above, then add files to it from here or from **Review**.
"""


def head(looking: User) -> None:
    """The page's name, and the way to a new case."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown("## Cases", width="stretch")
        if allowed(looking, "exchange_cases"):
            with st.popover("From another desk", icon=":material/folder_zip:"):
                take_in()
        if allowed(looking, "work_on_cases"):
            with st.popover("New case", icon=":material/add:", type="primary"):
                if asked := case_form("new-case"):
                    start(asked)


def take_in() -> None:
    """Take in the case that another desk wrote, and go to it."""
    st.caption(FROM_ELSEWHERE)
    if found := case_zone():
        st.toast(ALREADY if found["known"] else f"Taken in: {found['files']} files, {found['new_files']} of them new.")
        st.switch_page("screens/case.py", query_params={"case": str(found["case"])})


def start(asked: Asked) -> None:
    """Open a case and go to it."""
    number: list[int] = []
    if done(lambda opened, actor: number.append(cases.start(opened, actor, asked))):
        st.switch_page("screens/case.py", query_params={"case": str(number[0])})


def wanted(looking: User) -> CaseFilter:
    """What the reader asks for; it lives in the address."""
    with session() as opened:
        tags, at_work = case_file.tags(opened), people.at_work(opened)
    who = {ANYBODY: "Anybody"} | {str(one.id): one.name for one in at_work} | {str(looking.id): "Me"}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search", placeholder="Words of a title, a question, or who asks", type="search",
                             key="find", bind="query-params")  # fmt: skip
        person = st.selectbox("Who works on it", list(who), format_func=who.__getitem__, key="person",
                              bind="query-params", width=190)  # fmt: skip
        tag = st.selectbox("Tag", [ANY_TAG, *tags], key="tag", bind="query-params", width=170)
    with st.container(horizontal=True, vertical_alignment="center"):
        state = st.segmented_control("State", list(STATES), default="Open", required=True, key="state",
                                     bind="query-params", label_visibility="collapsed")  # fmt: skip
        overdue = st.toggle("Overdue only", key="overdue", bind="query-params")
    chosen = None if tag == ANY_TAG else tag
    return CaseFilter(text or "", STATES[state], chosen, None if person == ANYBODY else int(person), overdue)


def listing(looking: User) -> None:
    """The cases that fit, a page at a time."""
    asked = wanted(looking)
    key = f"page of {asked}"
    page = st.session_state.get(key, 1)
    with session() as opened:
        found = case_file.search(opened, asked, PAGE, (page - 1) * PAGE)
        any_at_all = found.total or case_file.search(opened, limit=1).total
    if not found.total:
        nothing = NONE_OPEN if asked == CaseFilter(status="open") else NONE_FITS
        st.markdown(nothing if any_at_all else EMPTY)
        return
    st.caption(f"{found.total} {'case' if found.total == 1 else 'cases'}, those last worked on first")
    with st.container(gap="xsmall", key="cases"):
        flush("cases")
        for row in found.rows:
            line(row)
    if found.total > PAGE:
        st.pagination(-(-found.total // PAGE), key=key)


def line(row: CaseRow) -> None:
    """One case."""
    with st.container(border=True, key=f"case-{row.id}"):
        about, state = st.columns([3, 1.4], vertical_alignment="top")
        with about, st.container(gap=None):
            st.page_link("screens/case.py", label=f"**{plain(row.title)}**", query_params={"case": str(row.id)})
            if row.question:
                st.markdown(plain(row.question))
            st.caption(f"{exhibits(row.exhibits)} · {workers(row.assignees)} · last change {ago(row.changed_at)}")
        with state, st.container(gap=None):
            answered = " :violet-badge[:material/verified: Answered]" if row.answer else ""
            st.markdown(f"{STATUS[row.status]}{answered}")
            st.caption(due(row.deadline, row.status))
            if row.tags:
                st.markdown(tagged(row.tags))


def exhibits(number: int) -> str:
    """So many files."""
    return "no exhibits" if not number else f"{number} exhibit{'s' if number > 1 else ''}"


me = user()
head(me)
listing(me)
