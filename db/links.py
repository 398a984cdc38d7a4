"""Clips that are asked for with the address of a page: what a job needs to know until they have arrived."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from db import people
from db.models_people import JobLink
from db.rights import User


@dataclass(frozen=True)
class Link:
    """A page, who asked for its clip, and the case that it belongs to."""

    address: str
    actor: User
    case_id: int | None


def add(session: Session, job_id: int, link: Link) -> None:
    """Remember what a job is to fetch."""
    session.add(JobLink(job_id=job_id, address=link.address, user_id=link.actor.id, case_id=link.case_id))


def awaited(session: Session, job_id: int) -> bool:
    """Whether a job has still to fetch its clip, or has done so: whether it began with an address."""
    return session.get(JobLink, job_id) is not None


def of_job(session: Session, job_id: int) -> Link:
    """What a job is to fetch, with the person who asked as she stands now.

    Raises:
        sqlalchemy.exc.NoResultFound: the job began with a file.
    """
    row = session.get_one(JobLink, job_id)
    actor = people.get(session, row.user_id)
    assert actor is not None, "people are made inactive, never deleted"
    return Link(row.address, actor, row.case_id)
