"""Data versions: fixed lists of labelled files, known by the hash of their manifest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from db import audit
from db.models_learning import DataOrigin, DataVersion
from db.rights import User, require


@dataclass(frozen=True)
class DataVersionRow:
    """One data version; its files stand in the manifest of this hash."""

    id: int
    sha256: str
    origin: DataOrigin
    name: str
    counts: dict[str, Any]
    left_out: tuple[dict[str, str], ...]  # sha256, name, code, why
    parents: tuple[str, ...]
    gone: tuple[str, ...]  # sha256 of its files that were deleted since
    made_by: str
    created_at: datetime


@dataclass(frozen=True)
class Made:
    """A data version as it comes from the workshop."""

    sha256: str
    origin: DataOrigin
    name: str
    counts: dict[str, Any]
    left_out: tuple[dict[str, str], ...]
    parents: tuple[str, ...] = ()


def keep(session: Session, actor: User, made: Made) -> DataVersionRow:
    """Keep a data version; the same list made again is the same version.

    Raises:
        NotAllowed: the actor may not say what a detector is trained on.
    """
    require(actor, "change_models")
    if known := by_sha256(session, made.sha256):
        return known
    row = DataVersion(
        sha256=made.sha256,
        origin=made.origin,
        name=made.name,
        counts=made.counts,
        left_out=list(made.left_out),
        parents=list(made.parents),
        made_by_id=actor.id,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "data_version.made", f"data_version:{row.id}", manifest=row.sha256, name=row.name,
                 origin=row.origin, parents=row.parents, left_out=len(made.left_out))  # fmt: skip
    return _row(session.scalars(_whole().where(DataVersion.id == row.id)).one())


def lose(session: Session, actor: User, version_id: int, sha256: str) -> None:
    """Note that a file of a version was deleted: the same list can't be learned from whole again."""
    row = session.get_one(DataVersion, version_id)
    if sha256 not in row.gone:
        row.gone = [*row.gone, sha256]
        audit.record(session, actor, "data_version.lost_a_file", f"data_version:{row.id}", sha256=sha256)


def unname(session: Session, version_id: int, sha256: str) -> None:
    """Take the name of a deleted file off the list of those that were left out; its hash and the reason stay."""
    row = session.get_one(DataVersion, version_id)
    row.left_out = [one | {"name": ""} if one["sha256"] == sha256 else one for one in row.left_out]


def by_sha256(session: Session, sha256: str) -> DataVersionRow | None:
    """The version with this manifest; None where there is none."""
    row = session.scalar(_whole().where(DataVersion.sha256 == sha256))
    return None if row is None else _row(row)


def versions(session: Session, *origins: DataOrigin) -> Sequence[DataVersionRow]:
    """All versions of these origins, or of all, newest first."""
    query = _whole().order_by(DataVersion.id.desc())
    if origins:
        query = query.where(DataVersion.origin.in_(origins))
    return [_row(row) for row in session.scalars(query)]


def _whole() -> Select[DataVersion]:
    return select(DataVersion).options(joinedload(DataVersion.made_by))


def _row(row: DataVersion) -> DataVersionRow:
    return DataVersionRow(
        id=row.id,
        sha256=row.sha256,
        origin=row.origin,
        name=row.name,
        counts=row.counts,
        left_out=tuple(row.left_out),
        parents=tuple(row.parents),
        gone=tuple(row.gone),
        made_by=row.made_by.login,
        created_at=row.created_at,
    )
