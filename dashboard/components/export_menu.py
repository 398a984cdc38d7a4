"""Export: issue a report about what is on the page, and fetch those that were issued before."""

import streamlit as st

from core.settings import settings
from core.units import size
from dashboard.components.doing import InPlace
from dashboard.components.wording import plain
from dashboard.who import user
from db import reports
from db.models_reports import ReportFormat
from db.rights import allowed
from db.session import session
from pipelines.reports.dossier import Scope
from pipelines.reports.issue import issue

KINDS: dict[ReportFormat, tuple[str, str, str]] = {
    "pdf": (
        "Report as PDF",
        ":material/picture_as_pdf:",
        "For an editor or a lawyer: words first, then all the rest.",
    ),
    "csv": ("Scores as CSV", ":material/table:", "Every face of every frame, judged or not, for a spreadsheet."),
    "json": (
        "Everything as JSON",
        ":material/data_object:",
        "All that the report says and every score, for programs.",
    ),
}
NEWEST = 5
WHOLE = (
    "One zip: originals, analyses, verdicts, notes, discussion and the log of all of it. It is as secret as the case. "
    "The other desk takes it in on its page Cases."
)
TOLD = "Made when you press, kept, and can be checked later."


def export_menu(scope: Scope, number: int) -> None:
    """A menu about an analysis or a case; nothing for who may not export."""
    if allowed(user(), "export"):
        with st.popover("Export", icon=":material/ios_share:"):
            _choices(scope, number)


@st.fragment
def _choices(scope: Scope, number: int) -> None:
    """Only the menu runs again, and stays open."""
    user()  # also after somebody was shut out
    st.caption(TOLD)
    for wanted, (label, icon, told) in KINDS.items():
        key = f"export-{scope}-{number}-{wanted}"
        if st.button(label, icon=icon, help=told, key=key, width="stretch"):
            _issue(scope, number, wanted)
    if scope == "case" and allowed(user(), "exchange_cases"):
        st.link_button("Whole case for another desk", f"/case-archives/{number}.zip", icon=":material/folder_zip:",
                       help=WHOLE, width="stretch")  # fmt: skip
    _issued(scope, number)


def _issue(scope: Scope, number: int, wanted: ReportFormat) -> None:
    with InPlace(), st.spinner("Making the report"):
        issue(settings(), user(), scope, number, wanted)


def _issued(scope: Scope, number: int) -> None:
    with session() as opened:
        found = reports.of_subject(opened, f"{scope}:{number}", NEWEST)
    if found:
        st.caption("ISSUED")
    for row in found:
        named = row.file_name if row.removed_at else f"[**{row.file_name}**](/reports/{row.file_name})"
        gone = " · deleted with what it showed" if row.removed_at else ""
        st.markdown(
            f"{named}{gone}  \n"
            f":small[{size(row.bytes)} · {plain(row.issued_by.name)}, {row.issued_at:%d %b %Y, %H:%M} UTC]"
        )
