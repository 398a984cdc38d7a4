"""Cases: a question, the exhibits that bear on it, who works on it, and what was answered.

What a whole case holds is read by `db.case_file`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from db import audit, media, models_people
from db.models import Analysis, Media, now
from db.models_people import Case, CaseComment, CaseItem, CaseTag
from db.rights import User, require

LONGEST = 10_000  # characters of a text
TITLE = 200
MOST_TAGS = 20


@dataclass(frozen=True)
class Asked:
    """What a case is about, as somebody writes it down."""

    title: str
    question: str = ""
    requester: str = ""
    deadline: datetime | None = None
    tags: tuple[str, ...] = ()
    assignees: tuple[int, ...] = ()  # ids of users


def start(session: Session, actor: User, asked: Asked) -> int:
    """Open a case; gives its id.

    Raises:
        NotAllowed: the actor may not work on cases.
        TelltaleError: `bad_case`.
    """
    require(actor, "work_on_cases")
    row = Case(opened_by_id=actor.id)
    _write(session, row, asked)
    session.add(row)
    session.flush()
    _record(session, actor, "case.opened", row, **_told(row, asked))
    return row.id


def change(session: Session, actor: User, case_id: int, asked: Asked) -> None:
    """Write down anew what a case is about.

    Raises:
        NotAllowed: the actor may not work on cases.
        TelltaleError: `bad_case`, `no_case`, `case_closed`.
    """
    row = _open(session, actor, case_id)
    _write(session, row, asked)
    _touch(row)
    session.flush()
    _record(session, actor, "case.changed", row, **_told(row, asked))


def add_item(
    session: Session, actor: User, case_id: int, media_id: int, analysis_id: int | None = None
) -> None:
    """Attach a file, with the analysis that counts where one is named. One that is there already gets this analysis.

    Raises:
        NotAllowed: the actor may not work on cases.
        TelltaleError: `bad_item`, `no_case`, `case_closed`.
    """
    require(actor, "work_on_cases")
    media.lock(session, media_id)
    audit.be_alone(session)
    row = _open(session, actor, case_id)
    _check_item(session, media_id, analysis_id)
    item = session.scalar(select(CaseItem).where(CaseItem.case_id == case_id, CaseItem.media_id == media_id))
    if item is not None and analysis_id in (None, item.analysis_id):
        return
    if item is None:
        last = session.scalar(select(func.max(CaseItem.position)).where(CaseItem.case_id == case_id)) or 0
        item = CaseItem(case_id=case_id, media_id=media_id, position=last + 1, added_by_id=actor.id)
        session.add(item)
    item.analysis_id = analysis_id
    _touch(row)
    session.flush()
    _record(session, actor, "case.item_added", row, media=media_id, analysis=analysis_id)


def require_open(session: Session, actor: User, case_id: int) -> None:
    """Goes on only where the actor may put something into this case.

    Raises:
        NotAllowed: the actor may not work on cases.
        TelltaleError: `no_case`, `case_closed`.
    """
    _open(session, actor, case_id)


def remove_item(session: Session, actor: User, case_id: int, media_id: int) -> None:
    """Take a file out of a case; the file itself stays on the desk.

    Raises:
        NotAllowed: the actor may not work on cases.
        TelltaleError: `bad_item`, `no_case`, `case_closed`.
    """
    row = _open(session, actor, case_id)
    session.delete(_item(session, case_id, media_id))
    _touch(row)
    _record(session, actor, "case.item_removed", row, media=media_id)


def move_item(session: Session, actor: User, case_id: int, media_id: int, steps: int) -> None:
    """Move an exhibit up (negative) or down in the order.

    Raises:
        NotAllowed: the actor may not work on cases.
        TelltaleError: `bad_item`, `no_case`, `case_closed`.
    """
    row = _open(session, actor, case_id)
    moved = _item(session, case_id, media_id)
    ordered = list(session.scalars(_items(case_id)))
    place = ordered.index(moved)
    ordered.insert(max(0, min(len(ordered) - 1, place + steps)), ordered.pop(place))
    for position, item in enumerate(ordered, 1):
        item.position = position
    _touch(row)
    _record(session, actor, "case.item_moved", row, media=media_id, position=moved.position)


def comment(session: Session, actor: User, case_id: int, text: str) -> None:
    """Say something in the discussion.

    Raises:
        NotAllowed: the actor may not work on cases.
        TelltaleError: `bad_case`, `no_case`, `case_closed`.
    """
    row = _open(session, actor, case_id)
    if not text.strip() or len(text) > LONGEST:
        raise TelltaleError("bad_case", f"Say something, in at most {LONGEST:,} characters.")
    session.add(CaseComment(case_id=case_id, user_id=actor.id, text=text.strip()))
    _touch(row)
    _record(session, actor, "case.comment", row, text=text.strip())


def answer(session: Session, actor: User, case_id: int, text: str) -> None:
    """An editor signs the answer to the question. Another answer takes its place; the log keeps the first.

    Raises:
        NotAllowed: the actor is no editor.
        TelltaleError: `bad_case`, `no_case`, `case_closed`.
    """
    require(actor, "sign_off")
    row = _open(session, actor, case_id)
    if not text.strip() or len(text) > LONGEST:
        raise TelltaleError("bad_case", f"An answer has words, and at most {LONGEST:,} characters.")
    row.answer, row.answered_by_id, row.answered_at = text.strip(), actor.id, now()
    _touch(row)
    _record(session, actor, "case.answered", row, answer=row.answer)


def close(session: Session, actor: User, case_id: int) -> None:
    """Close a case: nothing in it changes until it is reopened.

    Raises:
        NotAllowed: the actor may not work on cases.
        TelltaleError: `no_case`, `case_closed`.
    """
    row = _open(session, actor, case_id)
    row.status, row.closed_at = "closed", now()
    _touch(row)
    _record(session, actor, "case.closed", row)


def reopen(session: Session, actor: User, case_id: int) -> None:
    """Open a closed case again; one that is open stays as it is.

    Raises:
        NotAllowed: the actor may not work on cases.
        TelltaleError: `no_case`.
    """
    require(actor, "work_on_cases")
    row = _known(session, case_id)
    if row.status == "closed":
        row.status, row.closed_at = "open", None
        _touch(row)
        _record(session, actor, "case.reopened", row)


def _known(session: Session, case_id: int) -> Case:
    row = session.get(Case, case_id)
    if row is None:
        raise TelltaleError("no_case", "There is no such case on this desk.")
    return row


def _open(session: Session, actor: User, case_id: int) -> Case:
    require(actor, "work_on_cases")
    row = _known(session, case_id)
    if row.status == "closed":
        raise TelltaleError("case_closed", "This case is closed. Reopen it to change anything.")
    return row


def _write(session: Session, row: Case, asked: Asked) -> None:
    title = " ".join(asked.title.split())
    if not title or len(title) > TITLE:
        raise TelltaleError("bad_case", f"A case needs a title, of at most {TITLE} characters.")
    if max(len(asked.question), len(asked.requester)) > LONGEST:
        raise TelltaleError("bad_case", f"A text has at most {LONGEST:,} characters.")
    row.title, row.title_folded = title, title.casefold()
    row.question, row.requester = asked.question.strip(), asked.requester.strip()
    row.deadline = asked.deadline
    wanted = _tags(asked.tags)
    kept = {tag.tag: tag for tag in row.tags}
    row.tags = [kept.get(tag) or CaseTag(tag=tag) for tag in wanted]
    row.assignees = _people(session, asked.assignees)


def _tags(tags: Sequence[str]) -> list[str]:
    kept = sorted({" ".join(tag.split()).casefold() for tag in tags} - {""})
    if len(kept) > MOST_TAGS or any(len(tag) > 50 for tag in kept):
        raise TelltaleError("bad_case", f"At most {MOST_TAGS} tags, of at most 50 characters each.")
    return kept


def _people(session: Session, ids: Sequence[int]) -> list[models_people.User]:
    found = list(session.scalars(select(models_people.User).where(models_people.User.id.in_(ids))))
    if len(found) != len(set(ids)):
        raise TelltaleError("bad_case", "Somebody whom you named is not at this desk.")
    return found


def _check_item(session: Session, media_id: int, analysis_id: int | None) -> None:
    if session.get(Media, media_id) is None:
        raise TelltaleError("bad_item", "The desk does not hold this file.")
    analysed = select(Analysis.media_id).where(Analysis.id == analysis_id)
    if analysis_id is not None and session.scalar(analysed) != media_id:
        raise TelltaleError("bad_item", "This analysis is of another file.")


def _item(session: Session, case_id: int, media_id: int) -> CaseItem:
    item = session.scalar(select(CaseItem).where(CaseItem.case_id == case_id, CaseItem.media_id == media_id))
    if item is None:
        raise TelltaleError("bad_item", "This file is not in the case.")
    return item


def _items(case_id: int) -> Select[CaseItem]:
    return select(CaseItem).where(CaseItem.case_id == case_id).order_by(CaseItem.position, CaseItem.id)


def _touch(row: Case) -> None:
    row.changed_at = now()


def _told(row: Case, asked: Asked) -> dict[str, object]:
    return {
        "title": row.title,
        "question": row.question,
        "requester": row.requester,
        "deadline": row.deadline.isoformat() if row.deadline else None,
        "tags": _tags(asked.tags),
        "assignees": sorted(asked.assignees),
    }


def _record(session: Session, actor: User, action: str, row: Case, **details: object) -> None:
    audit.record(session, actor, action, f"case:{row.id}", **details)
