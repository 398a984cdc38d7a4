"""Review: one analysis, from its words down to the single frame. A link to it opens at the very moment."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.detectors.card import Card
from core.evidence import Evidence
from core.settings import settings
from dashboard.components import first_look
from dashboard.components.again import again_button
from dashboard.components.band import UNTOLD, chip
from dashboard.components.case_menu import case_menu
from dashboard.components.evidence_panel import evidence_panel
from dashboard.components.export_menu import export_menu
from dashboard.components.failure import failure
from dashboard.components.file_facts import file_facts
from dashboard.components.hold_menu import hold_menu
from dashboard.components.learning_menu import learning_menu
from dashboard.components.model_card import model_card
from dashboard.components.moments import asked, heaviest, number, write
from dashboard.components.notes_panel import notes_panel
from dashboard.components.people_table import people_table
from dashboard.components.person_panel import person_panel
from dashboard.components.player import Moment, player
from dashboard.components.provenance_panel import provenance_panel
from dashboard.components.reverse_search import reverse_search
from dashboard.components.score_chart import score_chart
from dashboard.components.seen_before import seen_before
from dashboard.components.verdict_panel import verdict_panel
from dashboard.components.who_filter import only, who_filter
from dashboard.components.wording import plain, short, span
from dashboard.feed import Shot, shots, thresholds
from dashboard.who import user
from db import analyses, history, jobs, media
from db.analyses import StoredAnalysis
from db.rights import allowed
from db.session import session
from pipelines.cards import card_of

EMPTY = """
##### No clip is open
Open one from the **Queue** or the **History**. You will see the clip with a box over each face, a line for each
person over time, what was found in words, and where the model looked.
"""


def review() -> None:
    """The page, for whatever its address asks."""
    wanted, job = number("analysis"), number("job")
    with session() as opened:
        stored = analyses.get(opened, wanted) if wanted else None
        row = jobs.get(opened, job) if job else None
    if stored:
        analysed(stored)
    elif row:
        failure(row)
    elif wanted or job:
        gone()
    else:
        nothing_open()


def gone() -> None:
    """The address points at nothing."""
    st.warning("This analysis is not on this desk. The link may be from another desk, or it was removed.")


def nothing_open() -> None:
    """Teach what stands here, and offer the latest."""
    st.markdown(EMPTY)
    with session() as opened:
        latest = history.search(opened, limit=5).rows
    waiting = first_look.waiting(row.media_id for row in latest)
    for row in latest:
        said = UNTOLD if row.media_id in waiting else chip(row.band)
        st.page_link(
            "screens/review.py",
            label=f"{plain(row.name)}  {said}",
            query_params={"analysis": str(row.analysis_id)},
        )


def analysed(stored: StoredAnalysis) -> None:
    """A clip or a picture that was analysed; what was found comes after the first look, where one is asked for."""
    line = header(stored)
    if first_look.waiting([stored.media_id]):
        first_look.ask(stored)
        return
    with line:
        actions(stored)
    card = card_of(settings(), stored.evidence.model.sha256, stored.created_at)
    kept = shots(stored.pictures)
    start_at(stored, kept)
    (picture_body if stored.evidence.media.kind == "image" else clip_body)(stored, card, kept)
    judgement(stored)
    sections(stored, card)


def header(stored: StoredAnalysis) -> DeltaGenerator:
    """What is being looked at, in one line; gives the line, for what can be done with it."""
    info = stored.evidence.media
    length = span(info.duration) if info.duration is not None else "picture"
    line = st.container(horizontal=True, vertical_alignment="center")
    with line:
        st.page_link("screens/queue.py", label="Queue", icon=":material/arrow_back:")
        st.markdown(f"**{plain(info.name)}**", width="content")
        st.caption(f"{length} · {info.width} × {info.height} · sha256 {short(info.sha256)}", width="stretch")
        if stored.origin == "example":
            st.badge(
                "Example", color="gray", help="A free portrait, or its twin that we manipulated ourselves."
            )
    return line


def actions(stored: StoredAnalysis) -> None:
    """What can be done with the whole analysis: each a button or a menu, in the header's line."""
    case_menu(stored)
    learning_menu("media", stored.media_id)
    hold_menu(f"media:{stored.media_id}")
    export_menu("analysis", stored.id)


def judgement(stored: StoredAnalysis) -> None:
    """What people say of the file, below the evidence and never mixed with it."""
    verdict_panel(stored)


def start_at(stored: StoredAnalysis, kept: list[Shot]) -> None:
    """Once for each analysis: the moment of the link, else the frame that weighs most."""
    if st.session_state.get("moment_of") == stored.id:
        return
    st.session_state.moment_of = stored.id
    go(asked("t", "person") or heaviest(stored, kept))


def go(moment: Moment) -> None:
    """Take the player to a moment."""
    st.session_state.moment = moment
    st.session_state.seek = moment
    st.session_state.seek_id = st.session_state.get("seek_id", 0) + 1


