"""What generators may learn from on this desk: archives, folders and tables in its folder `sets`."""

from pathlib import Path

from core.errors import TelltaleError
from core.settings import Settings

ARCHIVES = (".zip", ".csv")


def place(config: Settings) -> Path:
    """Where sets are put, by whoever has the machine."""
    return config.home / "sets"


def names(config: Settings) -> list[str]:
    """The sets that are there. A table beside an archive of its name describes it, and is none itself."""
    if not place(config).is_dir():
        return []
    entries = [path for path in sorted(place(config).iterdir()) if not path.name.startswith(".")]
    pictures = {path.stem for path in entries if path.suffix != ".csv"}
    return [path.name for path in entries if path.is_dir() or _is_set(path, pictures)]


def path_of(config: Settings, name: str) -> Path:
    """The set of this name; TelltaleError `no_set`."""
    if name not in names(config):
        raise TelltaleError("no_set", f"There is no set called {name} in {place(config)}.")
    return (place(config) / name).resolve()


def _is_set(path: Path, pictures: set[str]) -> bool:
    return path.suffix in ARCHIVES and not (path.suffix == ".csv" and path.stem in pictures)
