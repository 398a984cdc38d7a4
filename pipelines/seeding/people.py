"""What people would have left: verdicts, opinions, notes, cases, and a log that holds together."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from db.bulk import Entry
from db.models_people import Judgement, Role
from pipelines.seeding import words
from pipelines.seeding.machine import File

Row = dict[str, Any]

PEOPLE: tuple[tuple[str, Role], ...] = (
    *((name, "analyst") for name in ("Ana Horvat", "Ben Okafor", "Chiara Conti", "Deniz Işık", "Elif Kaya", "李娜")),
    *((name, "editor") for name in ("Fatima Haddad", "Goran Petrović", "Hélène Dubois")),
    ("Ingrid Straßer", "admin"),
)
FIRST_ID = 2  # 1 is the desk itself
JUDGED, RIGHT, UNSURE = 0.45, 0.86, 0.1  # shares: of files with a verdict; of verdicts that are right, or say neither
CHANGED, SECOND, DISSENT, SIGNED, NOTED = 0.05, 0.2, 0.12, 0.35, 0.2
FILES_IN_CASE = 9  # on average
FAKES: tuple[Judgement, ...] = ("manipulated", "synthetic")
GENUINES: tuple[Judgement, ...] = ("authentic", "authentic", "authentic", "misleading")
NEITHER: tuple[Judgement, ...] = ("inconclusive", "inconclusive", "not_analysable")


@dataclass
class Left:
    """The rows by table, and the log in the order of time."""

    users: list[Row] = field(default_factory=list)
    verdicts: list[Row] = field(default_factory=list)
    opinions: list[Row] = field(default_factory=list)
    sign_offs: list[Row] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)
    cases: list[Row] = field(default_factory=list)
    tags: list[Row] = field(default_factory=list)
    assignees: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    comments: list[Row] = field(default_factory=list)
    log: list[Entry] = field(default_factory=list)


def left(draw: np.random.Generator, files: list[File], cases: int, until: datetime) -> Left:
    """Everything that people left about these files."""
    made = Left(users=list(_users(until)))
    for file in files:
        by = _somebody(draw)
        _tell(made, file.seen_at, by, "media.received", f"media:{file.id}", {"name": file.name})
        if draw.random() < JUDGED:
            _judge(made, draw, file, by)
        if draw.random() < NOTED:
            made.notes.append(_note(draw, file))
    for number in range(1, cases + 1):
        _case(made, draw, files, number, until)
    made.log = [one for one in sorted(made.log, key=lambda entry: entry.at) if one.at <= until]
    return made


def _users(until: datetime) -> Iterator[Row]:
    for number, (name, role) in enumerate(PEOPLE, FIRST_ID):
        login = f"person{number}@desk.example"
        yield {
            "id": number, "login": login, "name": name, "role": role, "active": True, "password_hash": None,
            "issuer": None, "issued_id": None, "created_at": until - timedelta(days=800),
        }  # fmt: skip


def _somebody(draw: np.random.Generator, role: Role | None = None) -> int:
    known = [number for number, (_, has) in enumerate(PEOPLE, FIRST_ID) if role in (None, has)]
    return int(draw.choice(known))


def _judge(made: Left, draw: np.random.Generator, file: File, by: int) -> None:
    """A verdict some hours after the analysis; a few are changed the day after."""
    at = file.seen_at + timedelta(hours=float(draw.exponential(5.0)))
    first = _verdict(made, draw, file, by, at, None)
    if draw.random() < CHANGED:
        first["current"] = False
        first = _verdict(made, draw, file, _somebody(draw), at + timedelta(days=1), first["id"])
    if draw.random() < SECOND:
        _opinion(made, draw, first)
    if draw.random() < SIGNED:
        signed = first["at"] + timedelta(hours=2)
        made.sign_offs.append({"verdict_id": first["id"], "user_id": _somebody(draw, "editor"), "at": signed})


def _verdict(
    made: Left, draw: np.random.Generator, file: File, by: int, at: datetime, supersedes: int | None
) -> Row:
    row: Row = {
        "id": len(made.verdicts) + 1,
        "media_id": file.id,
        "analysis_id": file.analysis_id,
        "user_id": by,
        "picture": _judgement(draw, file.fake),
        "sound": None,
        "confidence": str(draw.choice(("low", "medium", "high"))),
        "reason": words.sentence(draw, words.REASONS),
        "links": [],
        "at": at,
        "current": True,
        "supersedes_id": supersedes,
    }
    made.verdicts.append(row)
    done = "verdict.changed" if supersedes else "verdict.given"
    _tell(made, at, by, done, f"media:{file.id}", {"verdict": row["id"], "picture": row["picture"]})
    return row


def _judgement(draw: np.random.Generator, fake: bool) -> Judgement:
    luck = draw.random()
    if luck < UNSURE:
        return NEITHER[int(draw.integers(len(NEITHER)))]
    choices = FAKES if fake == (luck < UNSURE + RIGHT) else GENUINES
    return choices[int(draw.integers(len(choices)))]


def _opinion(made: Left, draw: np.random.Generator, verdict: Row) -> None:
    by = FIRST_ID + (verdict["user_id"] - FIRST_ID + 1) % len(PEOPLE)
    dissents = draw.random() < DISSENT
    made.opinions.append(
        {
            "verdict_id": verdict["id"],
            "user_id": by,
            "stance": "dissent" if dissents else "confirm",
            "reason": words.sentence(draw, words.REASONS) if dissents else "",
            "at": verdict["at"] + timedelta(hours=1),
        }
    )


def _note(draw: np.random.Generator, file: File) -> Row:
    return {
        "analysis_id": file.analysis_id,
        "user_id": _somebody(draw),
        "time": round(float(draw.random()) * (file.duration or 0.0), 3),
        "track": None,
        "text": words.sentence(draw, words.NOTES),
        "at": file.seen_at + timedelta(hours=1),
        "removed_at": None,
    }


def _case(made: Left, draw: np.random.Generator, files: list[File], number: int, until: datetime) -> None:
    """A question about files that came in around the same time."""
    count = min(len(files), 1 + int(draw.poisson(FILES_IN_CASE - 1)))
    start = int(draw.integers(len(files) - count + 1))
    held = files[start : start + count]
    at, by = held[-1].seen_at + timedelta(hours=1), _somebody(draw)
    closed = at + timedelta(days=5) < until
    title = f"{draw.choice(words.SUBJECTS)}: {draw.choice(words.THINGS)}"
    made.cases.append(_case_row(draw, number, title, by, at, closed))
    tags = {str(tag) for tag in draw.choice(words.TAGS, 2)}
    made.tags += [{"case_id": number, "tag": tag} for tag in sorted(tags)]
    made.assignees.append({"case_id": number, "user_id": by})
    made.items += [_item(number, file, place, by, at) for place, file in enumerate(held, 1)]
    for turn in range(int(draw.poisson(2.0))):
        said = words.sentence(draw, words.NOTES)
        spoken = at + timedelta(hours=turn + 1)
        made.comments.append({"case_id": number, "user_id": _somebody(draw), "text": said, "at": spoken})
    _tell(made, at, by, "case.opened", f"case:{number}", {"title": title})


def _item(case: int, file: File, place: int, by: int, at: datetime) -> Row:
    return {
        "case_id": case, "media_id": file.id, "analysis_id": None, "position": place, "added_by_id": by,
        "added_at": at,
    }  # fmt: skip


def _case_row(draw: np.random.Generator, number: int, title: str, by: int, at: datetime, closed: bool) -> Row:
    ended = at + timedelta(days=3)
    return {
        "id": number,
        "title": title,
        "title_folded": title.casefold(),
        "question": words.sentence(draw, words.QUESTIONS),
        "requester": str(draw.choice(words.OUTLETS)),
        "deadline": at + timedelta(days=2),
        "status": "closed" if closed else "open",
        "answer": words.sentence(draw, words.REASONS) if closed else None,
        "answered_by_id": _somebody(draw, "editor") if closed else None,
        "answered_at": ended if closed else None,
        "opened_by_id": by,
        "opened_at": at,
        "changed_at": ended if closed else at,
        "closed_at": ended if closed else None,
    }


def _tell(made: Left, at: datetime, by: int, action: str, subject: str, details: Row) -> None:
    made.log.append(Entry(at, by, f"person{by}@desk.example", action, subject, details))

