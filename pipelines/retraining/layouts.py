"""How well-known collections of real and fake faces lie on a disk. Each reader gives a row a file, and opens none."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import MediaRefused
from pipelines.retraining.items import Label

MANIFEST = "manifest.csv"
LARGEST_TABLE = 1 << 28  # bytes


@dataclass(frozen=True)
class Row:
    """One file as its collection describes it. `groups` are the people or clips that it shows."""

    file: str  # relative to the collection's folder
    label: Label
    method: str
    groups: tuple[str, ...]
    held_out: bool = False  # the collection keeps it for testing


Reader = Callable[[Path], Iterator[Row]]


def of(folder: Path) -> str:
    """The layout of a folder.

    Raises:
        MediaRefused: `no_layout`.
    """
    for name, (sign, _) in LAYOUTS.items():
        if any(folder.glob(sign)):
            return name
    known = ", ".join(name for name in LAYOUTS if name != "manifest")
    raise MediaRefused(
        "no_layout", f"This is none of the collections known ({known}), and has no {MANIFEST}. Add one: file, label."
    )


def rows(folder: Path, layout: str) -> list[Row]:
    """Every labelled file of a collection, in order of name.

    Raises:
        MediaRefused: `bad_manifest` where its table is not one.
    """
    _, reader = LAYOUTS[layout]
    try:
        return sorted(reader(folder), key=lambda row: row.file)
    except (KeyError, ValueError, AttributeError) as error:
        message = f"The table of this collection can't be read: {type(error).__name__} {error}. Correct it."
        raise MediaRefused("bad_manifest", message) from error


def _manifest(folder: Path) -> Iterator[Row]:
    """A table of ours: `file`, `label`; and where known `method`, `group`, `group2`, `split`."""
    for row in csv.DictReader(_text(folder / MANIFEST).splitlines()):
        if row["label"] not in ("real", "fake"):
            raise ValueError(f"label {row['label']!r}: only real and fake are known")
        fake: Label = "fake" if row["label"] == "fake" else "real"
        groups = tuple(filter(None, (row.get("group"), row.get("group2")))) or (row["file"],)
        method = (row.get("method") or "fake") if fake == "fake" else ""
        yield Row(row["file"], fake, method, groups, (row.get("split") or "train") != "train")


def _faceforensics(folder: Path) -> Iterator[Row]:
    """FaceForensics++ (Rössler et al. 2019): of `033_097.mp4`, 033 is the footage and 097 lent the face.

    Actors' clips (DeepFakeDetection) are called `01__scene`, and `01_02__scene__key` where 02's face was put in.
    """
    for path in _clips(folder, "original_sequences/*/*/videos/*.mp4"):
        yield Row(_name(folder, path), "real", "", (_ff_people(path, folder, 1)[0],))
    for path in _clips(folder, "manipulated_sequences/*/*/videos/*.mp4"):
        yield Row(_name(folder, path), "fake", path.parts[-4], tuple(_ff_people(path, folder, 2)))


def _ff_people(path: Path, folder: Path, most: int) -> list[str]:
    source = path.relative_to(folder).parts[1]
    acted = source in ("actors", "DeepFakeDetection")
    return [f"{'actor' if acted else 'youtube'}-{one}" for one in path.stem.split("__")[0].split("_")[:most]]


def _celeb_df(folder: Path) -> Iterator[Row]:
    """Celeb-DF (Li et al. 2020): `id3_id7_0002.mp4` has the face of one in the footage of the other."""
    listed = folder / "List_of_testing_videos.txt"
    testing = {line.split()[-1] for line in _text(listed).splitlines() if line.strip()} if listed.is_file() else set()
    for part, label in (("Celeb-real", "real"), ("YouTube-real", "real"), ("Celeb-synthesis", "fake")):
        for path in _clips(folder, f"{part}/*.mp4"):
            people = tuple(word for word in path.stem.split("_") if word.startswith("id")) or (path.stem,)
            name = _name(folder, path)
            yield Row(name, "fake" if label == "fake" else "real", "Celeb-DF" if label == "fake" else "", people,
                      name in testing)  # fmt: skip


def _dfdc(folder: Path) -> Iterator[Row]:
    """DFDC (Dolhansky et al. 2020): a `metadata.json` beside the clips; a fake names its original."""
    for table in sorted([*folder.glob("metadata.json"), *folder.glob("*/metadata.json")]):
        for name, told in json.loads(_text(table)).items():
            fake = {"FAKE": True, "REAL": False}[told["label"]]
            groups = (told.get("original") or name) if fake else name
            file = _name(folder, table.parent / name)
            yield Row(file, "fake" if fake else "real", "DFDC" if fake else "", (groups,), told.get("split") == "test")


def _celeba(folder: Path) -> Iterator[Row]:
    """CelebA (Liu et al. 2015): genuine portraits, with the number of the person."""
    people = dict(line.split() for line in _text(folder / "identity_CelebA.txt").splitlines() if line.strip())
    parts = folder / "list_eval_partition.txt"
    held = dict(line.split() for line in _text(parts).splitlines() if line.strip()) if parts.is_file() else {}
    for path in _clips(folder, "img_align_celeba/*.jpg"):
        yield Row(_name(folder, path), "real", "", (people[path.name],), held.get(path.name, "0") != "0")


def _fer2013(folder: Path) -> Iterator[Row]:
    """FER2013 (Goodfellow et al. 2013): genuine faces by emotion, small and grey; nobody says whose they are."""
    for path in _clips(folder, "*/*/*"):
        name = _name(folder, path)
        yield Row(name, "real", "", (name,), path.parts[-3] != "train")


def _clips(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern))


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _text(path: Path) -> str:
    if path.is_symlink() or path.stat().st_size > LARGEST_TABLE:
        raise ValueError(f"{path.name} is a link, or too large for a table")
    return path.read_text(encoding="utf-8-sig")


# The first whose sign is found is taken.
LAYOUTS: dict[str, tuple[str, Reader]] = {
    "manifest": (MANIFEST, _manifest),
    "faceforensics": ("manipulated_sequences/*/*/videos", _faceforensics),
    "celeb-df": ("Celeb-synthesis", _celeb_df),
    "dfdc": ("**/metadata.json", _dfdc),
    "celeba": ("identity_CelebA.txt", _celeba),
    "fer2013": ("train/happy", _fer2013),
}
