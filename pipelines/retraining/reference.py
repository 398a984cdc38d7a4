"""The held-out reference set: what no detector may ever learn from, nor from a copy of it."""

import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.errors import AnalysisFailed, MediaRefused
from core.fingerprints import BYTES, VIEWS, Fingerprint
from core.hashing import hashed
from core.settings import Settings
from db import reference_faults
from db.reference_faults import PATIENCE
from db.session import session
from pipelines.evaluation import MediaRoot
from pipelines.manifests import read_manifest
from pipelines.retraining.child import members
from pipelines.retraining.copies import Copies
from pipelines.retraining.cuts import Cuts
from pipelines.retraining.items import training_home

log = logging.getLogger("telltale.retraining")

Failed = dict[str, tuple[str, AnalysisFailed]]  # hash and reason of each file that could not be read, by its name

# What a file itself brings about. A full disk, too little memory or a fault of ours would be held against all of them.
OF_THE_FILE = ("crashed", "timeout", "bad_result")

NO_PRINTS = Fingerprint(np.empty(0, np.float32), np.empty((0, VIEWS, BYTES), np.uint8))


@dataclass(frozen=True)
class Ending:
    """A file that ends this night; in how many nights it was to blame, 0 where it is not its own fault."""

    manifest: str
    file: str
    error: AnalysisFailed
    nights: int


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
    """All files of the reference set that are not for learning. Once all of a manifest were read, that is kept.

    Raises:
        AnalysisFailed: one of them could not be read this time, so nothing knows its copies. Who does this
            night after night is set aside: the gate does not ask about it, so that copies of it do no harm.
    """
    found, ending = HeldOut(), list[Ending]()
    with session(config) as opened:
        reference_faults.keep_manifests(opened, [manifest.name for manifest in manifests(config)])
        at_fault = {row.manifest for row in reference_faults.all_of(opened)}  # their files are tried again
    for manifest in manifests(config):
        digest = hashed(manifest)
        kept = training_home(config) / "held_out" / f"{digest}.npz"
        known = kept.is_file() and manifest.name not in at_fault
        prints = dict(_load(kept)) if known else _read(manifest, kept, config, cuts, ending)
        for sha256, one in prints.items():
            found.sha256s.add(sha256)
            found.copies.add(sha256, one)
    if ending:
        raise _ended(ending)
    return found


def _ended(ending: list[Ending]) -> AnalysisFailed:
    first, others = ending[0], len(ending) - 1
    more = f" So it is with {others} more." if others else ""
    said = (
        f"The reference file {first.file} of {first.manifest} could not be read, so what is a copy of it is unknown: "
        f"{first.error.message}{more} "
    )
    counted = (
        f"This is the {_nth(first.nights)} night one after the other that it ends; after {PATIENCE} a file is set "
        "aside."
    )
    return AnalysisFailed(first.error.code, said + (counted if first.nights else "That is no fault of the file."))


def _nth(number: int) -> str:
    return {1: "first", 2: "second"}.get(number, f"{number}th")


def _read(
    manifest: Path, kept: Path, config: Settings, cuts: Cuts, ending: list[Ending]
) -> dict[str, Fingerprint]:
    """The fingerprints of a manifest's files; what must end this night is added to `ending`.

    Kept only where none is missing and all were read: what is put there later, or can be read later, counts too.
    """
    rows = read_manifest(manifest)
    if "split" in rows:
        rows = rows[rows["split"] != "train"]
    found, failed, missing = dict[str, Fingerprint](), Failed(), False
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
            try:
                found[sha256] = _prints(sha256, path, f"{name} of {manifest.name}", cuts)
            except AnalysisFailed as error:
                failed[name], found[sha256] = (sha256, error), NO_PRINTS
    ending += _counted(manifest.name, failed, config)
    if not missing and not failed:
        _save(kept, found)
    return found


def _counted(manifest: str, failed: Failed, config: Settings) -> list[Ending]:
    """Write down which files are to blame tonight; gives those that end it: all that are not set aside."""
    with session(config) as opened:
        reference_faults.keep_only(opened, manifest, failed)
        for name, (sha256, error) in failed.items():
            if error.code in OF_THE_FILE:
                reference_faults.note(opened, manifest, name, sha256, error.message)
        known = {(row.file, row.sha256): row for row in reference_faults.all_of(opened) if row.manifest == manifest}
    ending = []
    for name, (sha256, error) in failed.items():
        row = known.get((name, sha256))
        if row and row.set_aside:
            log.warning("reference file %s of %s is set aside: %s", name, manifest, row.said)
        else:
            ending.append(Ending(manifest, name, error, row.nights if row and error.code in OF_THE_FILE else 0))
    return ending


def _prints(sha256: str, path: Path, name: str, cuts: Cuts) -> Fingerprint:
    """The fingerprint of one file; an empty one where nobody can ever read it: its hash is held out all the same."""
    try:
        return cuts.of(sha256, path, faces=False).prints
    except MediaRefused as error:
        log.warning("reference file %s: %s", name, error.message)
        return NO_PRINTS


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
