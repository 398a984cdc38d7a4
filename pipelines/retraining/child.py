"""The confined child of learning: it reads what is learned from and its models, and writes to one folder alone."""

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.settings import Settings
from pipelines.confine import Confined, Json, Limits, Reach
from pipelines.retraining.items import training_home

OUT = "out"


class Child:
    """One child and its scratch folder; close it, or use it in a `with`."""

    def __init__(self, config: Settings, task: str, setup: dict[str, Any], *models: Path) -> None:
        home = training_home(config)
        kept = (config.home / "originals", home / "originals", home / "incoming", members(config))
        for folder in kept:
            folder.mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(dir=home, prefix="scratch-")
        self._aside = tempfile.TemporaryDirectory(dir=home, prefix="aside-")
        self._scratch = Path(self._folder.name)
        outside = (config.reference,) if config.reference else ()
        reach = Reach((*kept, *outside, config.face_models, *models), self._scratch)
        self._child = Confined(task, Limits(config.analysis_memory, config.analysis_seconds), reach, setup)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.close()
        self._folder.cleanup()
        self._aside.cleanup()

    def call(self, request: Json) -> tuple[Json, Path]:
        """The answer, and the folder of what the child wrote, out of its reach and until the next call.

        Raises:
            TelltaleError: as `Confined.call` does.
        """
        aside = Path(self._aside.name) / OUT
        shutil.rmtree(aside, ignore_errors=True)
        staged = Path(tempfile.mkdtemp(dir=self._scratch))
        answer = self._child.call({**request, OUT: str(staged)})
        return answer, staged.rename(aside)


def members(config: Settings) -> Path:
    """Where members of archives are laid out for a child to read."""
    return training_home(config) / "members"
