"""Labelled media through the desk's own analysis, and what the answers are worth."""

import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.detectors.registry import Detector
from core.errors import MediaRefused, TelltaleError
from core.evidence import Evidence
from core.judgement import metrics
from core.judgement.curves import curves
from core.settings import Settings
from pipelines.media.analyse import analyse
from pipelines.media.faces import FaceFinder
from pipelines.media.probe import probe

FRAMES = 32  # of a clip
COLUMNS = ("file", "label", "score", "raw_score", "band", "kind", "method", "dataset", "group")
UNSCORED = ("no_face", "too_poor")
CHUNK = 1 << 20  # bytes
# What a member that is damaged, encrypted or packed in an unknown way raises (NotImplementedError is a RuntimeError).
UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)


class MediaRoot:
    """A folder or a zip whose members are the files of a manifest."""

    def __init__(self, place: Path, scratch: Path, limit: int) -> None:
        """`scratch` takes one member of a zip at a time, of `limit` bytes at most; MediaRefused `bad_zip`."""
        self._folder = place.resolve()
        try:
            self._zip = zipfile.ZipFile(place) if place.is_file() else None
        except zipfile.BadZipFile as error:
            raise MediaRefused("bad_zip", f"{place.name} is no zip that can be read. Pack it anew.") from error
        self._scratch, self._limit = scratch, limit

    def path(self, name: str) -> Path:
        """Where the file can be read until the next call.

        Raises:
            MediaRefused: `missing`, `outside`, `too_large`, `unreadable`.
        """
        try:
            return self._member(name) if self._zip else self._file(name)
        except UNREADABLE as error:
            message = f"This file can't be read: {error}. Check its rights, or pack it anew."
            raise MediaRefused("unreadable", message) from error

    def _file(self, name: str) -> Path:
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder):
            raise MediaRefused(
                "outside", "This name leads out of the root folder. Correct it in the manifest."
            )
        if not path.is_file():
            raise MediaRefused("missing", "There is no file of this name. Check the manifest and --root.")
        return path

    def _member(self, name: str) -> Path:
        assert self._zip
        try:
            member = self._zip.open(name)
        except KeyError:
            raise MediaRefused("missing", "The zip has no member of this name. Check the manifest.") from None
        target, left = self._scratch / "member", self._limit
        with member, target.open("wb") as out:
            while chunk := member.read(
                CHUNK
            ):  # counted while reading: the size that a zip declares may be false
                left -= len(chunk)
                if left < 0:
                    raise MediaRefused("too_large", f"This file is larger than {self._limit / 1e6:,.0f} MB.")
                out.write(chunk)
        return target


@dataclass(frozen=True)
class Outcome:
    """What the desk said about one file, or why it could not."""

    row: dict[str, str]
    evidence: Evidence | None
    why: str | None = None

    def record(self) -> dict[str, Any]:
        """One line of `files`; only for a file that was analysed."""
        assert self.evidence
        found = self.evidence
        said = {"score": found.score, "raw_score": found.raw_score, "band": found.band}
        told = {column: self.row[column] for column in ("file", "label", "method", "dataset", "group")}
        return told | said | {"kind": self.row["kind"] or found.media.kind}


def analysed(
    rows: Iterable[dict[str, str]], place: Path, detector: Detector, config: Settings
) -> Iterator[Outcome]:
    """The outcome of each row, in order, through the same analysis as the desk's."""
    brief = config.model_copy(update={"min_samples": FRAMES, "max_samples": FRAMES})
    with tempfile.TemporaryDirectory() as scratch, FaceFinder(config.face_models) as finder:
        root = MediaRoot(place, Path(scratch), config.max_bytes)
        for row in rows:
            try:
                yield Outcome(row, _examined(root.path(row["file"]), row["file"], detector, finder, brief))
            except TelltaleError as error:
                yield Outcome(row, None, error.message)
            except OSError as error:
                yield Outcome(row, None, f"This file can't be read: {error}. Check its rights.")


def _examined(path: Path, name: str, detector: Detector, finder: FaceFinder, config: Settings) -> Evidence:
    info = probe(path, name, sha256="", limits=config)
    return analyse(path, info, detector, finder, config, report=lambda _: None)


