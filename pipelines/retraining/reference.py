"""The held-out reference set: what no detector may ever learn from, nor from a copy of it."""

import hashlib
import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.errors import AnalysisFailed, MediaRefused
from core.fingerprints import BYTES, VIEWS, Fingerprint
from core.settings import Settings
from pipelines.evaluation import MediaRoot
from pipelines.manifests import read_manifest
from pipelines.originals import hashed
from pipelines.retraining.child import members
from pipelines.retraining.copies import Copies
from pipelines.retraining.cuts import Cuts
from pipelines.retraining.items import training_home

log = logging.getLogger("telltale.retraining")


@dataclass
class HeldOut:
    """The hashes of its files, and their fingerprints."""

    sha256s: set[str] = field(default_factory=set)
    copies: Copies = field(default_factory=Copies)

    def has(self, sha256: str, prints: Fingerprint) -> bool:
        """Whether a file stands in the reference set, or shares a part with one that does."""
        return sha256 in self.sha256s or bool(self.copies.of(prints))


def manifests(config: Settings) -> list[Path]:
    """The tables of the reference set; none where the desk has no such set."""
    return sorted(config.reference.glob("*.csv")) if config.reference else []


def media_of(manifest: Path) -> Path:
    """The zip, or else the folder, that holds the files of a manifest: beside it, under its name."""
    archive = manifest.with_suffix(".zip")
    return archive if archive.is_file() else manifest.with_suffix("")


def held_out(config: Settings, cuts: Cuts) -> HeldOut:
    """All files of the reference set that are not for learning. Read once for each manifest, then kept.

    Raises:
        AnalysisFailed: one of them could not be read this time, so nothing knows its copies.
    """
    found = HeldOut()
    for manifest in manifests(config):
        digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
        kept = training_home(config) / "held_out" / f"{digest}.npz"
        prints = dict(_load(kept)) if kept.is_file() else _read(manifest, kept, config, cuts)
        for sha256, one in prints.items():
            found.sha256s.add(sha256)
            found.copies.add(sha256, one)
    return found


def _read(manifest: Path, kept: Path, config: Settings, cuts: Cuts) -> dict[str, Fingerprint]:
    """The fingerprints of a manifest's files. Kept only where none is missing: what is put there later counts too."""
    rows = read_manifest(manifest)
    if "split" in rows:
        rows = rows[rows["split"] != "train"]
    found, missing = {}, False
    with tempfile.TemporaryDirectory(dir=members(config)) as scratch:
        root = MediaRoot(media_of(manifest), Path(scratch), config.max_bytes)
        for name in rows["file"]:
            try:
                path = root.path(name)
            except MediaRefused as error:
                log.warning("reference file %s of %s: %s", name, manifest.name, error.message)
                missing = True
                continue
            sha256 = hashed(path)
            found[sha256] = _prints(sha256, path, f"{name} of {manifest.name}", cuts)
    if not missing:
        _save(kept, found)
    return found


def _prints(sha256: str, path: Path, name: str, cuts: Cuts) -> Fingerprint:
    """The fingerprint of one file; an empty one where nobody can ever read it: its hash is held out all the same."""
    try:
        return cuts.of(sha256, path, faces=False).prints
    except MediaRefused as error:
        log.warning("reference file %s: %s", name, error.message)
        return Fingerprint(np.empty(0, np.float32), np.empty((0, VIEWS, BYTES), np.uint8))
    except AnalysisFailed as error:
        said = f"The reference file {name} could not be read, so what is a copy of it is unknown: {error.message}"
        raise AnalysisFailed(error.code, said) from error


def _save(path: Path, prints: dict[str, Fingerprint]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        np.savez(
            file,
            sha256s=np.array(list(prints), "U64"),
            lengths=np.array([len(one) for one in prints.values()], int),
            times=np.concatenate([one.times for one in prints.values()] or [np.empty(0, np.float32)]),
            hashes=np.concatenate([one.hashes for one in prints.values()] or [np.empty((0, VIEWS, BYTES), np.uint8)]),
        )
    beside.replace(path)


def _load(path: Path) -> Iterator[tuple[str, Fingerprint]]:
    with np.load(path, allow_pickle=False) as parts:
        ends = np.cumsum(parts["lengths"])[:-1]
        times, hashes = np.split(parts["times"], ends), np.split(parts["hashes"], ends)
        for sha256, when, what in zip(parts["sha256s"].tolist(), times, hashes, strict=True):
            yield sha256, Fingerprint(when, what)
