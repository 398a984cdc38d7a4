"""Fresh fakes of the desk's own generators, as data versions: what the detector meets next time."""

import csv
import logging
import tempfile
from pathlib import Path

from core.errors import TelltaleError
from core.generators import shelf
from core.generators.journal import to_levels
from core.generators.marking import sentence, write_picture
from core.settings import Settings
from db.rights import User
from pipelines.retraining.importing import import_set
from pipelines.retraining.layouts import MANIFEST

PICTURES = 64  # of each generator, each time

log = logging.getLogger("telltale.retraining")


def refresh(config: Settings, actor: User, seed: int, device: str = "cpu") -> None:
    """Let every configured generator draw; one that can't is told in the log, and costs nobody the night."""
    for run in config.retrain_generators:
        try:
            _drawn(run, config, actor, seed, device)
        except TelltaleError as error:
            log.warning("the generator %s gave nothing: %s", run, error.message)
        except Exception:
            log.exception("the generator %s gave nothing", run)


def _drawn(run: Path, config: Settings, actor: User, seed: int, device: str) -> None:
    model = shelf.load(run, device)
    name, says = model.recipe.name, sentence(model.recipe.name, seed)
    pictures = to_levels(model.decode(model.noise(PICTURES, seed)))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with (folder / MANIFEST).open("w", newline="", encoding="utf-8") as table:
            rows = csv.writer(table)
            rows.writerow(["file", "label", "method"])
            for number, picture in enumerate(pictures):
                write_picture(folder / f"{seed}-{number}.png", picture, says)
                rows.writerow([f"{seed}-{number}.png", "fake", name])
        version = import_set(folder, f"{name} {seed}", config, actor, came="generator")
    log.info("%s drew %d faces, data version %s", name, version.counts["files"], version.sha256[:12])
