"""What Streamlit writes where it can't be read."""

import streamlit as st

CAPTION = 0.7  # of the text's colour, in captions: Streamlit's 0.6 has 4.4 : 1 on white
ON_PRIMARY = ("#ffffff", "#14171b")  # on the first colour of the theme: in the light one, in the dark one


def readable() -> None:
    """Captions; and buttons of the first rank and what is chosen of many, where it writes white on a light blue too."""
    light, dark = ON_PRIMARY
    where = ".stApp :is(button[kind^=primary], [data-tag], [data-tag] > *)"
    st.html(
        f"<style>{where} {{ color: light-dark({light}, {dark}) !important; }}"
        f".stApp [data-testid=stCaptionContainer] {{ opacity: {CAPTION}; }}</style>"
    )
