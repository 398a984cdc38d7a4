"""A small picture of a clip, at one size whether or not there is one yet."""

from html import escape

import streamlit as st

from core.evidence import MediaKind
from dashboard.feed import address

BOX = "width:72px;height:44px;border-radius:3px;display:block;background:rgba(128,136,146,0.22)"
# What stands where no face was cut out: a strip of film, a picture, or a file that could not be read.
SIGNS: dict[MediaKind | None, tuple[str, str]] = {
    "video": ("A clip", "M4 5h16v14H4zM8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4"),
    "image": ("A picture", "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01"),
    None: ("Not read", "M7 3h7l4 4v14H7zM14 3v4h4M10 12l4 4M14 12l-4 4"),
}
GREY = "%238a93a0"  # readable on light and dark alike


def thumbnail(path: str | None, kind: MediaKind | None) -> None:
    """The picture at `path` under home, or a sign of what the file is, at the same size."""
    if path:
        source = escape(address(path), quote=True)
        st.html(f'<img src="{source}" alt="" loading="lazy" style="{BOX};object-fit:cover">')
    else:
        said, lines = SIGNS[kind]
        st.html(f'<div style="{BOX};background-image:url({_drawn(lines)});background-repeat:no-repeat;'
                f'background-position:center" title="{said}"></div>')  # fmt: skip


def _drawn(lines: str) -> str:
    """A small drawing as the address of itself."""
    stroke = f"fill='none' stroke='{GREY}' stroke-width='1.5'"
    drawn = f"<svg xmlns='http://www.w3.org/2000/svg' width='22' height='22' viewBox='0 0 24 24' {stroke}>"
    return escape(f'"data:image/svg+xml,{drawn}<path d=\'{lines}\'/></svg>"', quote=True)
