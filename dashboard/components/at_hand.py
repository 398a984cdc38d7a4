"""The job at hand: a line of the Queue that has a mark, which keys move, and which keys are about."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.components.inline import inline

KEYS = """
| Key | What it does |
|---|---|
| N, P | to the next job, and to the one before; on to the next page too |
| O | opens its page: what was found, or how it stands |
| U | makes a job that waits urgent |
| S | pauses a job that waits, and resumes it |
| X | cancels a job |
| T | tries a job again that failed or was cancelled |

They are about the job with the mark, and do nothing while you write in a field.
"""
MARK = "<style>.st-key-job-{} {{ outline: 2px solid currentColor; outline-offset: -1px; }}</style>"
AT_HAND = "at-hand"  # the key of the state where the mark is
PAGE = "queue_page"  # the pager's own

_line = inline("at_hand")


@dataclass(frozen=True)
class Mark:
    """On which job the mark is, and in which place of the page. A job that is gone leaves its place."""

    job: int | None  # None: on whatever stands in this place of a page that was just turned to
    place: int = 0


def moved(mark: Mark | None, shown: Sequence[int], step: int) -> Mark:
    """The mark one job on (1) or back (-1) among those shown. Its place is beyond them where the page must turn."""
    if mark is None:
        place = 0
    elif mark.job in shown:
        place = shown.index(mark.job) + step
    else:
        place = mark.place if step > 0 else mark.place - 1
    return Mark(shown[place] if 0 <= place < len(shown) else None, place)


def at_hand(shown: Sequence[int]) -> int | None:
    """The id of the job at hand; None where there is none, or it is not shown."""
    mark: Mark | None = st.session_state.get(AT_HAND)
    if mark is None or not shown:
        return None
    job = shown[mark.place] if mark.job is None else mark.job
    if job not in shown:
        return None
    st.session_state[AT_HAND] = Mark(job, shown.index(job))
    return job


def walk(shown: Sequence[int], page: int, pages: int) -> None:
    """The buttons from job to job, with their keys, and what other keys there are.

    A press is now and then delivered twice, when a refresh falls together with it. So it counts from where the mark was
    drawn, and the buttons are other ones wherever it is: the second of the two finds nothing to move.
    """
    at_hand(shown)
    mark: Mark | None = st.session_state.get(AT_HAND)
    for words, icon, key, step in (("Previous", "arrow_upward", "p", -1), ("Next", "arrow_downward", "n", 1)):
        st.button(
            words, icon=f":material/{icon}:", shortcut=key, type="tertiary", key=f"walk-{key}-{mark}",
            disabled=not shown, on_click=_move, args=(mark, tuple(shown), step, page, pages),
        )  # fmt: skip
    with st.popover("Keys", icon=":material/keyboard:", type="tertiary"):
        st.markdown(KEYS)


def show(job_id: int | None) -> None:
    """Draw the mark, bring it into view when it was moved, and let O open the line that has it."""
    if job_id is not None:
        st.html(MARK.format(job_id))
    _line(key="line", data={"at": job_id})


def _move(drawn: Mark | None, shown: Sequence[int], step: int, page: int, pages: int) -> None:
    mark = moved(drawn, shown, step)
    if mark.job is None:
        if not 1 <= page + step <= pages:
            return
        st.session_state[PAGE], mark = page + step, Mark(None, 0 if step > 0 else -1)
    st.session_state[AT_HAND] = mark
