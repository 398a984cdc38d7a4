"""Score labelled media and say what the scores are worth, of the detector that came with the project or another.

    python -m scripts.evaluate MANIFEST.csv --root DIR_OR_ZIP --json OUT [--model FOLDER]

The manifest has the columns `file` and `label` (real, fake) and may have `method`, `dataset`, `group`, `kind` and
`split`. Every figure comes with a 95 % interval, from a bootstrap over whole groups. Files that can't be read are
listed with the reason and counted in no figure; those without a judgeable face count as inconclusive.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from core.detectors import registry
from core.errors import TelltaleError
from core.settings import settings
from pipelines.evaluation import analysed, report
from pipelines.manifests import read_manifest

SHOWN = {
    "auc": "AUC",
    "eer": "EER",
    "tpr_at_fpr01": "TPR at\n1 % FPR",
    "tpr_at_fpr05": "TPR at\n5 % FPR",
    "ece": "ECE",
    "ece_of_perfect": "ECE by\nchance",
    "flagged_genuine": "genuine\nflagged",
    "inconclusive": "undecided or\nnot judged",
}
NARROWEST = 118  # columns of a terminal that the table needs


def evaluate(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    """All rows of the manifest through the detector asked for."""
    config = settings()
    detector = registry.load(asked.model or config.shipped_detector)
    rows = read_manifest(asked.manifest, asked.split, asked.limit).to_dict("records")
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        coming = analysed(rows, asked.root, detector, config)
        outcomes = list(progress.track(coming, len(rows), description="Analysing"))
    return {"manifest": asked.manifest.name, "split": asked.split} | report(outcomes, detector)


def table(evaluation: dict[str, Any]) -> Table:
    """The figures overall, by kind and by method, each above its interval; data sets are in the JSON."""
    drawn = Table("", "genuine", "fake", *SHOWN.values(), title=evaluation["manifest"], show_lines=True)
    parts = {name: evaluation[name] for name in ("overall", "video", "image") if evaluation[name]}
    for name, part in (parts | evaluation["by_method"]).items():
        drawn.add_row(name, str(part["n_real"]), str(part["n_fake"]), *(_cell(part[key]) for key in SHOWN))
    return drawn


def _cell(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return "–"
    low, high = figure["ci"]
    return f"{figure['value']:.3f}\n{low:.2f}–{high:.2f}"


def arguments() -> argparse.Namespace:
    """What was asked on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--root", type=Path, required=True, help="folder of the files, or a zip of them")
    parser.add_argument("--model", type=Path, help="folder of another detector than the one in service")
    parser.add_argument("--json", type=Path, help="where to write all figures and every file's score")
    parser.add_argument(
        "--split", choices=("train", "dev", "test"), help="only these rows; see core/splits.py"
    )
    parser.add_argument("--limit", type=int, help="only the first so many rows")
    asked = parser.parse_args()
    for path in (asked.manifest, asked.root):
        if not path.exists():
            parser.error(f"{path} does not exist. Check the path.")
    return asked


def main() -> None:
    """The command."""
    asked, console = arguments(), Console(stderr=True)
    try:
        evaluation = evaluate(asked, console)
    except TelltaleError as error:
        sys.exit(error.message)
    if asked.json:
        asked.json.write_text(json.dumps(evaluation, indent=1), encoding="utf-8")
    screen = Console()
    screen.width = max(screen.width, NARROWEST)
    screen.print(table(evaluation))
    for failure in evaluation["failed"]:
        print(f"not judged: {failure['file']}: {failure['why']}")


if __name__ == "__main__":
    main()
