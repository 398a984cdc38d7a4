"""What Streamlit writes where it can't be read."""

import streamlit as st

ON_PRIMARY = ("#ffffff", "#14171b")  # on the first colour of the theme: in the light one, in the dark one


def readable() -> None:
    """Buttons of the first rank, and what is chosen of many: Streamlit writes white, also on a light blue."""
    light, dark = ON_PRIMARY
    where = ".stApp :is(button[kind^=primary], [data-tag], [data-tag] > *)"
    st.html(f"<style>{where} {{ color: light-dark({light}, {dark}) !important; }}</style>")
