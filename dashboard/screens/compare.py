"""Compare: two analyses side by side, or two moments of one. The address holds all, so that it can be sent."""

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from core.judgement.bands import CAUTIONS, meaning
from core.settings import settings
from dashboard.components import first_look
from dashboard.components.band import UNTOLD, chip, headline
from dashboard.components.evidence_panel import figures
from dashboard.components.flush import flush
from dashboard.components.moments import asked, heaviest, number, write
from dashboard.components.person_panel import person_panel
from dashboard.components.player import Moment, Place, player
from dashboard.components.wording import plain, short, span
from dashboard.feed import Shot, shots
from dashboard.who import user
from db import analyses, history
from db.analyses import StoredAnalysis
from db.history import Filter
from db.session import session
from pipelines.cards import card_of
from pipelines.statements import REASONS

Name = Literal["a", "b"]
FARTHEST = 4 * 3600.0  # s between the two clips
SHOWN = 8  # matches offered at once
NOTHING = """
##### Nothing to compare yet
Tick two rows in the **History**, or choose **Beside another moment, or another file** under the player of an
analysis: two clips then stand side by side, such as an original beside a copy of it, or two moments of one clip.
"""
GONE = "One of the two analyses is not on this desk. The link may be from another desk, or it was removed."
FIRST = "Say first what you take it for. Until then nothing that was found in it is shown here."
LOOKED = "You have looked at it"
TOGETHER = "What one player does, the other does too."
OFFSET = "The time on the right less the time on the left, where both show the same moment; below 0, the left is ahead."


@dataclass(frozen=True)
class Side:
    """One of the two analyses, and where somebody looks in it."""

    name: Name
    stored: StoredAnalysis
    kept: list[Shot]

    @property
    def moving(self) -> bool:
        """Whether it has a time at all."""
        return self.stored.evidence.media.kind != "image"

    @property
    def moment(self) -> Moment:
        """Where it stands."""
        found: Moment = st.session_state[f"moment-{self.name}"]
        return found

    def heard(self, moment: Moment) -> None:
        """The player was taken to a moment by hand."""
        st.session_state[f"moment-{self.name}"] = moment
        self.note()

    def go(self, moment: Moment) -> None:
        """Take the player to a moment."""
        self.heard(moment)
        st.session_state[f"seek-{self.name}"] = moment
        st.session_state[f"seek-id-{self.name}"] = st.session_state.get(f"seek-id-{self.name}", 0) + 1

    def note(self) -> None:
        """Write where it stands into the address."""
        write(self.moment, f"{self.name}t", f"{self.name}p")

    def begin(self) -> None:
        """To the moment of the link, else to the frame that weighs most; whoever is there already stays."""
        wanted = asked(f"{self.name}t", f"{self.name}p")
        here = st.session_state.get(f"moment-of-{self.name}") == self.stored.id
        if here and (wanted is None or wanted.time == round(self.moment.time, 3)):
            return
        st.session_state[f"moment-of-{self.name}"] = self.stored.id
        self.go(wanted or heaviest(self.stored, self.kept))


def compare() -> None:
    """The page, for whatever its address asks."""
    ids = number("a"), number("b")
    with session() as opened:
        found = [analyses.get(opened, one) if one is not None else None for one in ids]
    st.markdown("## Side by side")
    left, right = found
    if ids == (None, None):
        st.markdown(NOTHING)
    elif left is None or right is None:
        st.warning(GONE)
    elif waiting := first_look.waiting([left.media_id, right.media_id]):
        look_first(left, right, waiting)
    else:
        sides = Side("a", left, shots(left.pictures)), Side("b", right, shots(right.pictures))
        for side in sides:
            side.begin()
        both(*sides)


def look_first(left: StoredAnalysis, right: StoredAnalysis, waiting: set[int]) -> None:
    """The way to the first look for each file that still wants one, or to another file in its place."""
    st.markdown(FIRST)
    named: tuple[tuple[Name, StoredAnalysis], ...] = (("a", left), ("b", right))
    for name, stored in named:
        with st.container(horizontal=True, vertical_alignment="center", key=f"about-{name}"):
            flush(f"about-{name}")
            st.page_link("screens/review.py", label=f"**{plain(stored.evidence.media.name)}**",
                         query_params={"analysis": str(stored.id)})  # fmt: skip
            st.markdown(UNTOLD if stored.media_id in waiting else f":small[:gray[{LOOKED}]]", width="stretch")
            swap(name)


