"""The examples on an empty desk."""

from pathlib import Path

from core.settings import Settings
from db import jobs
from db.session import session
from scripts.first_run import put_examples

EXAMPLES = ["portrait_genuine.mp4", "portrait_manipulated.mp4"]


def test_an_empty_desk_gets_the_examples_once(tmp_path: Path) -> None:
    fresh = Settings(home=tmp_path / "home")
    assert put_examples(fresh) == EXAMPLES
    assert put_examples(fresh) == []
    with session(fresh) as opened:
        rows = jobs.latest(opened)
    assert [(row.name, row.state, row.origin) for row in reversed(rows)] == [
        (name, "queued", "example") for name in EXAMPLES
    ]
