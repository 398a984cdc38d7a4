"""The frame around every page: name, navigation by role, and the door before it. Started by `dashboard/app.py`."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.settings import settings
from dashboard.components.outside import outside
from dashboard.components.readable import readable
from dashboard.components.you import you
from dashboard.reach import refuse_open
from dashboard.who import visitor
from db.rights import User, allowed

HERE = Path(__file__).parent
ASSETS = HERE / "components" / "assets"


def pages(user: User | None) -> list[StreamlitPage]:
    """The pages that somebody may open. Before the door all of them have an address, so that it is kept."""
    signed_in = settings().sign_in != "off"
    shown = [
        st.Page(HERE / "screens" / "queue.py", title="Queue", icon=":material/inbox:", default=True),
        st.Page(HERE / "screens" / "review.py", title="Review", icon=":material/frame_inspect:"),
        st.Page(HERE / "screens" / "compare.py", title="Compare", visibility="hidden"),
        st.Page(HERE / "screens" / "cases.py", title="Cases", icon=":material/folder_open:"),
        st.Page(HERE / "screens" / "case.py", title="Case", visibility="hidden"),
        st.Page(HERE / "screens" / "history.py", title="History", icon=":material/history:"),
        st.Page(HERE / "screens" / "models.py", title="Models", icon=":material/science:"),
        st.Page(HERE / "screens" / "lab.py", title="Lab", icon=":material/experiment:"),
    ]
    if signed_in and (user is None or allowed(user, "manage_people")):
        shown.append(st.Page(HERE / "screens" / "people.py", title="People", icon=":material/group:"))
    if user is None or allowed(user, "read_audit"):
        shown.append(st.Page(HERE / "screens" / "log.py", title="Log", icon=":material/receipt_long:"))
    if user is None or allowed(user, "change_settings"):
        shown.append(st.Page(HERE / "screens" / "system.py", title="System", icon=":material/monitor_heart:"))
    shown.append(
        st.Page(
            HERE / "screens" / "account.py", title="Account", icon=":material/key:",
            visibility="hidden" if signed_in else "visible",  # the menu under one's name leads there
        )
    )  # fmt: skip
    return shown


refuse_open(settings(), st.get_option("server.address"))  # again: this page can be started without `dashboard/app.py`

# A file of ours: Streamlit would fetch a named icon from another company's server, at every visit.
st.set_page_config(page_title="Telltale", page_icon=str(ASSETS / "icon.svg"), layout="wide")
st.logo(str(ASSETS / "logo.svg"), size="large")
readable()

found = visitor()
if found is not None and allowed(found, "see"):
    page = st.navigation(pages(found), position="top")
    if settings().sign_in != "off":
        you(found)
    page.run()
else:
    st.navigation(pages(None), position="hidden")
    outside(found)
