"""What keeps a case or ends it: the holds that stand, and deleting it for good."""

import streamlit as st

from core.settings import settings
from dashboard.components.doing import InPlace
from dashboard.components.hold_menu import told
from dashboard.components.wording import plain
from dashboard.who import user
from db import holds
from db.case_file import CaseFile
from db.deletion import LONGEST, Order
from db.rights import allowed
from db.session import session
from pipelines.keeping.deleting import delete_case

WHAT = (
    "The case, its discussion, and every file that no other case holds go for good: originals, analyses, pictures, "
    "verdicts, notes, and the files of reports that show them. The log keeps their hashes, your name and your reason."
)


def holds_of(case: CaseFile) -> None:
    """What of this case is under hold."""
    with session() as opened:
        whole = holds.on(opened, f"case:{case.id}")
        single = [(one.name, holds.on(opened, f"media:{one.media_id}")) for one in case.exhibits]
    lines = [told(whole)] if whole else []
    lines += [f"{plain(name)}: {told(hold)}" for name, hold in single if hold]
    if lines:
        st.info("  \n".join(lines), icon=":material/gavel:")


def delete_menu(case: CaseFile) -> None:
    """For admins: delete the case, once it is said why."""
    if not allowed(user(), "delete"):
        return
    with st.popover("Delete", icon=":material/delete:", key="delete"):
        st.caption(WHAT)
        with st.form("delete-case", border=False):
            reason = st.text_input("Why", max_chars=LONGEST, key="delete-why")
            everywhere = st.checkbox("Also files that other cases hold", key="delete-everywhere")
            sure = st.checkbox("I know that this can't be undone", key="delete-sure")
            if st.form_submit_button("Delete for good", type="primary") and _deleted(case, reason, everywhere, sure):
                st.switch_page("screens/cases.py")


def _deleted(case: CaseFile, reason: str, everywhere: bool, sure: bool) -> bool:
    if not sure:
        st.error("Tick that you know.")
        return False
    with InPlace():
        left = delete_case(settings(), user(), case.id, Order(reason), everywhere)
        st.toast("The case is deleted." + (f" {left} files could not be removed yet." if left else ""))
        return True
    return False
