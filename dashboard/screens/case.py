"""A case: everything about one question on one page. Question on top, the answer beside it, then what bears on it."""

import streamlit as st

from dashboard.components.case_form import case_form
from dashboard.components.case_keeping import delete_menu, holds_of
from dashboard.components.case_line import STATUS, due, tagged, workers
from dashboard.components.doing import do, done
from dashboard.components.exhibits import add_exhibit, compare_menu, exhibit_rows
from dashboard.components.export_menu import export_menu
from dashboard.components.hold_menu import hold_menu
from dashboard.components.learning_menu import learning_menu
from dashboard.components.said_elsewhere import said_elsewhere
from dashboard.components.story import story
from dashboard.components.when import when
from dashboard.components.wording import paragraphs, plain
from dashboard.who import user
from db import audit, case_file, cases, people
from db.case_file import CaseFile
from db.rights import User, allowed
from db.session import session

RECENT = 40  # entries of who did what; the log has them all
NOTHING = "##### No case is open\nChoose one from **Cases**, or open a new one there."


def case_page() -> None:
    """The page, for whatever its address asks."""
    looking, asked = user(), st.query_params.get("case", "")
    with session() as opened:
        number = int(asked) if asked.isdecimal() and len(asked) < 16 else None
        case = case_file.get(opened, number) if number is not None else None
    st.page_link("screens/cases.py", label="Cases", icon=":material/arrow_back:")
    if case is None:
        if asked:
            st.warning("This case is not on this desk. The link may be from another desk.")
        st.markdown(NOTHING)
        return
    head(case, looking)
    holds_of(case)
    question_and_answer(case, looking)
    exhibits(case, looking)
    said_elsewhere(case)
    discussion_and_story(case, looking)


def head(case: CaseFile, looking: User) -> None:
    """Its name, how it stands, and what can be done with the whole of it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"## {plain(case.title)}", width="stretch")
        if allowed(looking, "work_on_cases"):
            actions(case)
        learning_menu("case", case.id)
        hold_menu(f"case:{case.id}")
        delete_menu(case)
        export_menu("case", case.id)
    closed = f" {when(case.closed_at)}" if case.closed_at else ""
    opened = f"opened by {plain(case.opened_by.name)}, {when(case.opened_at)}"
    st.markdown(f"{STATUS[case.status]}{closed} {tagged(case.tags)}")
    asks = f"Asked by **{plain(case.requester)}** · " if case.requester else ""
    st.markdown(f"{asks}{due(case.deadline, case.status)} · works on it: {workers(case.assignees)} · :gray[{opened}]")


def actions(case: CaseFile) -> None:
    """Edit and close an open case; reopen a closed one."""
    if case.status == "closed":
        st.button("Reopen", icon=":material/folder_open:", on_click=do, args=(cases.reopen, case.id))
        return
    with st.popover("Edit", icon=":material/edit:"):
        if (asked := case_form(f"case-{case.id}", case)) and done(cases.change, case.id, asked):
            st.rerun()
    st.button("Close the case", icon=":material/folder:", on_click=do, args=(cases.close, case.id))


def question_and_answer(case: CaseFile, looking: User) -> None:
    """Side by side, as long as the case lives."""
    question, answer = st.columns(2, gap="medium")
    with question.container(border=True, height="stretch"):
        st.caption("QUESTION")
        st.markdown(paragraphs(case.question) or ":gray[No question was written down. **Edit** the case to add one.]")
    with answer.container(border=True, height="stretch"):
        st.caption("ANSWER")
        if case.answer and case.answered_by and case.answered_at:
            st.markdown(paragraphs(case.answer))
            st.caption(f"Signed by {plain(case.answered_by.name)}, {when(case.answered_at)}")
        else:
            st.markdown(":gray[Empty until an editor signs it.]")
        if case.status == "open" and allowed(looking, "sign_off"):
            with st.popover("Sign another answer" if case.answer else "Sign the answer", icon=":material/verified:"):
                answer_form(case)


def answer_form(case: CaseFile) -> None:
    """The answer, in one or two sentences."""
    with st.form("answer", border=False):
        text = st.text_area("The answer, in a sentence or two", value=case.answer or "", height=110)
        st.caption("Your name and the time will stand under it, here and in the report.")
        if st.form_submit_button("Sign", type="primary") and done(cases.answer, case.id, text):
            st.rerun()


def exhibits(case: CaseFile, looking: User) -> None:
    """What bears on the question, in order."""
    may = case.status == "open" and allowed(looking, "work_on_cases")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("#### Exhibits", width="stretch")
        compare_menu(case)
        if may:
            st.page_link("screens/queue.py", label="Drop new files", icon=":material/upload:",
                         query_params={"case": str(case.id)})  # fmt: skip
            add_exhibit(case)
    if not case.exhibits:
        st.caption("No file is attached yet. Add what was analysed here, or choose this case in Review.")
    exhibit_rows(case, may)


def discussion_and_story(case: CaseFile, looking: User) -> None:
    """What was said, and what was done."""
    said, did = st.columns([1.2, 1], gap="medium")
    with said:
        st.markdown("#### Discussion")
        discussion(case, looking)
    with did:
        st.markdown("#### Who did what")
        about = {f"media:{one.media_id}": one.name for one in case.exhibits}
        about |= {f"analysis:{one.analysis_id}": one.name for one in case.exhibits if one.analysis_id}
        with session() as opened:
            events = audit.events(opened, f"case:{case.id}", *about, limit=RECENT)
            names = people.names(opened)
        with st.container(border=True, height=420 if len(events) > 7 else "content"):
            story(events, names, about)


def discussion(case: CaseFile, looking: User) -> None:
    """The comments, oldest first, and one more."""
    if not case.comments:
        st.caption("Nothing was said yet.")
    for comment in case.comments:
        with st.container(border=True, gap=None):
            st.caption(f"{plain(comment.user.name)} · {when(comment.at)}")
            st.markdown(paragraphs(comment.text))
    if case.status == "open" and allowed(looking, "work_on_cases"):
        with st.form("comment", border=False, clear_on_submit=True):
            text = st.text_area("Say something", height=80)
            if st.form_submit_button("Comment") and done(cases.comment, case.id, text):
                st.rerun()


case_page()
