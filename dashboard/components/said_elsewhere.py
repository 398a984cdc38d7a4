"""What people of another desk said of a case that it handed on: their words, kept apart from ours."""

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from core.units import clock
from dashboard.components.when import when
from dashboard.components.wording import paragraphs, plain
from db import case_imports
from db.audit import Event
from db.case_file import CaseFile, Exhibit
from db.case_imports import ImportRow
from db.session import session
from db.verdicts import WORDS
from pipelines.keeping.cases.record import CaseRecord, SaidOfFile, kept
from pipelines.reports.dossier import Verdict

TOLD = "It is that desk's word, and nobody's here: no verdict of this desk, and no detector learns from it."


def said_elsewhere(case: CaseFile) -> None:
    """A fold of the page, for a case that came from another desk."""
    with session() as opened:
        row = case_imports.newest(opened, case.id)
    if row is None:
        return
    record = kept(CaseRecord, row.record)
    said = [
        (one, kept(SaidOfFile, row.files[one.media_id])) for one in case.exhibits if one.media_id in row.files
    ]
    name = plain(row.source.desk_name)
    with st.expander(f"What **{name}** said", icon=":material/move_to_inbox:", key="said-elsewhere"):
        st.caption(f"{_came(row)} {TOLD}")
        _answer(record)
        for number, (exhibit, words) in enumerate(said, 1):
            _of_file(number, exhibit, words)
        for comment in record.comments:
            st.caption(f"{plain(comment.by.name)} in the discussion, {when(comment.at)}")
            st.markdown(paragraphs(comment.text))
        _log([*record.custody, *(entry for _, words in said for entry in words.custody)], record)


def _came(row: ImportRow) -> str:
    source = f"case {row.source.number} of the desk {row.source.desk[:12]}"
    return f"Taken in by {plain(row.by.name)}, {when(row.at)}, from {source}."


def _answer(record: CaseRecord) -> None:
    asked = record.request
    if asked.answer and asked.answered_by and asked.answered_at:
        st.caption(f"Answer, signed by {plain(asked.answered_by.name)}, {when(asked.answered_at)}")
        st.markdown(paragraphs(asked.answer))


def _of_file(number: int, exhibit: Exhibit, words: SaidOfFile) -> None:
    lines = [*map(_verdict, words.verdicts), *_notes(words)]
    if lines:
        st.markdown(f"**{number} · {plain(exhibit.name)}**")
        st.markdown("\n".join(f"- {line}" for line in lines))


def _verdict(one: Verdict) -> str:
    words = " and sound: ".join(WORDS.get(judged, judged) for judged in (one.picture, one.sound) if judged)  # type: ignore[call-overload]
    standing = [f"{opinion.stance}ed by {opinion.by.name}" for opinion in one.opinions]
    standing += [f"signed off by {one.signed_by.name}"] if one.signed_by else []
    became = "" if one.current else "earlier verdict: "
    told = f"{became}{words}, {one.confidence} confidence, by {one.by.name}"
    return f"{plain('; '.join([told, *standing]))}, {when(one.at)}: {plain(one.reason)}"


def _notes(words: SaidOfFile) -> Iterator[str]:
    for notes in words.notes.values():
        for note in notes:
            about = f", person {note.track}" if note.track else ""
            yield plain(f"note at {clock(note.time)}{about}, by {note.by.name}: {note.text}")


def _log(entries: list[Event], record: CaseRecord) -> None:
    st.caption(
        f"That desk's log about it: {len(entries)} of {record.entries:,} entries. Its newest seal was {record.head}."
    )
    rows = [
        {"Entry": one.number, "When": one.at, "Who": one.actor, "What": one.action, "About": one.subject,
         "Seal": one.sha256, "Seal before": one.previous}
        for one in sorted(entries, key=lambda one: one.number)
    ]  # fmt: skip
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=240)
