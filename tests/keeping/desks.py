"""Desks with something on them to delete, hold and hand on."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import select, update

from core.fingerprints import Fingerprint
from core.settings import Settings
from db import cases, fingerprints, notes, verdicts
from db.analyses import get
from db.cases import Asked
from db.models import Base, now
from db.models_people import Case
from db.rights import User
from db.session import session
from db.verdicts import Said
from pipelines.originals import path_of
from pipelines.reports.issue import issue
from tests.actors import DESK
from tests.dashboard.stored import clip, evidence, put_card, put_clip, store, track

WORDS = "Zanzibar harbour"  # stand in every text that people wrote about the file


def put_file(config: Settings, letter: str) -> int:
    """A file with an analysis, pictures, a note and two verdicts; gives the analysis id."""
    if not (config.models / "blend").is_dir():
        put_card(config.models)
    sha256 = letter * 64
    path = path_of(config.home, sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"clip " + letter.encode())
    number = store(config, evidence(clip(f"{letter}.mp4", sha256), (track("A", 3.0, "signs"),)), (("A", 2),))
    with session(config) as opened:
        stored = get(opened, number)
        assert stored is not None
        first = verdicts.give(opened, DESK, stored.media_id, Said("authentic", "low", WORDS, analysis_id=number))
        verdicts.give(opened, DESK, stored.media_id, Said("manipulated", "high", WORDS), instead_of=first)
        notes.add(opened, DESK, number, 1.0, WORDS)
    return number


def put_case(config: Settings, *media_ids: int, title: str = "Who speaks?") -> int:
    """A case with these files, a comment and an answer."""
    with session(config) as opened:
        number = cases.start(opened, DESK, Asked(title, WORDS, tags=("politics",), assignees=(DESK.id,)))
        for media_id in media_ids:
            cases.add_item(opened, DESK, number, media_id)
        cases.comment(opened, DESK, number, WORDS)
        cases.answer(opened, DESK, number, "It is not him.")
    return number


def put_report(config: Settings, case_id: int) -> str:
    """A report about a case; gives its reference."""
    return issue(config, DESK, "case", case_id, "csv").reference


def closed_days_ago(config: Settings, case_id: int, days: float) -> None:
    """Close a case, as if it had been done then."""
    with session(config) as opened:
        cases.close(opened, DESK, case_id)
        opened.execute(
            update(Case).where(Case.id == case_id).values(closed_at=now() - timedelta(days=days))
        )


def put_exhibit(config: Settings, name: str, ada: User, bob: User) -> int:
    """A real small clip with an analysis, pictures, a note, a fingerprint and two verdicts; gives its media id."""
    content = put_clip(config, "f" * 64) + name.encode()  # what comes behind the last box is passed over
    path_of(config.home, "f" * 64).unlink()
    info = clip(name, hashlib.sha256(content).hexdigest())
    path = path_of(config.home, info.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    found = evidence(
        replace(info, bytes=len(content)), (track("A", 3.0, "signs"), track("B", -2.0, "no_signs"))
    )
    number = store(config, found, (("A", 2), ("B", 0)))
    with session(config) as opened:
        stored = get(opened, number)
        assert stored is not None
        prints = Fingerprint(np.ones(2, np.float32), np.ones((2, 6, 32), np.uint8))
        fingerprints.keep(opened, stored.media_id, prints, [7])
        said = Said("authentic", "low", "It looks real.", analysis_id=number)
        first = verdicts.give(opened, ada, stored.media_id, said)
        given = verdicts.give(
            opened, ada, stored.media_id, Said("manipulated", "high", "The mouth."), instead_of=first
        )
        verdicts.opine(opened, bob, given, "confirm")
        verdicts.sign_off(opened, bob, given)
        notes.add(opened, ada, number, 1.0, "Look at the teeth.", "A")
        return stored.media_id


def rows_of(config: Settings) -> dict[str, int]:
    """How many rows each table has."""
    with session(config) as opened:
        return {table.name: len(opened.execute(select(table)).all()) for table in Base.metadata.sorted_tables}


def files_of(home: Path) -> list[str]:
    """Originals and pictures, and what is on its way in."""
    return sorted(path.relative_to(home).as_posix() for folder in ("originals", "artifacts", "incoming")
                  for path in (home / folder).rglob("*") if path.is_file())  # fmt: skip
