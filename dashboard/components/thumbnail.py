"""A small picture of a clip, at one size whether or not there is one yet."""

from html import escape

import streamlit as st

from core.evidence import MediaKind
from dashboard.feed import address

BOX = "width:72px;height:44px;border-radius:3px;display:block;background:rgba(128,136,146,0.22)"


def thumbnail(path: str | None, kind: MediaKind | None) -> None:
    """The picture at `path` under home, or an empty frame of the same size."""
    if path:
        source = escape(address(path), quote=True)
        st.html(f'<img src="{source}" alt="" loading="lazy" style="{BOX};object-fit:cover">')
    else:
        st.html(f'<div style="{BOX}" title="{escape(kind or "not read")}"></div>')
