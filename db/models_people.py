"""The nouns of the people at the desk, as tables: who they are, what they judged, what was done.

What a machine found stands in `db.models`. The two meet only by their ids: a band and a verdict are never one column.
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models import NUMBERED, Base, now

Role = Literal["analyst", "editor", "admin"]
Judgement = Literal["authentic", "manipulated", "synthetic", "misleading", "inconclusive", "not_analysable"]
Confidence = Literal["low", "medium", "high"]
Stance = Literal["confirm", "dissent"]
Impression = Literal["genuine", "manipulated", "synthetic", "unsure"]
CaseStatus = Literal["open", "closed"]

LOGIN = 200  # characters at most


class User(Base):
    """Somebody at the desk, or the desk itself (`people.DESK`). Never deleted: what was done keeps its name."""

    __tablename__ = "desk_user"
    __table_args__ = (UniqueConstraint("issuer", "issued_id", name="uq_desk_user_issuer_issued_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(LOGIN), unique=True)  # casefolded
    name: Mapped[str]
    role: Mapped[Role | None]  # None: known, but allowed nothing yet
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None]  # argon2id; None where another provider vouches, or nobody can sign in
    issuer: Mapped[str | None]  # of OIDC: the pair names a person for good, an address does not
    issued_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class SignIn(Base):
    """A signed-in browser. Its cookie holds the secret, this table only the secret's SHA-256."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"), index=True)
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class SignInFailure(Base):
    """A wrong password: what throttling counts. Old ones are swept."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (
        Index("ix_sign_in_failure_login", "login", "at"),
        Index("ix_sign_in_failure_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(LOGIN))
    address: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)


class ApiToken(Base):
    """A secret with which a program acts for its user. Only its SHA-256 is kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"), index=True)
    name: Mapped[str]  # what it is for, in its user's words
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class AuditEvent(Base):
    """One thing that was done. Triggers in the database refuse to change or delete a row."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_subject", "subject", "id"),
        Index("ix_audit_event_actor_id", "actor_id", "id"),
        Index("ix_audit_event_action", "action", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 1, 2, 3 … without a gap
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    actor: Mapped[str]  # login at that time
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[str] = mapped_column(Text)  # canonical JSON, the very text that was hashed
    previous: Mapped[str] = mapped_column(String(64), unique=True)  # one successor each: a chain can't fork
    sha256: Mapped[str] = mapped_column(String(64))


class Verdict(Base):
    """What an analyst holds a file to be. A change is a new row; the old one stays and is no longer current."""

    __tablename__ = "verdict"
    __table_args__ = (
        Index("ix_verdict_media_id", "media_id", "id"),
        Index(
            "uq_verdict_current", "media_id", unique=True,
            sqlite_where=text("current"), postgresql_where=text("current"),
        ),
        Index("ix_verdict_picture", "picture", "media_id", "current"),
        Index("ix_verdict_at", "at", "id"),
        NUMBERED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    analysis_id: Mapped[int | None] = mapped_column(ForeignKey("analysis.id"), index=True)  # seen when judging
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"), index=True)
    picture: Mapped[Judgement]
    sound: Mapped[Judgement | None]
    confidence: Mapped[Confidence]
    reason: Mapped[str] = mapped_column(Text)
    links: Mapped[list[str]]
    at: Mapped[datetime] = mapped_column(default=now)
    current: Mapped[bool] = mapped_column(default=True)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("verdict.id"), unique=True)

    user: Mapped[User] = relationship()
    opinions: Mapped[list["Opinion"]] = relationship(order_by="Opinion.id")
    sign_off: Mapped["SignOff | None"] = relationship()


class Opinion(Base):
    """What another analyst thinks of a verdict. She may change her mind: her newest counts."""

    __tablename__ = "opinion"

    id: Mapped[int] = mapped_column(primary_key=True)
    verdict_id: Mapped[int] = mapped_column(ForeignKey("verdict.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"), index=True)
    stance: Mapped[Stance]
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = relationship()


class SignOff(Base):
    """An editor stands by a verdict, once."""

    __tablename__ = "sign_off"

    id: Mapped[int] = mapped_column(primary_key=True)
    verdict_id: Mapped[int] = mapped_column(ForeignKey("verdict.id"), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = relationship()


class FirstLook(Base):
    """What somebody took a file for before Review showed her the machine's band; or why she did not say."""

    __tablename__ = "first_look"
    __table_args__ = (
        UniqueConstraint("media_id", "user_id", name="uq_first_look_media_id_user_id"),
        CheckConstraint("(impression IS NULL) <> (skipped IS NULL)", name="one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"), index=True)
    impression: Mapped[Impression | None]
    skipped: Mapped[str | None] = mapped_column(Text)  # the reason
    at: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = relationship()


