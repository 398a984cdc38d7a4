"""Take a collection of labelled faces in, so that the desk's detector learns from it too.

    python -m scripts.import_data ffpp.zip --name "FaceForensics++"

A folder, a zip or a tar: laid out as FaceForensics++, Celeb-DF, DFDC, CelebA or FER2013 (also its `fer2013.csv`), or
with a `manifest.csv` of columns `file` and `label` (real, fake), and where known `method`, `group`, `group2`, `split`.
What a collection keeps for testing is left out, and so is what can't be read or shows no face; each with its reason.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from rich.progress import Progress

from core.errors import TelltaleError
from core.settings import settings
from db import people
from db.data_versions import DataVersionRow
from db.migrate import migrate
from db.session import session
from pipelines.retraining.importing import import_set
from pipelines.retraining.layouts import LAYOUTS

SHOWN = 20  # files left out that are told one by one


def said(version: DataVersionRow) -> str:
    """What came of it, for the shell."""
    reasons = Counter(one["code"] for one in version.left_out)
    counts = f"{version.counts['files']} files in {version.counts['groups']} groups"
    lines = [f"{version.name}: {counts}, data version {version.sha256[:12]}."]
    if reasons:
        lines.append("Left out: " + ", ".join(f"{count} {code}" for code, count in reasons.most_common()) + ".")
    lines += [f"  {one['name']}: {one['why']}" for one in version.left_out[:SHOWN]]
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    """What was asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder, zip or tar; or fer2013.csv")
    parser.add_argument("--name", help="of the collection; that of the file, where none is given")
    parser.add_argument("--layout", choices=list(LAYOUTS), help="where it can't be told from the folders")
    return parser.parse_args()


def main() -> None:
    """The command."""
    asked, config = arguments(), settings()
    migrate(config)
    with session(config) as opened:
        actor = people.desk_user(opened)
    try:
        with Progress() as bar:
            task = bar.add_task("Reading")
            version = import_set(
                asked.source, asked.name or asked.source.stem, config, actor,
                lambda done, total: bar.update(task, completed=done, total=total), asked.layout,
            )  # fmt: skip
    except TelltaleError as error:
        sys.exit(error.message)
    print(said(version))


if __name__ == "__main__":
    main()
