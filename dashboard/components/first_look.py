"""First look: what somebody takes a file for, asked before the page shows what the machine found in it."""

from collections.abc import Iterable
from html import escape
from typing import get_args

import streamlit as st

from core.evidence import MediaInfo
from core.settings import settings
from dashboard.components.doing import done
from dashboard.components.when import when
from dashboard.components.wording import plain
from dashboard.who import user
from db import first_looks
from db.analyses import StoredAnalysis
from db.first_looks import FirstLookRow
from db.models_people import Impression
from db.session import session
from pipelines.first_look import awaited

LABELS: dict[Impression, str] = {
    "genuine": "Looks genuine",
    "manipulated": "Looks manipulated",
    "synthetic": "Looks synthetic",
    "unsure": "Can't tell",
}
WHY = """Whoever knows what the machine found sees the file with its eyes. So look and listen first, and say what you
take it for. It is kept beside the verdict, with the time; nobody is graded by it, and it can't be changed."""
FRAME = "width:100%;max-height:62vh;object-fit:contain;background:#0b0d0f;border-radius:4px"


def waiting(media_ids: Iterable[int]) -> set[int]:
    """The files that whoever looks at this page must not be told about yet."""
    with session() as opened:
        return awaited(settings(), opened, user(), media_ids)


def ask(stored: StoredAnalysis) -> None:
    """The file as it came in, and the question. The page runs again as soon as there is an answer."""
    left, right = st.columns([1.75, 1], gap="medium")
    with left:
        st.html(bare(stored.evidence.media))
    with right, st.container(border=True):
        st.caption("FIRST LOOK")
        st.markdown("### What do you take it for?")
        st.caption(WHY)
        _answer(stored.media_id)
        _skip(stored.media_id)


def bare(info: MediaInfo) -> str:
    """The original in the browser's own player: no boxes, no lines, no moment that somebody chose."""
    source = f'src="/originals/{escape(info.sha256, quote=True)}" style="{FRAME}"'
    return f'<img {source} alt="">' if info.kind == "image" else f'<video {source} controls preload="metadata"></video>'


def told(media_id: int) -> None:
    """Everybody's first look at a file, a line each."""
    with session() as opened:
        looks = first_looks.of_media(opened, media_id)
    for look in looks:
        st.caption(line(look))


def line(look: FirstLookRow) -> str:
    """One first look. The queue, the history and programs may have told the band before: only this page did not."""
    by = f"{plain(look.user.name)} · {when(look.at)}"
    if look.impression is None:
        return f"First look: skipped · {by} · {plain(look.skipped or '')}"
    return f"First look: **{first_looks.WORDS[look.impression]}** · {by}, before the machine's band was shown here"


def _answer(media_id: int) -> None:
    with st.form("first-look", border=False):
        impression = st.radio(
            "It", get_args(Impression), format_func=LABELS.__getitem__, index=None, label_visibility="collapsed"
        )
        sent = st.form_submit_button("Keep it and show what was found", type="primary")
    if sent and done(first_looks.give, media_id, impression):
        st.rerun()


def _skip(media_id: int) -> None:
    with st.expander("Skip this"), st.form("skip-first-look", border=False):
        reason = st.text_input("Why", placeholder="I know this clip from elsewhere")
        if st.form_submit_button("Skip") and done(first_looks.skip, media_id, reason):
            st.rerun()
