"""First look: what somebody takes a file for, asked before the page shows what the machine found in it."""

from collections.abc import Iterable
from typing import get_args

import streamlit as st

from core.errors import TelltaleError
from core.evidence import MediaInfo
from core.settings import settings
from dashboard.components.doing import done
from dashboard.components.when import when
from dashboard.components.wording import plain
from dashboard.who import still_allowed, user
from db import first_looks
from db.analyses import StoredAnalysis
from db.first_looks import FirstLookRow
from db.models_people import Impression
from db.session import session
from pipelines.first_look import awaited
from pipelines.originals import unaltered
from pipelines.playback import Making, copy_of, kept_copy, plays

LABELS: dict[Impression, str] = {
    "genuine": "Looks genuine",
    "manipulated": "Looks manipulated",
    "synthetic": "Looks synthetic",
    "unsure": "Can't tell",
}
WHY = """Whoever knows what the machine found sees the file with its eyes. So look and listen first, and say what you
take it for. It is kept beside the verdict, with the time; nobody is graded by it, and it can't be changed."""
FRAME = "width:100%;max-height:62vh;object-fit:contain;background:#0b0d0f;border-radius:4px"
VIDEO = f'<video src="{{}}" style="{FRAME}" controls preload="metadata"></video>'


def waiting(media_ids: Iterable[int]) -> set[int]:
    """The files that whoever looks at this page must not be told about yet."""
    with session() as opened:
        return awaited(settings(), opened, user(), media_ids)


def ask(stored: StoredAnalysis) -> None:
    """The file as it came in, and the question. The page runs again as soon as there is an answer."""
    left, right = st.columns([1.75, 1], gap="medium")
    with left:
        _footage(stored.evidence.media)
    with right, st.container(border=True):
        st.caption("FIRST LOOK")
        st.markdown("### What do you take it for?")
        st.caption(WHY)
        _answer(stored.media_id)
        _skip(stored.media_id)


def _footage(info: MediaInfo) -> None:
    """The file in the browser's own player: no boxes, no lines, no moment that somebody chose."""
    try:
        unaltered(settings(), info.sha256)
    except TelltaleError as refusal:
        st.error(plain(str(refusal)))
        return
    if info.kind == "image":
        st.html(f'<img src="/originals/{info.sha256}" alt="" style="{FRAME}">')
    elif plays(info):
        st.html(VIDEO.format(f"/originals/{info.sha256}"))
    elif kept_copy(settings(), info.sha256):
        st.html(VIDEO.format(f"/copies/{info.sha256}.mp4"))
        st.caption("Played from a copy in H.264. The original is untouched.")
    else:
        _copying(info)


@st.fragment(run_every=2)
def _copying(info: MediaInfo) -> None:
    """Wait for a copy that browsers can play."""
    still_allowed()
    found = copy_of(settings(), info)
    if not isinstance(found, Making):
        st.rerun()
    elif found.refused:
        st.warning(plain(f"No copy that a browser can play could be made. {found.refused}"))
    else:
        st.progress(found.done / max(1, found.total), "Making a copy that your browser can play")


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
