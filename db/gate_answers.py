"""What both detectors said about each file at the gate, for people who ask which files made the difference."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from core.evidence import Band
from db import media
from db.models import Analysis, Media, MediaName
from db.models_learning import GateAnswer


@dataclass(frozen=True)
class Answer:
    """One file before both. `media_id` and its newest `analysis_id` are those of a file of the desk, whatever part it
    stands in; one that came with a verdict has no `name` of its own.

    A band is None where the file could not be read, a score where there was nothing to judge.
    """

    part: str
    name: str
    label: str
    method: str
    champion_band: Band | None
    champion_score: float | None
    candidate_band: Band | None
    candidate_score: float | None
    sha256: str = ""
    media_id: int | None = None
    analysis_id: int | None = None

    @property
    def changed(self) -> bool:
        """Whether the candidate puts it into another band."""
        return self.champion_band != self.candidate_band


KEPT = ("part", "label", "method", "champion_band", "champion_score", "candidate_band", "candidate_score")


def hold(session: Session, answers: Iterable[Answer]) -> dict[str, int]:
    """The media ids of those files that the desk holds, by hash: nobody deletes them until the transaction ends.

    Before the log is taken, as with every lock on files (`media.lock`).
    """
    asked = {one.sha256 for one in answers if one.sha256}
    found = _ids(session, asked)
    media.lock(session, *found.values())
    return _ids(session, found)  # without those that were deleted before the lock was ours


def _ids(session: Session, sha256s: Iterable[str]) -> dict[str, int]:
    query = select(Media.sha256, Media.id).where(Media.sha256.in_(list(sha256s)))
    found: dict[str, int] = dict(session.execute(query).all())
    return found


def keep(session: Session, run_id: int, answers: Iterable[Answer], known: dict[str, int]) -> None:
    """With the run that they decided on; `known` is what `hold` gave.

    Of a file of the desk its name is not kept, so that deleting it is enough; of one that the desk doesn't hold and
    that has no name nothing is: it was deleted meanwhile.
    """
    rows = [
        {name: getattr(one, name) for name in KEPT} | {"run_id": run_id, "media_id": known.get(one.sha256),
                                                       "name": "" if one.sha256 in known else one.name}
        for one in answers if one.sha256 in known or one.name
    ]  # fmt: skip
    if rows:
        session.execute(insert(GateAnswer), rows)


def of_run(session: Session, run_id: int) -> list[Answer]:
    """What was said at one gate: files in another band first, then by how far their scores moved."""
    named = select(MediaName.name).where(MediaName.media_id == GateAnswer.media_id).order_by(MediaName.id).limit(1)
    newest = select(func.max(Analysis.id)).where(Analysis.media_id == GateAnswer.media_id)
    query = (
        select(GateAnswer, Media.sha256, named.scalar_subquery(), newest.scalar_subquery())
        .outerjoin(Media, Media.id == GateAnswer.media_id)
        .where(GateAnswer.run_id == run_id)
    )
    found = [_answer(*row) for row in session.execute(query)]
    return sorted(found, key=lambda one: (not one.changed, -_moved(one), one.part, one.name))


def _answer(row: GateAnswer, sha256: str | None, name: str | None, analysis_id: int | None) -> Answer:
    said = {key: getattr(row, key) for key in KEPT}
    return Answer(**said, name=name or row.name, sha256=sha256 or "", media_id=row.media_id, analysis_id=analysis_id)


def _moved(one: Answer) -> float:
    both = one.champion_score is not None and one.candidate_score is not None
    return abs((one.candidate_score or 0.0) - (one.champion_score or 0.0)) if both else 0.0
