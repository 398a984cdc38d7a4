"""Cut faces and fingerprints, taken once for each file and kept under its hash."""

import json
import os
import shutil
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import AnalysisFailed, MediaRefused
from core.settings import Settings
from pipelines.retraining.child import Child
from pipelines.retraining.cutting import CUT, VERSION, Cut, load
from pipelines.retraining.items import training_home

CUTTER = "pipelines.retraining.cutting:cutter"


class Cuts:
    """Cuts files in a confined child; close it, or use it in a `with`."""

    def __init__(self, config: Settings) -> None:
        self._folder = training_home(config) / "cut" / VERSION
        self._child = Child(config, CUTTER, config.model_dump(mode="json", exclude={"database_url"}))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.__exit__(kind, error, trace)

    def of(self, sha256: str, path: Path, faces: bool = True) -> Cut:
        """The cut of the file at `path`, which has this hash; with `faces` off, only its fingerprint.

        Raises:
            MediaRefused: it can't be read, now or ever.
            AnalysisFailed: it could not be read this time.
        """
        kept = self._folder / sha256[:2] / f"{sha256}{'' if faces else '-prints'}.npz"
        refused = kept.with_suffix(".json")
        if refused.is_file():
            raise MediaRefused(**json.loads(refused.read_text(encoding="utf-8")))
        if not kept.is_file():
            kept.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._cut(path, faces, kept)
            except MediaRefused as refusal:
                refused.write_text(json.dumps({"code": refusal.code, "message": refusal.message}), encoding="utf-8")
                raise
        return load(kept)

    def _cut(self, path: Path, faces: bool, target: Path) -> None:
        """Have the child write, and move it to its place once it was found to be a cut."""
        _, folder = self._child.call({"path": str(path), "faces": faces})
        made = folder / CUT
        try:
            load(made)
        except (ValueError, OSError, KeyError, zipfile.BadZipFile) as bad:
            raise AnalysisFailed("bad_result", "Cutting this file gave no usable faces. Try it again.") from bad
        beside = target.with_suffix(f".part-{os.getpid()}")
        shutil.move(made, beside)  # the cuts may lie on another disk
        beside.replace(target)