@st.fragment
def both(left: Side, right: Side) -> None:
    """The two, and how they are tied."""
    user()  # this part runs again on its own, also after somebody was shut out
    # Both, whichever was moved: where two players move at once, the second word from the browser still brings the old
    # address of the first.
    for side in (left, right):
        side.note()
    offset = tie(left, right) if left.moving and right.moving else None
    for side, column in zip((left, right), st.columns(2, gap="medium"), strict=True):
        with column:
            about(side)
            place = Place(side.name, side.name == "a", None if offset is None else offset * (side.name == "b"))
            seek, seek_id = st.session_state[f"seek-{side.name}"], st.session_state[f"seek-id-{side.name}"]
            player(side.stored.id, side.stored.evidence, seek, seek_id, side.heard, place=place)
            evidence(side)


def tie(left: Side, right: Side) -> float | None:
    """Whether both move together, and how far apart, s; None where each goes on its own."""

    def align() -> None:
        if st.session_state.together:
            apart = st.session_state.offset or 0.0
            right.go(Moment(max(0.0, left.moment.time + apart), right.moment.person))

    def take() -> None:
        st.session_state.offset = round(right.moment.time - left.moment.time, 3)
        st.session_state.together = True

    with st.container(horizontal=True, vertical_alignment="bottom"):
        tied = st.toggle("Move together", key="together", help=TOGETHER, on_change=align, bind="query-params")
        apart = st.number_input("Right is ahead by, s", -FARTHEST, FARTHEST, None, 0.04, "%.3f", key="offset",
                                placeholder="0", help=OFFSET, on_change=align, bind="query-params",
                                width=220)  # fmt: skip
        st.button("Lock them where they stand", icon=":material/lock:", on_click=take)
    return (apart or 0.0) if tied else None


def about(side: Side) -> None:
    """Which file this is, and a way to put another in its place."""
    info = side.stored.evidence.media
    length = span(info.duration) if info.duration is not None else "picture"
    with st.container(horizontal=True, vertical_alignment="center", key=f"about-{side.name}"):
        flush(f"about-{side.name}")
        st.page_link("screens/review.py", label=f"**{plain(info.name)}**",
                     query_params={"analysis": str(side.stored.id), "t": f"{side.moment.time:.3f}"})  # fmt: skip
        st.caption(f"{length} · {info.width} × {info.height} · sha256 {short(info.sha256)}", width="stretch")
        swap(side.name)


def swap(name: Name) -> None:
    """Put another file on this side."""
    with st.popover("Another", icon=":material/swap_horiz:", key=f"swap-{name}"):
        another(name)


def another(name: Name) -> None:
    """Find what to show on this side instead. Of a file that wants a first look, nothing but its name is told."""
    text = st.text_input("Find an analysed file", placeholder="Part of a name, or the beginning of a hash",
                         type="search", key=f"find-{name}", live=True)  # fmt: skip
    with session() as opened:
        rows = history.search(opened, Filter(text or ""), limit=SHOWN).rows
    hidden = first_look.waiting(row.media_id for row in rows)
    for row in rows:
        said = UNTOLD if row.media_id in hidden else chip(row.band)
        query = {"a": st.query_params["a"], "b": st.query_params["b"]} | {name: str(row.analysis_id)}
        st.page_link("screens/compare.py", label=f"{plain(row.name)}  {said}", query_params=query)
    if not rows:
        st.caption("Nothing fits. Search for less, or for another part of the name.")


def evidence(side: Side) -> None:
    """What was found in the whole, and in the face at the moment."""
    found = side.stored.evidence
    card = card_of(settings(), found.model.sha256, side.stored.created_at)
    with st.container(border=True):
        st.caption("MACHINE EVIDENCE")
        st.markdown(headline(found.band))
        if found.raw_score is not None and card is not None:
            thresholds = card.scales[found.media.kind].thresholds
            st.markdown(f"**{plain(meaning(found.raw_score, found.media.kind, thresholds))}**")
        st.markdown(CAUTIONS[found.band])
        for reason in (one.text for one in found.findings if one.code in REASONS):
            st.markdown(plain(reason))
        st.caption(figures(found))
    if found.tracks:
        with st.container(border=True):
            person_panel(found, side.kept, side.moment, f"lens-{side.name}")


compare()
