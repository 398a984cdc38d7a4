"""The rows and files of a case that was found to be whole, in one transaction."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from core.errors import TelltaleError
from core.evidence import Evidence, MediaInfo
from core.settings import Settings
from db import analyses, audit, case_imports, cases, deletion, fingerprints, media
from db.analyses import Picture
from db.case_imports import Source
from db.cases import Asked
from db.models import Origin
from db.rights import User
from db.session import session
from pipelines import storage
from pipelines.artifacts import pictures_of
from pipelines.intake import display_name
from pipelines.keeping.cases.archive import Reader, picture
from pipelines.keeping.cases.checking import fingerprint
from pipelines.keeping.cases.record import Analysed, CaseRecord, FileRecord, Pictured, bad, plain
from pipelines.originals import Incoming, here, path_of
from pipelines.provenance.near_copies import index_keys
from pipelines.staging import FILES

ORIGIN: Origin = "archive"


@dataclass(frozen=True)
class Imported:
    """What became of an archive. `known`: it was taken in before, and nothing was changed."""

    case_id: int
    known: bool
    files: int = 0
    new_files: int = 0
    analyses: int = 0
    new_analyses: int = 0


@dataclass
class Come:
    """A file of the archive. `incoming` holds its bytes where the desk does not hold them yet.

    `media_id`, `ids` (of its analyses: there, here) and `new` (how many of them were) are known once it is stored.
    """

    record: FileRecord
    info: MediaInfo
    incoming: Incoming | None
    media_id: int = 0
    ids: dict[int, int] = field(default_factory=dict)
    new: int = 0


@dataclass
class Storing:
    """One case on its way from an archive into the database."""

    config: Settings
    actor: User
    packed: Reader
    case: CaseRecord
    source: Source
    placed: list[Path] = field(default_factory=list)  # what must go again if the rest can't be stored

    def store(self, come: Sequence[Come]) -> Imported:
        """All of it, or nothing.

        Raises:
            OSError: a file can't be placed.
            TelltaleError: `bad_archive`, `bad_case`, `case_closed`, `deleted_meanwhile`.
        """
        try:
            with session(self.config) as opened, self._or_nothing():
                return self._store(opened, come)
        except (IntegrityError, DataError) as error:
            raise bad("the database does not take what it says") from error

    def _store(self, opened: Session, come: Sequence[Come]) -> Imported:
        for one in sorted(
            come, key=lambda one: one.info.sha256
        ):  # first the files, then the log, as everybody does
            one.media_id = media.add(opened, one.info, ORIGIN)
        media.lock(opened, *(one.media_id for one in come))
        audit.be_alone(opened)
        earlier = case_imports.case_of(opened, self.source)
        if earlier is not None and case_imports.is_known(opened, self.source):
            return Imported(earlier, known=True)  # somebody else was quicker
        for one in come:
            self._store_file(opened, one)
        case_id = self._start(opened) if earlier is None else earlier
        self._store_case(opened, case_id, come)
        for one in come:
            self._place(opened, one)
        new_files = sum(one.incoming is not None for one in come)
        found, new = sum(len(one.ids) for one in come), sum(one.new for one in come)
        return Imported(case_id, False, len(come), new_files, found, new)

    def _store_file(self, opened: Session, one: Come) -> None:
        names = {display_name(name) for name in one.record.said.received.names} - {one.info.name}
        for name in sorted(names):
            media.add(opened, replace(one.info, name=name), ORIGIN)
        if one.incoming:
            told = {"name": one.info.name, "sha256": one.info.sha256, "bytes": one.info.bytes}
            audit.record(opened, self.actor, "media.received", f"media:{one.media_id}", **told, origin=ORIGIN)
        if prints := fingerprint(one.record):
            fingerprints.keep(opened, one.media_id, prints, index_keys(prints))
        for analysed in one.record.analyses:
            weights = analysed.evidence.model.sha256
            known = analyses.find(opened, one.media_id, weights, analysed.settings_hash)
            one.ids[analysed.id] = known or self._store_analysis(opened, one, analysed)
            one.new += known is None

    def _store_analysis(self, opened: Session, one: Come, analysed: Analysed) -> int:
        found = self._found(one, analysed)
        pictures = self._keep_pictures(one.info, analysed)
        number = analyses.add(opened, one.media_id, found, analysed.settings_hash, pictures, analysed.at)
        audit.record(
            opened, self.actor, "analysis.imported", f"analysis:{number}", media=one.media_id, band=found.band,
            model=f"{found.model.name} {found.model.version}", weights=found.model.sha256, desk=self.source.desk_name,
        )  # fmt: skip
        return number

    def _found(self, one: Come, analysed: Analysed) -> Evidence:
        name = display_name(analysed.evidence.media.name)
        return replace(analysed.evidence, media=replace(one.info, name=name), heatmaps=())

    def _keep_pictures(self, info: MediaInfo, analysed: Analysed) -> list[Picture]:
        # A folder of the archive's own: names that it chose itself could lead into that of another analysis.
        folder = pictures_of(self.config.home, info.sha256) / f"{self.source.sha256[:32]}-{analysed.id}"
        shutil.rmtree(folder, ignore_errors=True)  # what an import that was cut off left there
        self.placed.append(folder)
        places = list(dict.fromkeys((one.place.track, one.place.index) for one in analysed.pictures))
        return [
            self._keep_picture(folder, places.index((one.place.track, one.place.index)), one)
            for one in analysed.pictures
        ]

    def _keep_picture(self, folder: Path, number: int, one: Pictured) -> Picture:
        path = folder / f"{number:03d}-{FILES[one.kind]}"
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.packed.read(picture(one.sha256)))
        storage.share(self.config, path)
        place = one.place
        return Picture(one.kind, place.track, place.index, place.time, path.relative_to(self.config.home).as_posix(),
                       one.sha256, place.frame_scale, place.to_frame, place.variants)  # fmt: skip

    def _start(self, opened: Session) -> int:
        asked = self.case.request
        return cases.start(
            opened,
            self.actor,
            Asked(asked.title, asked.question, asked.requester, asked.deadline, asked.tags),
        )

    def _store_case(self, opened: Session, case_id: int, come: Sequence[Come]) -> None:
        for exhibit, one in zip(self.case.exhibits, come, strict=True):
            # The analysis that counted there is named: here it need not be the newest.
            counts = None if exhibit.counts is None else one.ids[exhibit.counts]
            cases.add_item(opened, self.actor, case_id, one.media_id, counts)
        said = {one.media_id: plain(one.record.said) for one in come}
        new = sum(one.incoming is not None for one in come)
        case_imports.add(opened, self.actor, case_id, self.source, plain(self.case), said, new_files=new)

    def _place(self, opened: Session, one: Come) -> None:
        sha256 = one.info.sha256
        deletion.take_back(opened, sha256)  # what still goes of an older one, also one that was just deleted
        if one.incoming:
            self.placed.append(path_of(self.config.home, sha256))
            one.incoming.place(sha256)
        elif not here(self.config, sha256).is_file():  # it was there when it was looked for
            said = f"{one.info.name} was deleted here while the case came in. Take the archive in again."
            raise TelltaleError("deleted_meanwhile", said)

    @contextmanager
    def _or_nothing(self) -> Iterator[None]:
        """What was placed goes again, while nobody else can have come to rely on it."""
        try:
            yield
        except BaseException:
            for path in self.placed:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
            raise
