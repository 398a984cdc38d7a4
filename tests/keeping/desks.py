"""Desks with something on them to delete, hold and hand on."""

from datetime import timedelta

from sqlalchemy import update

from core.settings import Settings
from db import cases, notes, verdicts
from db.analyses import get
from db.cases import Asked
from db.models import now
from db.models_people import Case
from db.session import session
from db.verdicts import Said
from pipelines.originals import path_of
from pipelines.reports.issue import issue
from tests.actors import DESK
from tests.dashboard.stored import clip, evidence, put_card, store, track

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
