"""Labelled files that a detector may learn from, and the manifest that fixes a list of them."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from core.errors import AnalysisFailed
from core.evidence import MediaKind
from core.settings import Settings
from pipelines import originals

Label = Literal["real", "fake"]
Came = Literal["verdict", "import", "generator"]

COLUMNS = ("sha256", "label", "method", "dataset", "kind", "group", "split", "came", "at")


@dataclass(frozen=True)
class Item:
    """One labelled file. `name` is what people call it; it does not stand in the manifest, for it may tell secrets."""

    sha256: str
    label: Label
    kind: MediaKind
    method: str  # of a fake; empty for a genuine file
    dataset: str  # where it comes from: `desk`, or the name of an imported set
    group: str  # files of one group are never parted
    came: Came
    at: str = ""  # when it was judged, ISO 8601; empty for imports
    split: str = ""  # `train`, `dev` or `gate`; empty until it is drawn
    name: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A file that nothing may be learned from, and why, in a sentence."""

    sha256: str
    name: str
    code: str
    why: str


def training_home(config: Settings) -> Path:
    """Where all lies that learning needs: imported files, cut faces, manifests, runs."""
    return config.home / "training"


def path_of(config: Settings, item: Item) -> Path:
    """The file itself: an original of the desk, or an imported one."""
    return originals.path_of(config.home if item.came == "verdict" else training_home(config), item.sha256)


def write(config: Settings, items: Iterable[Item]) -> str:
    """Keep a manifest; gives its SHA-256. The same items give the same manifest, in whatever order they come."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(asdict(item) for item in sorted(items, key=lambda item: item.sha256))
    content = text.getvalue().encode()
    sha256 = hashlib.sha256(content).hexdigest()
    _keep(manifest_path(config, sha256), content)
    return sha256


def read(config: Settings, sha256: str) -> list[Item]:
    """The items of a manifest.

    Raises:
        AnalysisFailed: `manifest_missing`, `manifest_altered`.
    """
    try:
        content = manifest_path(config, sha256).read_bytes()
    except FileNotFoundError as error:
        said = f"The manifest {sha256[:12]}… is gone. Bring it back from a backup."
        raise AnalysisFailed("manifest_missing", said) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        said = f"The manifest {sha256[:12]}… was altered. Bring it back from a backup."
        raise AnalysisFailed("manifest_altered", said)
    return TypeAdapter(list[Item]).validate_python(list(csv.DictReader(io.StringIO(content.decode(), newline=""))))


def manifest_path(config: Settings, sha256: str) -> Path:
    """Where the manifest of this hash lies."""
    return training_home(config) / "manifests" / f"{sha256}.csv"


def counted(items: Sequence[Item]) -> dict[str, Any]:
    """Files by split, label, kind, source and method."""
    told = {name: Counter(str(getattr(item, name)) for item in items if getattr(item, name))
            for name in ("split", "label", "kind", "dataset", "method", "came")}  # fmt: skip
    return {"files": len(items), "groups": len({item.group for item in items})} | {
        name: dict(sorted(counts.items())) for name, counts in told.items()
    }


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_bytes(content)
    beside.replace(path)
