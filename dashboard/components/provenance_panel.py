"""Where a file comes from, as far as it says so itself: credentials, tools, tags, and the page it was taken from."""

import streamlit as st

from core.provenance import Action, Credentials, Provenance, Trace, TraceKind
from dashboard.components.wording import paragraphs, plain
from db import provenance
from db.provenance import CapturedFrom
from db.session import session
from pipelines.provenance import wording

KINDS: dict[TraceKind, str] = {
    "ai": "AI tool",
    "editor": "Editing program",
    "site": "Site",
    "encoder": "Encoder",
    "camera": "Device",
    "history": "Record",
}
NOT_READ = """
Not read yet. It is read when the file is analysed: what cameras, programs and sites wrote into it, and its Content
Credentials.
"""


def provenance_panel(media_id: int) -> None:
    """All that is known of where a file comes from."""
    with session() as opened:
        found, pages = provenance.of_media(opened, media_id), provenance.captures(opened, media_id)
    for page in pages:
        _page(page)
    if found is None:
        st.caption(NOT_READ)
    elif found.failed:
        st.warning(f"This could not be read. {plain(found.failed)}", icon=":material/error:")
    else:
        _credentials(found.credentials)
        _tools(found.traces)
        _written(found)


def _page(page: CapturedFrom) -> None:
    st.markdown("###### Taken from a page")
    by = f" · by {plain(page.uploader)}" if page.uploader else ""
    st.markdown(f"{plain(page.title) or 'Without a title'}{by}  \n{paragraphs(page.address)}")
    st.caption(
        f"As it was on {page.captured_at:%d %b %Y, %H:%M} UTC. Pages change: keep a picture of it as well."
    )


def _credentials(found: Credentials) -> None:
    st.markdown("###### Content Credentials")
    said = wording.integrity_words(found)
    if found.integrity == "altered":
        st.warning(said, icon=":material/error:")
    else:
        st.markdown(said)
    if found.address:
        st.caption(plain(found.address))
    if trust := wording.trust_words(found):
        st.markdown(f"{trust} It calls itself **{plain(found.issuer) or 'nothing'}**.")
        _said(found)
        st.caption(wording.NOT_TRUTH)


def _said(found: Credentials) -> None:
    if found.ai:
        st.markdown(wording.AI)
    written = [("Written by", found.generator), ("Signed", found.signed_at)]
    made_of = [("Made of", name) for name in found.ingredients]
    failed = [("Check that failed", wording.problem(code)) for code in found.problems]
    rows = [*written, *[("Step", _step(action)) for action in found.actions], *made_of, *failed]
    _table([(name, value) for name, value in rows if value])


def _step(action: Action) -> str:
    parts = (action.what, f"with {action.tool}" if action.tool else "", action.source, action.when)
    return ", ".join(part for part in parts if part)


def _tools(traces: tuple[Trace, ...]) -> None:
    st.markdown("###### Tools that left their name")
    if not traces:
        st.caption(wording.NO_TOOLS)
    for trace in traces:
        st.markdown(
            f":gray-badge[{KINDS[trace.kind]}] **{plain(trace.tool)}**  \n"
            f"{trace.means} {trace.caution}  \n:small[{plain(trace.found)}]"
        )


def _written(found: Provenance) -> None:
    st.markdown("###### Written in the file")
    if not found.facts:
        st.caption("Nothing. Many sites and messengers remove what a camera writes.")
        return
    _table([(f"{fact.group}: {fact.name}", fact.value) for fact in found.facts])
    st.caption(wording.ANYBODY)


def _table(rows: list[tuple[str, str]]) -> None:
    """Names and values as plain text, for they come from strangers."""
    st.dataframe(
        [{"What": name, "As it is written": value} for name, value in rows],
        hide_index=True,
        column_config={"What": st.column_config.TextColumn(width="medium")},
    )
