"""The files of the watched folder: which have stopped growing, who has one in hand, which are done with.

Moments are the database's own, as with workers: the clocks of machines differ.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from db.models_intake import WatchedFile
from db.session import moment

AT_ONCE = 500  # keys in one statement


@dataclass(frozen=True)
class Stamp:
    """By what one sees that a file has changed: its size, and when it was last written to (ns)."""

    bytes: int
    changed_ns: int


@dataclass(frozen=True)
class Seen:
    """What a look at the folder comes to, as keys: those that nobody has to look at again, and those to take in."""

    ended: frozenset[str]
    due: tuple[str, ...]


def see(session: Session, found: Mapping[str, Stamp], quiet: timedelta) -> Seen:
    """Write down what is in the folder. A file is due once it stayed the same for as long as `quiet`.

    Raises:
        sqlalchemy.exc.IntegrityError: another worker wrote down the same at this moment. Look again later.
    """
    at, ended, due = moment(session), [], []
    rows = {row.path_sha256: row for row in _rows(session, found)}
    for key, stamp in found.items():
        row = rows.get(key)
        if row is None or (row.bytes, row.changed_ns) != (stamp.bytes, stamp.changed_ns):
            row = row or WatchedFile(path_sha256=key)
            row.bytes, row.changed_ns, row.since, row.tries = stamp.bytes, stamp.changed_ns, at, 0
            row.held_by = row.not_before = row.ended_at = None
            session.add(row)
        elif row.ended_at:
            ended.append(key)
        if (
            row.ended_at is None
            and at - row.since >= quiet
            and (row.not_before is None or row.not_before <= at)
        ):
            due.append(key)
    return Seen(frozenset(ended), tuple(due))


def forget_vanished(session: Session, there: Collection[str]) -> None:
    """Files that went away before they were taken in are waited for no longer."""
    waited_for = session.scalars(select(WatchedFile.path_sha256).where(WatchedFile.ended_at.is_(None)))
    gone = [key for key in waited_for if key not in there]
    for some in _batches(gone):
        never_taken = WatchedFile.path_sha256.in_(some), WatchedFile.ended_at.is_(None)
        session.execute(delete(WatchedFile).where(*never_taken))


def claim(session: Session, key: str, stamp: Stamp, worker: str, alive: Iterable[str]) -> int | None:
    """Take a file in hand, unless another worker that lives has it; gives which try this is."""
    gone = or_(
        WatchedFile.held_by.is_(None), WatchedFile.held_by == worker, WatchedFile.held_by.not_in(list(alive))
    )
    taken = update(WatchedFile).where(*_open(key, stamp), gone)
    return session.scalar(
        taken.values(held_by=worker, tries=WatchedFile.tries + 1).returning(WatchedFile.tries)
    )


def let_go(session: Session, key: str, worker: str, wait: timedelta = timedelta()) -> None:
    """Have it no longer in hand; after this wait it may be tried again."""
    held = WatchedFile.path_sha256 == key, WatchedFile.held_by == worker
    session.execute(update(WatchedFile).where(*held).values(held_by=None, not_before=moment(session) + wait))


def end(session: Session, key: str, stamp: Stamp) -> bool:
    """It is taken in or refused, in the caller's transaction; says no where that was done, or it changed meanwhile."""
    ending = update(WatchedFile).where(*_open(key, stamp)).values(ended_at=moment(session), held_by=None)
    return bool(session.execute(ending).rowcount)  # type: ignore[attr-defined]


def coming(session: Session) -> int:
    """How many files are there that were neither taken in nor refused."""
    query = select(func.count()).select_from(WatchedFile).where(WatchedFile.ended_at.is_(None))
    return session.scalar(query) or 0


def _open(key: str, stamp: Stamp) -> tuple[ColumnElement[bool], ...]:
    same = WatchedFile.bytes == stamp.bytes, WatchedFile.changed_ns == stamp.changed_ns
    return WatchedFile.path_sha256 == key, *same, WatchedFile.ended_at.is_(None)


def _rows(session: Session, keys: Iterable[str]) -> Iterator[WatchedFile]:
    for some in _batches(keys):
        yield from session.scalars(select(WatchedFile).where(WatchedFile.path_sha256.in_(some)))


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    all_of_them = list(keys)
    return (all_of_them[start : start + AT_ONCE] for start in range(0, len(all_of_them), AT_ONCE))
