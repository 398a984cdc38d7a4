"""Collections from outside as data versions: every file is hashed, read, and kept under `home/training`."""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from core.errors import AnalysisFailed, MediaRefused
from core.settings import Settings
from core.splits import tied
from db import data_versions
from db.data_versions import DataVersionRow, Made
from db.rights import User, require
from db.session import session
from pipelines.originals import CHUNK, Incoming, open_regular
from pipelines.retraining import items, layouts
from pipelines.retraining.archives import Limits, is_archive, unpack
from pipelines.retraining.cuts import Cuts
from pipelines.retraining.items import Came, Item, LeftOut, training_home
from pipelines.retraining.layouts import Row
from pipelines.retraining.pixel_tables import TABLE, unroll

Progress = Callable[[int, int], None]


def import_set(
    source: Path, name: str, config: Settings, actor: User, progress: Progress = lambda _done, _of: None,
    layout: str | None = None, came: Came = "import",
) -> DataVersionRow:
    """Take a folder or an archive in as a data version called `name`. What can't teach is left out and told.

    Raises:
        NotAllowed: the actor may not say what a detector is trained on.
        MediaRefused: `no_set`, `no_layout`, `bad_manifest`, or what `archives.unpack` refuses.
    """  # fmt: skip
    require(actor, "change_models")
    with _folder(source, config) as folder, Cuts(config) as cuts:
        rows = layouts.rows(folder, layout or layouts.of(folder))
        groups = tied((row.groups[0], other) for row in rows for other in row.groups)
        taken = _Taken(name, came)
        for number, row in enumerate(rows):
            taken.add(row, groups[row.groups[0]], folder, config, cuts)
            progress(number + 1, len(rows))
    return _keep(taken, config, actor)


class _Taken:
    """What was taken in so far, and what was not."""

    def __init__(self, name: str, came: Came) -> None:
        self.name, self.came = name, came
        self.left_out: list[LeftOut] = []
        self._by_file: dict[str, list[Item]] = defaultdict(list)

    def add(self, row: Row, group: str, folder: Path, config: Settings, cuts: Cuts) -> None:
        """One more file of the collection."""
        if row.held_out:
            self._leave("", row, "held_out", "The collection keeps it for testing.")
            return
        try:
            with Incoming(training_home(config), config.max_bytes) as incoming:
                sha256 = _copied(folder, row.file, incoming)
                cut = cuts.of(sha256, incoming.path)
                if not len(cut.images):
                    self._leave(sha256, row, "no_face", "No face was found in it.")
                    return
                incoming.place(sha256)
        except (MediaRefused, AnalysisFailed) as refusal:
            self._leave("", row, "unreadable", refusal.message)
            return
        self._by_file[sha256].append(
            Item(sha256, row.label, cut.kind, row.method, self.name, f"{self.name}/{group}", self.came, name=row.file)
        )

    def items(self) -> Iterator[Item]:
        """Each file once; one that stands here with both labels is left out."""
        for same in self._by_file.values():
            if len({item.label for item in same}) > 1:
                why = "It stands in the collection as genuine and as fake."
                self.left_out.append(LeftOut(same[0].sha256, same[0].name, "contradictory", why))
            else:
                yield same[0]

    def _leave(self, sha256: str, row: Row, code: str, why: str) -> None:
        self.left_out.append(LeftOut(sha256, row.file, code, why))


@contextmanager
def _folder(source: Path, config: Settings) -> Iterator[Path]:
    """The collection as a folder; what is packed, or rolled into a table, is unrolled for a while beside its files."""
    if source.is_dir() and not _table(source).is_file():
        yield _only_folder(source)
        return
    training_home(config).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=training_home(config), prefix="unpacked-") as scratch:
        if is_archive(source):
            unpack(source, Path(scratch), Limits(config.max_bytes))
            with _folder(Path(scratch), config) as folder:
                yield folder
        elif _table(source).name == TABLE:
            unroll(_table(source), Path(scratch))
            yield Path(scratch)
        else:
            raise MediaRefused("no_set", f"This is neither a folder nor a zip or tar, nor {TABLE}. Check the path.")


def _table(source: Path) -> Path:
    """Where FER2013's table would lie, were this it."""
    return _only_folder(source) / TABLE if source.is_dir() else source


def _only_folder(folder: Path) -> Path:
    """Archives often hold one folder that holds all the rest."""
    inside = [path for path in folder.iterdir() if not path.name.startswith(("__MACOSX", "."))]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() and not inside[0].is_symlink() else folder


def _copied(folder: Path, name: str, incoming: Incoming) -> str:
    """The file's hash, once its bytes are in."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise MediaRefused("outside", "This name leads out of the collection.")
    with open_regular(path) as file:
        while chunk := file.read(CHUNK):
            incoming.write(chunk)
    return incoming.complete()


def _keep(taken: _Taken, config: Settings, actor: User) -> DataVersionRow:
    found = list(taken.items())
    made = Made(
        sha256=items.write(config, found),
        origin="generator" if taken.came == "generator" else "import",
        name=taken.name,
        counts=items.counted(found),
        left_out=tuple(asdict(one) for one in taken.left_out),
    )
    with session(config) as opened:
        return data_versions.keep(opened, actor, made)
