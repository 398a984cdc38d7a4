"""What of a folder can be taken in: videos and pictures, by their suffixes, a few levels deep."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SUFFIXES = frozenset(
    [".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".gif", ".jpg", ".jpeg", ".png", ".webp"]
)
DEEPEST = 3  # levels of folders that are looked through


@dataclass
class Listing:
    """What is there. Hidden files and links are passed over without a word."""

    media: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)  # of kinds that the desk does not read
    closed: list[Path] = field(default_factory=list)  # folders in it that the desk may not look into


def listing(folder: Path) -> Listing:
    """All files of a folder, in the order of their paths.

    Raises:
        OSError: it is none, or can't be read.
    """
    found = Listing()
    for path in sorted(_files(folder, DEEPEST, found)):
        (found.media if path.suffix.lower() in SUFFIXES else found.others).append(path)
    return found


def _files(folder: Path, levels: int, found: Listing) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _below(entry, levels - 1, found)
        elif entry.is_file():
            yield entry


def _below(folder: Path, levels: int, found: Listing) -> Iterator[Path]:
    if not levels:
        return
    try:
        yield from _files(folder, levels, found)
    except PermissionError:
        found.closed.append(folder)
