"""Legal hold on a case or a file: whether it stands, and the way to set or lift it. For editors."""

import streamlit as st

from dashboard.components.doing import done
from dashboard.components.when import when
from dashboard.components.wording import plain
from dashboard.who import user
from db import holds
from db.holds import LONGEST, Hold
from db.rights import allowed
from db.session import session

TOLD = "Nothing under hold can be deleted, by nobody and by no rule, until an editor lifts it. Both stand in the log."


def hold_menu(subject: str) -> None:
    """A menu for "case:4" or "media:3"; nothing for those who may not."""
    if not allowed(user(), "hold"):
        return
    with session() as opened:
        stands = holds.on(opened, subject)
    with st.popover("Held" if stands else "Hold", icon=":material/gavel:", help="Legal hold", key=f"hold-{subject}"):
        st.caption(TOLD)
        if stands:
            st.markdown(told(stands))
        with st.form(f"hold-form-{subject}", border=False):
            reason = st.text_input("Why", max_chars=LONGEST, key=f"hold-why-{subject}")
            command = holds.lift if stands else holds.put
            if st.form_submit_button("Lift the hold" if stands else "Hold it") and done(command, subject, reason):
                st.rerun()


def told(hold: Hold) -> str:
    """A hold in a line, in Markdown."""
    return f"**Under legal hold**, set by {plain(hold.set_by.name)}, {when(hold.set_at)}: {plain(hold.reason)}"
