"""The version of this code, as `pyproject.toml` says it, its fingerprint, and its commit."""

import hashlib
import subprocess
import tomllib
from functools import cache
from pathlib import Path

from core.hashing import hashed
from core.settings import ROOT

VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
PACKAGES = ("core", "dashboard", "db", "pipelines", "scripts")


@cache  # asked at the start; what an upgrade puts on the disk later is not what this process runs
def build() -> str:
    """The version, and behind a plus the fingerprint of the code: machines of one build run the same."""
    return f"{VERSION}+{fingerprint(ROOT)[:12]}"


def fingerprint(root: Path) -> str:
    """The SHA-256 of the names and contents of the project's own Python files, some 20 ms."""
    files = sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))
    told = "".join(f"{hashed(path)}  {path.relative_to(root).as_posix()}\n" for path in files)
    return hashlib.sha256(told.encode()).hexdigest()


def revision() -> str:
    """The commit that is checked out; `unknown` on a desk that was installed without its history."""
    if not (ROOT / ".git").exists():
        return "unknown"
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    return said.stdout.strip()
