"""Components of ours: small scripts that the page carries itself, without a build step."""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

ASSETS = Path(__file__).parent / "assets"


def inline(name: str, *scripts: str) -> ComponentRenderer:
    """The component `name`: its .html and .css, and its scripts joined into one."""
    return st.components.v2.component(
        f"telltale_{name}",
        html=_read(f"{name}.html"),
        css=_read(f"{name}.css"),
        js="\n".join(_read(script) for script in scripts or (f"{name}.js",)),
    )


def _read(file: str) -> str:
    return (ASSETS / file).read_text("utf-8")
