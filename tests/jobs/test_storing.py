"""One analysis is kept once, with its own pictures, whoever comes to keep it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from db import analyses, media, model_versions
from db.session import session
from pipelines import artifacts, serving, staging
from pipelines.workflow import Analyst
from tests.actors import DESK
from tests.at_once import made_to_meet
from tests.dashboard.stored import CARD, clip, evidence, track


class Keeper(Analyst):
    """A worker that has a result at hand."""

    def __init__(self, config: Settings, staged: Path) -> None:
        self._config, self._staged = config, staged

    def _staging(self, judge: serving.Judge) -> Path:
        return self._staged


def test_of_two_workers_with_one_result_one_keeps_pictures(
    either: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = evidence(clip(), (track("A", 0.0, "inconclusive"),))
    staging.write(tmp_path, found)
    with session(either) as opened:
        media_id = media.add(opened, found.media)
        version = model_versions.register(opened, DESK, CARD, "a" * 12)
    judge, kept, honest = serving.Judge(version, found.model, "5" * 64), [], artifacts.keep

    def keep(*asked: Any) -> Any:
        kept.append(asked)
        return honest(*asked)

    monkeypatch.setattr(artifacts, "keep", keep)
    made_to_meet(monkeypatch, analyses, "find")
    with ThreadPoolExecutor(2) as workers:
        stored = [
            workers.submit(Keeper(either, tmp_path)._store_new, media_id, found.media, judge) for _ in range(2)
        ]
    assert [one.result() for one in stored] == [1, 1] and len(kept) == 1