def report(outcomes: list[Outcome], detector: Detector) -> dict[str, Any]:
    """The whole evaluation, in plain JSON types."""
    records = [outcome.record() for outcome in outcomes if outcome.evidence]
    files = pd.DataFrame(records, columns=COLUMNS)
    return {
        "model": asdict(detector.ref),
        "overall": figures(files),
        "curves": _curves(files),
        "video": _of_kind(files, "video"),
        "image": _of_kind(files, "image"),
        "by_method": {name: figures(part) for name, part in _by_method(files)},
        "by_dataset": {name: figures(part) | extra for name, part, extra in _by_dataset(files)},
        "failed": [{"file": o.row["file"], "why": o.why} for o in outcomes if not o.evidence],
        "files": records,
    }


def figures(files: pd.DataFrame) -> dict[str, Any]:
    """Every figure of a table of files, each with its interval; None where a class is missing."""
    fake = (files["label"] == "fake").to_numpy(bool)
    scored = (~files["band"].isin(UNSCORED)).to_numpy(bool)
    flagged = (files["band"] == "signs").to_numpy(bool)
    undecided = files["band"].isin(["inconclusive", *UNSCORED]).to_numpy(bool)
    resamples = metrics.resampled(files["group"].tolist())
    judged = _figures_of_scores(files[scored], fake[scored], resamples[scored])
    of_bands = {
        "flagged_genuine": metrics.share_with_interval(
            partial(metrics.flagged_genuine, fake, flagged), resamples, files["group"][~fake].nunique()
        ),
        "inconclusive": metrics.share_with_interval(
            partial(metrics.share, undecided), resamples, files["group"].nunique()
        ),
    }
    counts = {"n": len(files), "n_real": int((~fake).sum()), "n_fake": int(fake.sum())}
    return counts | {"unscored": int((~scored).sum())} | judged | of_bands


def _figures_of_scores(files: pd.DataFrame, fake: metrics.Bools, resamples: metrics.Floats) -> dict[str, Any]:
    score = files["score"].to_numpy(float)
    chosen: dict[str, Callable[..., metrics.Floats]] = {
        "auc": metrics.auc,
        "eer": metrics.eer,
        "tpr_at_fpr01": partial(metrics.tpr_at_fpr, fpr=0.01),
        "tpr_at_fpr05": partial(metrics.tpr_at_fpr, fpr=0.05),
        "aurc": metrics.aurc,
    }
    if len(np.unique(fake)) < 2:  # calibration and risk of one class alone would flatter whoever always says it
        return dict.fromkeys([*chosen, "ece", "ece_of_perfect", "confidently_wrong"])
    told = {
        name: metrics.with_interval(partial(figure, fake, score), resamples) for name, figure in chosen.items()
    }
    wrong = partial(metrics.confidently_wrong, fake, score)
    return told | {
        "ece": metrics.distance_with_interval(partial(metrics.ece, fake, score), resamples),
        "ece_of_perfect": metrics.ece_of_perfect(score),
        "confidently_wrong": metrics.share_with_interval(wrong, resamples, files["group"].nunique()),
    }


def _curves(files: pd.DataFrame) -> dict[str, Any] | None:
    """The points of `core.judgement.curves`; None where a class is missing."""
    scored = files[~files["band"].isin(UNSCORED)]
    return curves((scored["label"] == "fake").to_numpy(bool), scored["score"].to_numpy(float))


def _of_kind(files: pd.DataFrame, kind: str) -> dict[str, Any] | None:
    part = files[files["kind"] == kind]
    return figures(part) if len(part) else None


def _by_method(files: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each method's fakes beside all genuine files."""
    genuine = files[files["label"] == "real"]
    named = files[(files["label"] == "fake") & (files["method"] != "")]
    for name, fakes in named.groupby("method"):
        yield str(name), pd.concat([genuine, fakes])


def _by_dataset(files: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, dict[str, bool]]]:
    """Each data set by itself; one that has a single class borrows all of the other."""
    for name, part in files[files["dataset"] != ""].groupby("dataset"):
        classes = part["label"].unique()
        if len(classes) == 2:
            yield str(name), part, {}
        else:
            yield str(name), pd.concat([part, files[files["label"] != classes[0]]]), {"borrowed": True}
