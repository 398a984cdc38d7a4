"""The pictures that analyses leave, as files under `home/artifacts`: one folder for each analysis."""

import hashlib
import shutil
from pathlib import Path

from core.evidence import ModelRef
from core.settings import Settings
from db import analyses, kept_files
from db.analyses import Picture
from db.session import session
from pipelines import storage
from pipelines.staging import FILES, StagedPicture, pictures
from pipelines.unaltered import still_has


def pictures_of(home: Path, sha256: str) -> Path:
    """The folder of all that is made of one file; each analysis has a folder in it."""
    return home / kept_files.pictures(sha256)


def folder_of(home: Path, sha256: str, model: ModelRef, settings_hash: str) -> Path:
    """Where the pictures of one analysis lie: the same place for the same file, weights and settings."""
    return pictures_of(home, sha256) / f"{model.sha256[:12]}-{settings_hash[:12]}"


def sha256_of(picture: Path) -> str:
    """The hash of the file that a picture is of, by where it lies."""
    return picture.parent.parent.name


def is_frame(picture: Path) -> bool:
    """Whether it shows a whole frame, and nothing of what the machine made of it."""
    return picture.name.endswith(FILES["frame"])


def unaltered(config: Settings, picture: Path) -> bool:
    """Whether a picture is what its analysis kept; where files are shared, one that is not is fetched again."""
    with session(config) as opened:
        sha256 = analyses.picture_sha256(opened, sha256_of(picture), picture.relative_to(config.home).as_posix())
    if sha256 is None:  # a made-up desk's: drawn once for all its analyses, and in no folder of a file
        return True
    return still_has(picture, sha256) or (storage.fetch_again(config, picture) and still_has(picture, sha256))


def keep(staged: Path, config: Settings, folder: Path) -> list[Picture]:
    """Copy a result's pictures to `folder` and share them, in place of what an earlier try left there.

    Raises:
        AnalysisFailed: `bad_result` where one isn't a small picture.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return [_keep(picture, config, folder) for picture in pictures(staged)]


def _keep(picture: StagedPicture, config: Settings, folder: Path) -> Picture:
    path = folder / picture.name
    path.write_bytes(picture.content)
    storage.share(config, path)
    return Picture(
        kind=picture.kind,
        track=picture.place.track,
        index=picture.place.index,
        time=picture.place.time,
        path=path.relative_to(config.home).as_posix(),
        sha256=hashlib.sha256(picture.content).hexdigest(),
        frame_scale=picture.place.frame_scale,
        to_frame=picture.place.to_frame,
        variants=picture.place.variants,
    )