class Note(Base):
    """What somebody wrote about a moment of an analysis."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_analysis_id", "analysis_id", "time"), NUMBERED)

    id: Mapped[int] = mapped_column(primary_key=True)
    analysis_id: Mapped[int] = mapped_column(ForeignKey("analysis.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"), index=True)
    time: Mapped[float]  # s; presentation time
    track: Mapped[str | None]  # label of the person, where it is about one
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]  # taken back by its author; the log keeps that it was there

    user: Mapped[User] = relationship()


class Case(Base):
    """A question that somebody asked, and all that is gathered to answer it."""

    __tablename__ = "case_file"  # CASE is a word of SQL
    __table_args__ = (
        Index("ix_case_file_status", "status", "changed_at", "id"),
        Index("ix_case_file_changed_at", "changed_at", "id"),
        Index("ix_case_file_deadline", "status", "deadline", "id"),
        NUMBERED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    title_folded: Mapped[str]  # casefolded: SQLite's LIKE knows only ASCII
    question: Mapped[str] = mapped_column(Text)
    requester: Mapped[str]  # who asks: a name, a desk, a newsroom; may be empty
    deadline: Mapped[datetime | None]
    status: Mapped[CaseStatus] = mapped_column(default="open")
    answer: Mapped[str | None] = mapped_column(Text)  # None until an editor signs one
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("desk_user.id"))
    answered_at: Mapped[datetime | None]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    opened_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]

    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])
    opened_by: Mapped[User] = relationship(foreign_keys=[opened_by_id])
    tags: Mapped[list["CaseTag"]] = relationship(order_by="CaseTag.tag", cascade="all, delete-orphan")
    assignees: Mapped[list[User]] = relationship(secondary="case_assignee", order_by="User.name")
    items: Mapped[list["CaseItem"]] = relationship(order_by="CaseItem.position")
    comments: Mapped[list["CaseComment"]] = relationship(order_by="CaseComment.id")


class CaseTag(Base):
    """A word by which cases are found again."""

    __tablename__ = "case_tag"

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True, index=True)


class CaseAssignee(Base):
    """Who works on a case."""

    __tablename__ = "case_assignee"

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"), primary_key=True, index=True)


class CaseItem(Base):
    """An exhibit: a file in a case, with the analysis that counts; without one, the newest does."""

    __tablename__ = "case_item"
    __table_args__ = (UniqueConstraint("case_id", "media_id", name="uq_case_item_case_id_media_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"), index=True)
    analysis_id: Mapped[int | None] = mapped_column(ForeignKey("analysis.id"), index=True)
    position: Mapped[int]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    added_at: Mapped[datetime] = mapped_column(default=now)


class CaseComment(Base):
    """One turn in the discussion of a case."""

    __tablename__ = "case_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = relationship()


class SavedView(Base):
    """A search of the history that somebody keeps under a name."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "name", name="uq_saved_view_user_id_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    name: Mapped[str]
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)  # what stands in the page's address
    shared: Mapped[bool]  # with everybody at the desk
    at: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = relationship()


class JobLink(Base):
    """The page that the clip of a job is fetched from, and for whom."""

    __tablename__ = "job_link"

    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("desk_user.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
