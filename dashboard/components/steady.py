"""Live parts that stand still while they are drawn anew."""

import streamlit as st


def steady(key: str) -> None:
    """Inside the container of this key: what is about to be drawn anew does not fade meanwhile."""
    st.html(
        f"<style>.st-key-{key} [data-stale=true] {{ opacity: 1 !important; transition: none !important; }}</style>"
    )
