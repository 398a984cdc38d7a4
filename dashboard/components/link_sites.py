"""The sites whose pages clips may be fetched from: what holds, who said so, and the form that changes it."""

import streamlit as st

from core.settings import settings
from dashboard.components.doing import do, done
from dashboard.components.when import when
from dashboard.components.wording import plain
from db import sites
from db.session import session
from pipelines.links import allow_sites
from pipelines.sites import named

HELP = """
One a line. A site stands for all that is below it: `youtube.com` also for `www.youtube.com`. An empty list turns links
off.
"""


def link_sites() -> None:
    """For admins: the page asks for the right, and so does the command."""
    st.markdown("#### Sites for links")
    with session() as opened:
        chosen = sites.chosen(opened)
    hosts = named(settings().link_hosts) if chosen is None else chosen.hosts
    if chosen:
        st.caption(f"Chosen by {plain(chosen.by)}, {when(chosen.at)}, instead of the setting `TELLTALE_LINK_HOSTS`.")
    else:
        st.caption("As the setting `TELLTALE_LINK_HOSTS` says. What is saved here goes before it.")
    with st.form("link-sites", border=False):
        text = st.text_area("Clips may be fetched from pages of", "\n".join(hosts), help=HELP)
        if st.form_submit_button("Save") and done(allow_sites, text):
            st.rerun()
    if chosen:
        st.button("Follow the setting again", on_click=do, args=(sites.leave,), type="tertiary")
