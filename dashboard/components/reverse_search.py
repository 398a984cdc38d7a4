"""Reverse search: the key frames to save, and the usual engines to take them to by hand."""

from html import escape

import streamlit as st

from core.units import clock
from dashboard.feed import address
from dashboard.who import user
from db.analyses import StoredAnalysis
from db.rights import allowed
from pipelines.key_frames import KeyFrame, key_frames

# Each opens its own page for uploads. No address of a picture is handed over: ours lie on this machine.
ENGINES = {
    "Google Lens": "https://lens.google.com/",
    "TinEye": "https://tineye.com/",
    "Yandex Images": "https://yandex.com/images/",
    "Bing Visual Search": "https://www.bing.com/visualsearch",
}
HOW = "Was this picture seen before, elsewhere or earlier? Save a frame, open an engine, and upload the frame there."
WARNING = """**Telltale sends nothing. You do, when you upload.** Whoever runs the engine then has the picture, may keep
it, and can see that you look for it. Think of your source, of the people in it, and of your house's rules first."""
NONE = """The analysis kept no frame of this file, because no face in it could be judged. Stop the player where you want
to search, and take a picture of the screen."""
NOT_YOURS = "Your role does not allow you to export."
TILE = "width:172px;margin:0"
PICTURE = "width:172px;height:108px;object-fit:contain;background:#0b0d0f;border-radius:4px;display:block"


def reverse_search(stored: StoredAnalysis) -> None:
    """What to search with, where to search, and what that gives away."""
    frames = key_frames(stored)
    if not frames:
        st.caption(NONE)
        return
    if not allowed(user(), "export"):
        st.caption(NOT_YOURS)
        return
    st.markdown(HOW)
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:14px">{"".join(_tile(stored, one) for one in frames)}</div>')
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(frames) > 1:
            st.markdown(f"[**Save all {len(frames)} as a zip**](/key-frames/{stored.id}.zip)", width="content")
        for name, link in ENGINES.items():
            st.link_button(name, link, icon=":material/open_in_new:")
    st.warning(WARNING, icon=":material/outgoing_mail:")


def _tile(stored: StoredAnalysis, frame: KeyFrame) -> str:
    said = "the picture" if stored.evidence.media.kind == "image" else clock(frame.time)
    link = f"/key-frames/{stored.id}/{frame.index}.jpg"
    return (
        f'<figure style="{TILE}"><img src="{escape(address(frame.path), quote=True)}" loading="lazy" '
        f'alt="Frame at {said}" style="{PICTURE}">'
        f'<figcaption><a href="{link}" style="color:inherit" download>Save {said}</a></figcaption></figure>'
    )