def heard(moment: Moment) -> None:
    """The player was taken to a moment by hand."""
    st.session_state.moment = moment


@st.fragment
def clip_body(stored: StoredAnalysis, card: Card | None, kept: list[Shot]) -> None:
    """Player and scores on the left, evidence on the right."""
    user()  # this part runs again on its own, also after somebody was shut out
    moment, people = remember(), who_filter(stored.evidence)
    shown = only(stored.evidence, people)
    left, right = st.columns([1.75, 1], gap="medium")
    with left:
        player(stored.id, shown, st.session_state.seek, st.session_state.seek_id, heard, people)
        ways_on(stored)
        if shown.tracks:
            scores(stored.id, shown, card)
    with right:
        findings(stored.evidence, shown, card, kept, moment)
    notes_panel(stored, moment, go)


@st.fragment
def picture_body(stored: StoredAnalysis, card: Card | None, kept: list[Shot]) -> None:
    """A still: the picture with its faces, the evidence, and the face under its heatmap."""
    user()  # this part runs again on its own, also after somebody was shut out
    moment, people = remember(), who_filter(stored.evidence)
    shown = only(stored.evidence, people)
    left, right = st.columns([1.4, 1], gap="medium")
    with left:
        player(stored.id, shown, st.session_state.seek, st.session_state.seek_id, heard, people)
        ways_on(stored)
    with right:
        findings(stored.evidence, shown, card, kept, moment)
    notes_panel(stored, moment, go)


def ways_on(stored: StoredAnalysis) -> None:
    """The ways to see it beside something else, and to have it looked at again."""
    info = stored.evidence.media
    words = "Beside another file" if info.kind == "image" else "Beside another moment, or another file"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link("screens/compare.py", label=words, icon=":material/compare:", width="content",
                     query_params={"a": str(stored.id), "b": str(stored.id)})  # fmt: skip
        if allowed(user(), "run"):
            again_button([(stored.media_id, info.name)], "tertiary")


def findings(whole: Evidence, shown: Evidence, card: Card | None, kept: list[Shot], moment: Moment) -> None:
    """What was found, of the whole as far as it is `shown`, and in the face at the moment."""
    with st.container(border=True):
        evidence_panel(whole, shown, card, go)
    if shown.tracks:
        with st.container(border=True):
            person_panel(shown, kept, moment)


def remember() -> Moment:
    """The moment looked at, written into the address so that it can be sent to somebody."""
    moment: Moment = st.session_state.moment
    write(moment, "t", "person")
    return moment


def scores(analysis_id: int, shown: Evidence, card: Card | None) -> None:
    """Score over time; a click on a point goes there."""
    key = f"scores-{analysis_id}"

    def chosen() -> None:
        points = st.session_state[key].selection.points
        if points:
            go(Moment(float(points[0]["x"]), points[0]["customdata"][0]))

    st.markdown("###### Score over time")
    st.plotly_chart(
        score_chart(shown, thresholds(shown.media.kind, card)),
        key=key,
        on_select=chosen,
        selection_mode="points",
        config={"displayModeBar": False},
        alt="Score of every judged frame over time, a line for each person",
    )
    st.caption("Click a point to go there. Bands are for a person as a whole: one high frame proves little.")


def sections(stored: StoredAnalysis, card: Card | None) -> None:
    """What else is known. Only the section that is open is computed."""
    tabs = st.tabs(list(SECTIONS), key="section", on_change="rerun")
    for tab, show in zip(tabs, SECTIONS.values(), strict=True):
        if tab.open:
            with tab:
                show(stored, card)


def people(stored: StoredAnalysis, _card: Card | None) -> None:
    """The people of the clip, a line each."""
    people_table(stored.evidence)


def file(stored: StoredAnalysis, _card: Card | None) -> None:
    """What the file is and says of itself."""
    with session() as opened:
        names = media.names(opened, stored.evidence.media.sha256)
    file_facts(stored.evidence.media, names)


def provenance(stored: StoredAnalysis, _card: Card | None) -> None:
    """Where the file comes from, as far as it says."""
    provenance_panel(stored.media_id)


def before(stored: StoredAnalysis, _card: Card | None) -> None:
    """Whether it, or a near copy, was met before."""
    seen_before(stored)


def elsewhere(stored: StoredAnalysis, _card: Card | None) -> None:
    """How to look for it outside this desk."""
    reverse_search(stored)


def detector(_stored: StoredAnalysis, card: Card | None) -> None:
    """The card of the weights that spoke."""
    if card:
        model_card(card)
    else:
        st.caption("The folder of these weights is gone from this desk.")


# A section is a line: its title, and a function that shows it.
SECTIONS: dict[str, Callable[[StoredAnalysis, Card | None], None]] = {
    "People": people,
    "File": file,
    "Provenance": provenance,
    "Seen before": before,
    "Reverse search": elsewhere,
    "Model card": detector,
}


review()
