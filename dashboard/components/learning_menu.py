"""Whether a file or a case may be learned from, on its page: what keeps it out, the ways to say so and to lift it."""

import streamlit as st

from dashboard.components.doing import do, done
from dashboard.components.when import when
from dashboard.components.wording import plain
from dashboard.who import user
from db import exclusions
from db.exclusions import LONGEST, ExclusionRow, Subject
from db.rights import allowed
from db.session import session

MAY = {
    "media": "Once people confirm a verdict on this file, the detector may learn from it at night.",
    "case": "Where people confirm verdicts on files of this case, the detector may learn from them at night.",
}
TOLD = (
    "Say why it may not: the source did not consent, say, or the case is confidential. It holds from the next night "
    "on; what a detector learned already it keeps. An editor can allow it again. Both stand in the log."
)


def learning_menu(subject: Subject, subject_id: int) -> None:
    """A menu for a file or a case: everybody sees what keeps it out, those who work on cases may say so."""
    with session() as opened:
        over = exclusions.over_media if subject == "media" else exclusions.over_case
        kept = over(opened, subject_id)
    own = any((one.subject, one.subject_id) == (subject, subject_id) for one in kept)
    with st.popover(
        "Not learned from" if kept else "Learning", icon=":material/school:", key=f"learning-{subject}"
    ):
        for one in kept:
            st.markdown(told(one))
            allow_again(one)
        if not kept:
            st.markdown(MAY[subject])
        if not own and allowed(user(), "work_on_cases"):
            _keep(subject, subject_id)


def told(one: ExclusionRow) -> str:
    """Who keeps what from learning, and why, in Markdown."""
    what = f"the case {plain(one.title)}" if one.subject == "case" else plain(one.title)
    return f"**{plain(one.user)}** keeps {what} from learning since {when(one.at)}: “{plain(one.reason)}”"


def allow_again(one: ExclusionRow) -> None:
    """The button that lifts it, for editors."""
    if allowed(user(), "change_models"):
        st.button("Allow learning again", key=f"allow-{one.subject}-{one.subject_id}", icon=":material/undo:",
                  on_click=do, args=(exclusions.allow, one.subject, one.subject_id))  # fmt: skip


def _keep(subject: Subject, subject_id: int) -> None:
    st.caption(TOLD)
    with st.form(f"keep-from-learning-{subject}-{subject_id}", border=False):
        reason = st.text_input("Why", max_chars=LONGEST, key=f"keep-why-{subject}-{subject_id}")
        if st.form_submit_button("Keep from learning") and done(
            exclusions.exclude, subject, subject_id, reason
        ):
            st.rerun()
