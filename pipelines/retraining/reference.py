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
    """All files of the reference set that are not for learning. Read once for each manifest, then kept."""
    found = HeldOut()
    for manifest in manifests(config):
        digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
        kept = training_home(config) / "reference" / f"{digest}.npz"
        if not kept.is_file():
            _save(kept, dict(_prints(manifest, config, cuts)))
        for sha256, prints in _load(kept):
            found.sha256s.add(sha256)
            found.copies.add(sha256, prints)
    return found


def _prints(manifest: Path, config: Settings, cuts: Cuts) -> Iterator[tuple[str, Fingerprint]]:
    rows = read_manifest(manifest)
    if "split" in rows:
        rows = rows[rows["split"] != "train"]
    with tempfile.TemporaryDirectory(dir=members(config)) as scratch:
        root = MediaRoot(media_of(manifest), Path(scratch), config.max_bytes)
        for name in rows["file"]:
            try:
                path = root.path(name)
                sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
                yield sha256, cuts.of(sha256, path, faces=False).prints
            except (MediaRefused, AnalysisFailed) as error:
                log.warning("reference file %s of %s: %s", name, manifest.name, error.message)


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
