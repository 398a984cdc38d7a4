"""The version of this code, as `pyproject.toml` says it, and its commit."""

import subprocess
import tomllib

from core.settings import ROOT

VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def revision() -> str:
    """The commit that is checked out; `unknown` on a desk that was installed without its history."""
    if not (ROOT / ".git").exists():
        return "unknown"
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    return said.stdout.strip()
