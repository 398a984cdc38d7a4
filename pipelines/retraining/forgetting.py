"""Forgetting a file that was deleted: what learning made of it goes, and the versions of data that held it say so.

The manifest of a version stays as it is: it is known by its hash, and names files by theirs. What can no longer be
learned from it stands beside it.
"""

from sqlalchemy.orm import Session

from core.settings import Settings
from db import data_versions, kept_files
from db.rights import User
from pipelines.retraining.items import manifest_path, training_home


def forget(config: Settings, sha256: str) -> None:
    """Remove the faces that were cut from a file, and what detectors answered about it. Raises OSError."""
    for cut in (training_home(config) / "cut").glob(f"*/{sha256[:2]}/{sha256}*"):
        cut.unlink(missing_ok=True)
    line = f'{{"file": "{kept_files.original(sha256)}"'
    for book in (training_home(config) / "exams").glob("*/by-hash*.jsonl"):
        lines = book.read_text("utf-8").splitlines(keepends=True)
        left = [one for one in lines if not one.startswith(line)]
        if left != lines:
            part = book.with_suffix(".part")
            part.write_text("".join(left), "utf-8")
            part.replace(book)


def say_so(config: Settings, opened: Session, actor: User, sha256: str) -> None:
    """Note at every version of data that held a file that it is gone; those whose manifest is elsewhere can't tell."""
    for version in data_versions.versions(opened):
        data_versions.unname(opened, version.id, sha256)
        manifest = manifest_path(config, version.sha256)
        if manifest.is_file() and f"\n{sha256}," in manifest.read_text("utf-8"):
            data_versions.lose(opened, actor, version.id, sha256)
