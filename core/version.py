"""The version of this code, as `pyproject.toml` says it."""

import tomllib

from core.settings import ROOT

VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
