"""The frame around every page: name, navigation. Started by `dashboard/app.py`."""

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
ASSETS = HERE / "components" / "assets"

# A file of ours: Streamlit would fetch a named icon from another company's server, at every visit.
st.set_page_config(page_title="Telltale", page_icon=str(ASSETS / "icon.svg"), layout="wide")
st.logo(str(ASSETS / "logo.svg"), size="large")

st.navigation(
    [
        st.Page(HERE / "screens" / "queue.py", title="Queue", icon=":material/inbox:", default=True),
        st.Page(HERE / "screens" / "review.py", title="Review", icon=":material/frame_inspect:"),
        st.Page(HERE / "screens" / "cases.py", title="Cases", icon=":material/folder_open:"),
        st.Page(HERE / "screens" / "case.py", title="Case", visibility="hidden"),
        st.Page(HERE / "screens" / "history.py", title="History", icon=":material/history:"),
        st.Page(HERE / "screens" / "models.py", title="Models", icon=":material/science:"),
    ],
    position="top",
).run()
