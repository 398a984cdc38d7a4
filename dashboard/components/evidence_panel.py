"""What the machine found, in the order to read it: words, meaning, reasons, limits, and the figure last."""

from collections.abc import Callable

import streamlit as st

from core.detectors.card import Card
from core.evidence import Evidence, Finding
from core.judgement.bands import CAUTIONS, meaning
from core.units import clock
from dashboard.components.band import headline
from dashboard.components.player import Moment
from dashboard.components.wording import plain
from pipelines.statements import REASONS, judge, quotable

APART = 0.02  # s: the player stands in the middle of a frame, not at its time


def evidence_panel(whole: Evidence, found: Evidence, card: Card | None, go: Callable[[Moment], None]) -> None:
    """Machine evidence of one clip, as `found` on those who are shown. `go` takes the player to a moment.

    What is quoted is of the `whole`: a reader can't see who was hidden.
    """
    st.caption("MACHINE EVIDENCE")
    st.markdown(headline(found.band))
    if found.raw_score is not None and card is not None:
        said = meaning(found.raw_score, found.media.kind, card.scales[found.media.kind].thresholds)
        st.markdown(f"**{plain(said)}**")
    st.markdown(CAUTIONS[found.band])
    _steps(found.findings, go)
    ways = None if found.media.kind == "image" else go  # a picture has one moment, and it is there already
    _list("Why", [finding for finding in found.findings if finding.code in REASONS], ways)
    _list("Limits", [finding for finding in found.findings if finding.code not in REASONS], ways)
    with st.popover("A sentence to quote", icon=":material/format_quote:", type="tertiary"):
        st.code(quotable(whole, card), language=None, wrap_lines=True)
    st.caption(figures(found))
    if card is None:
        st.caption(
            "The card of these weights is no longer on this desk, so the score can't be set against others."
        )


def figures(found: Evidence) -> str:
    """The score, what scored, and on which device."""
    score = "No score" if found.score is None else f"Score {found.score:.2f} of 1"
    return f"{score} · {plain(judge(found))}"


def _steps(findings: tuple[Finding, ...], go: Callable[[Moment], None]) -> None:
    """From finding to finding, in order of time."""
    timed = sorted(
        (Moment(one.start, one.track) for one in findings if one.start is not None), key=lambda one: one.time
    )
    if len({one.time for one in timed}) < 2:
        return
    now = st.session_state.moment.time
    before = [one for one in timed if one.time < now - APART]
    after = [one for one in timed if one.time > now + APART]
    ways_on = (("Previous", "arrow_back", "p", before[-1:]), ("Next finding", "arrow_forward", "n", after[:1]))
    with st.container(horizontal=True, gap="small"):
        for words, icon, shortcut, ways in ways_on:
            st.button(
                words,
                icon=f":material/{icon}:",
                type="tertiary",
                shortcut=shortcut,
                disabled=not ways,
                on_click=go,
                args=(ways[0] if ways else Moment(now),),
            )


def _list(title: str, findings: list[Finding], go: Callable[[Moment], None] | None) -> None:
    if findings:
        st.markdown(f"###### {title}")
    for number, finding in enumerate(findings):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
            st.markdown(plain(finding.text), width="stretch")
            if go and finding.start is not None:
                st.button(
                    clock(finding.start)[:-4],
                    key=f"{title}-{number}",
                    help="Go to this moment",
                    type="tertiary",
                    icon=":material/play_circle:",
                    on_click=go,
                    args=(Moment(finding.start, finding.track),),
                )
