"""The SHA-256 of a file, by which the desk knows originals, weights, data and code."""

import hashlib
from pathlib import Path


def hashed(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal; OSError where it can't be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
