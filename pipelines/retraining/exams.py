"""Labelled files before a detector: its answers are kept by its hash, so that no file is asked about twice."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import TypeAdapter

from core.detectors.card import Card
from core.detectors.registry import read_card
from core.errors import AnalysisFailed, MediaRefused
from core.evidence import Evidence, MediaInfo, ModelRef
from core.settings import Settings
from db import reference_faults
from db.session import session
from pipelines import serving, staging
from pipelines.evaluation import MediaRoot, Outcome
from pipelines.manifests import read_manifest
from pipelines.media.judge import rejudged
from pipelines.retraining import reference
from pipelines.retraining.child import Child, members
from pipelines.retraining.items import Item, path_of, training_home

EXAMINER = "pipelines.retraining.examining:examiner"
EVIDENCE = TypeAdapter(Evidence)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Exam:
    """Files of one place, and what is known of each: the columns of a manifest."""

    name: str
    rows: tuple[dict[str, str], ...]
    place: Path  # a folder or a zip
    key: str  # of the book that answers are kept in: another one where the same names may mean other files

    def worn(self, fresh: list[Outcome]) -> "Exam":
        """Those of its files that were found to be clips, as messengers hand them on."""
        clips = tuple(
            row | {"worn": "yes"}
            for row, outcome in zip(self.rows, fresh, strict=True)
            if outcome.evidence and outcome.evidence.media.kind == "video"
        )
        return Exam(f"{self.name} worn", clips, self.place, f"{self.key}-worn")


def of_reference(config: Settings) -> list[Exam]:
    """The held-out reference set; nothing where the desk has none.

    Without what is kept for the report, and without what can't be read and was set aside.
    """
    with session(config) as opened:
        aside = reference_faults.set_aside(opened)
    return [_of_manifest(path, {file for manifest, file in aside if manifest == path.name})
            for path in reference.manifests(config)]  # fmt: skip


def of_items(name: str, chosen: list[Item], config: Settings) -> Exam:
    """Files that were labelled at the desk, or came with a collection."""
    rows = tuple(
        {"file": path_of(config, item).relative_to(config.home).as_posix(), "label": item.label, "kind": item.kind,
         "method": item.method, "dataset": item.dataset, "group": item.group, "sha256": item.sha256,
         "called": _called(item)}
        for item in chosen
    )  # fmt: skip
    return Exam(name, rows, config.home, "by-hash")


def _called(item: Item) -> str:
    """What people know it by; nothing for a file of the desk, which is called as the desk calls it by then."""
    return "" if item.came == "verdict" else item.name or f"{item.dataset} {item.sha256[:12]}"


def sit(exams: list[Exam], folder: Path, config: Settings, progress: Progress) -> dict[str, list[Outcome]]:
    """What the detector in `folder` says about each file of each exam, read by the card that it has now."""
    card, total, done = read_card(folder), sum(len(exam.rows) for exam in exams), 0
    found: dict[str, list[Outcome]] = {}
    with _Examiner(folder, card, config) as examiner:
        for exam in exams:
            found[exam.name] = []
            for outcome in examiner.answers(exam):
                found[exam.name].append(outcome)
                done += 1
                progress(done, total)
    return found


class _Examiner:
    """One detector in a confined child, and its answers so far."""

    def __init__(self, folder: Path, card: Card, config: Settings) -> None:
        self._card, self._config = card, config
        setup = {"settings": config.model_dump(mode="json", exclude={"database_url"}), "folder": str(folder)}
        self._child = Child(config, EXAMINER, setup, folder)
        self._kept = training_home(config) / "exams" / f"{serving.METHOD}-{card.sha256}"

    def __enter__(self) -> "_Examiner":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.__exit__(kind, error, trace)

    def answers(self, exam: Exam) -> Iterator[Outcome]:
        """One outcome a row, in order; each new one that stays true is written down at once."""
        self._kept.mkdir(parents=True, exist_ok=True)
        book = self._kept / f"{exam.key}.jsonl"
        known = _whole_lines(book)
        laid_out = tempfile.TemporaryDirectory(dir=members(self._config))
        with laid_out as scratch, book.open("a", encoding="utf-8") as lines:
            root = MediaRoot(exam.place, Path(scratch), self._config.max_bytes)
            for row in exam.rows:
                if row["file"] not in known:
                    try:
                        known[row["file"]] = self._answer(root.path(row["file"]), row)
                    except (MediaRefused, AnalysisFailed) as passing:  # missing or unreadable today: asked again
                        yield Outcome(row, None, passing.message)
                        continue
                    lines.write(json.dumps({"file": row["file"], **known[row["file"]]}) + "\n")
                    lines.flush()
                yield self._outcome(row, known[row["file"]])

    def _answer(self, path: Path, row: dict[str, str]) -> dict[str, Any]:
        try:
            answer, folder = self._child.call({"path": str(path), "worn": "worn" in row})
        except MediaRefused as error:
            return {"why": error.message}
        media = TypeAdapter(MediaInfo).validate_python(answer["media"])
        found = staging.read(folder, media, ModelRef(self._card.name, self._card.version, self._card.sha256))
        return {"evidence": EVIDENCE.dump_python(found, mode="json")}

    def _outcome(self, row: dict[str, str], answer: dict[str, Any]) -> Outcome:
        if "why" in answer:
            return Outcome(row, None, answer["why"])
        return Outcome(row, rejudged(EVIDENCE.validate_python(answer["evidence"]), self._card))


def _of_manifest(path: Path, aside: set[str]) -> Exam:
    rows = read_manifest(path)
    if "split" in rows:
        rows = read_manifest(path, "dev")
    rows = rows[~rows["file"].isin(aside)]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Exam(path.stem, tuple(rows.to_dict("records")), reference.media_of(path), f"reference-{digest}")


def _whole_lines(book: Path) -> dict[str, dict[str, Any]]:
    """What was written so far; a line that a kill tore is taken off."""
    if not book.is_file():
        return {}
    text = book.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        book.write_text(whole, encoding="utf-8")
    return {entry.pop("file"): entry for entry in map(json.loads, whole.splitlines())}
