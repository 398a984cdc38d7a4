"""What people hold a file to be: the verdict, who stands by it, what was said before, and the form to give one."""

from typing import get_args

import streamlit as st

from dashboard.components import first_look
from dashboard.components.doing import do, done
from dashboard.components.verdict import COLOUR, MEANINGS, SIGN, SURE, standing
from dashboard.components.when import when
from dashboard.components.wording import paragraphs, plain
from dashboard.who import user
from db import people, verdicts
from db.analyses import StoredAnalysis
from db.models_people import Confidence, Judgement
from db.rights import User, allowed
from db.session import session
from db.verdicts import WORDS, OpinionRow, Said, VerdictRow

EMPTY = "Nobody has judged this file yet. What the machine found is evidence; what the file **is**, somebody must say."
SOUND_AS: dict[Judgement | None, str] = {None: "Not judged"} | dict(WORDS.items())


@st.fragment
def verdict_panel(stored: StoredAnalysis) -> None:
    """The verdict on the file of an analysis, and all that can be done with it."""
    looking = user()
    with session() as opened:
        given = verdicts.history(opened, stored.media_id)
    current = next((one for one in given if one.current), None)
    with st.container(border=True, key="verdict"):
        st.caption("HUMAN VERDICT")
        if current:
            shown(current)
            actions(current, looking)
        else:
            st.markdown(EMPTY)
        first_look.told(stored.media_id)
        if allowed(looking, "judge"):
            with st.expander("Change the verdict" if current else "Give a verdict", icon=":material/gavel:"):
                form(stored, current)
        if older := [one for one in given if not one.current]:
            with st.expander(f"Earlier verdicts ({len(older)})", icon=":material/history:"):
                for one in older:
                    shown(one)


def shown(verdict: VerdictRow) -> None:
    """One verdict with everything that was said about it."""
    words = f"{SIGN} {WORDS[verdict.picture]}"
    st.markdown(f"### :{COLOUR}[{words}]" if verdict.current else f"**{words}** · no longer holds")
    sound = f"Sound: **{WORDS[verdict.sound].lower()}** · " if verdict.sound else ""
    seen = f" · saw analysis {verdict.analysis_id}" if verdict.analysis_id else ""
    st.markdown(f"{sound}{SURE[verdict.confidence].capitalize()} · {standing(verdict)}")
    st.caption(f"{plain(verdict.user.name)} · {when(verdict.at)}{seen}")
    st.markdown(paragraphs(verdict.reason))
    for link in verdict.links:
        st.link_button(short_link(link), link, icon=":material/open_in_new:", type="tertiary")
    for opinion in verdict.opinions:
        st.markdown(said(opinion))
    if verdict.sign_off:
        signed = f"{plain(verdict.sign_off.user.name)} · {when(verdict.sign_off.at)}"
        st.markdown(f":material/verified: **Signed off** by {signed}")


def said(opinion: OpinionRow) -> str:
    """What a second analyst thinks, in a line."""
    icon, verb = (":material/thumb_up:", "confirms") if opinion.stance == "confirm" else (
        ":material/thumb_down:", "dissents")  # fmt: skip
    reason = f": {plain(opinion.reason)}" if opinion.reason else ""
    return f"{icon} **{plain(opinion.user.name)}** {verb}{reason} :gray[· {when(opinion.at)}]"


def short_link(link: str) -> str:
    """An address, short enough for a line."""
    bare = link.partition("://")[2]
    return plain(bare if len(bare) <= 70 else f"{bare[:67]}…")


def actions(verdict: VerdictRow, looking: User) -> None:
    """What somebody else can say to a verdict."""
    alone = looking.login == people.DESK
    if looking.id == verdict.user.id and not alone:
        st.caption("A second analyst can confirm this verdict or dissent from it; an editor signs it off.")
        return
    with st.container(horizontal=True):
        if allowed(looking, "judge") and looking.id != verdict.user.id:
            st.button("Confirm", icon=":material/thumb_up:", on_click=do,
                      args=(verdicts.opine, verdict.id, "confirm"))  # fmt: skip
            with st.popover("Dissent", icon=":material/thumb_down:"):
                dissent(verdict)
        if allowed(looking, "sign_off") and verdict.sign_off is None:
            st.button("Sign off", icon=":material/verified:", type="primary", on_click=do,
                      args=(verdicts.sign_off, verdict.id),
                      help="You stand by this verdict with your name. A new one can still take its place.")  # fmt: skip


def dissent(verdict: VerdictRow) -> None:
    """A dissent says why."""
    with st.form("dissent", border=False, clear_on_submit=True):
        reason = st.text_area("Why do you see it otherwise?")
        if st.form_submit_button("Dissent") and done(verdicts.opine, verdict.id, "dissent", reason):
            st.rerun()


def form(stored: StoredAnalysis, current: VerdictRow | None) -> None:
    """The form of a verdict; it replaces the current one, which stays readable."""
    info = stored.evidence.media
    with st.form(f"verdict-{stored.media_id}", border=False):
        picture = st.radio("The picture is", get_args(Judgement), format_func=WORDS.__getitem__, index=None,
                           captions=[MEANINGS[one] for one in get_args(Judgement)])  # fmt: skip
        sound: Judgement | None = None
        if info.has_audio:
            sound = st.selectbox("The sound is", list(SOUND_AS), format_func=SOUND_AS.__getitem__,
                                 help="Telltale does not analyse sound: say what you heard and checked.")  # fmt: skip
        confidence = st.segmented_control("How sure are you?", get_args(Confidence), default="medium", required=True,
                                          format_func=str.capitalize)  # fmt: skip
        reason = st.text_area("Why", placeholder="What you saw, heard, checked and compared", height=110)
        links = st.text_area("Links that bear it out, one a line", placeholder="https://", height=70)
        sent = st.form_submit_button("Change the verdict" if current else "Give the verdict", type="primary")
    if not sent:
        return
    if picture is None:
        st.error("Say what the picture is.", icon=":material/block:")
        return
    verdict = Said(picture, confidence, reason, sound, tuple(links.splitlines()), stored.id)
    before = current.id if current else None
    if done(verdicts.give, stored.media_id, verdict, before):
        st.rerun()

