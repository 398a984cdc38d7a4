"""What a run is made from, kept beside its figures: configuration, commit, versions and a hash of each face set."""

import json
from importlib.metadata import version
from pathlib import Path

from core.training.checkpoints import replace
from core.training.recipe import Recipe
from core.version import revision

ORIGIN = "origin.json"
PACKAGES = ("torch", "timm", "numpy", "opencv-python-headless", "av")  # that figures may depend on


def keep(folder: Path, recipe: Recipe, faces: dict[str, str]) -> None:
    """Writes it each time a run begins or goes on; `faces` are the fingerprints of its sets by name.

    ValueError where the run in `folder` learned from other faces.
    """
    path = folder / ORIGIN
    before = json.loads(path.read_text()) if path.is_file() else {}
    known: dict[str, str] = before.get("faces", faces)
    if changed := sorted(name for name in known | faces if known.get(name) != faces.get(name)):
        told = f"{folder} learned from other faces than these, see: {', '.join(changed)}."
        raise ValueError(f"{told} Bring back the sets that it began with, or give the run a new name.")
    revisions = list(dict.fromkeys([*before.get("revisions", []), revision()]))  # it may go on under later code
    about = {"recipe": recipe.model_dump(), "faces": faces, "revisions": revisions,
             "versions": {name: version(name) for name in PACKAGES}}  # fmt: skip
    replace(path, json.dumps(about, indent=1) + "\n")
