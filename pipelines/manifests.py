"""Tables of labelled files: who is real, who is fake, and who belongs together."""

from pathlib import Path

import pandas as pd

from core.errors import TelltaleError
from core.splits import assign


class ManifestRefused(TelltaleError):
    """The table of labelled files is not one."""


def read_manifest(path: Path, split: str | None = None, limit: int | None = None) -> pd.DataFrame:
    """The rows of labelled files, with `method`, `dataset`, `group` and `kind` filled in; other columns as they are.

    `split` keeps `train`, `dev` (without the part kept for the report) or `test` (that part), as `core.splits` has it.
    Raises ManifestRefused where it is no table, or where columns or labels are missing.
    """
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    except ValueError as error:  # pandas' own errors are among these, and letters that are no UTF-8
        raise ManifestRefused("no_table", f"{path.name} is no table: {error}. Save it as CSV in UTF-8.") from error
    if missing := {"file", "label", *(["split"] if split else [])} - set(rows.columns):
        raise ManifestRefused("columns", f"{path.name} lacks the columns {sorted(missing)}. Add them.")
    if odd := sorted(set(rows["label"]) - {"real", "fake"}):
        raise ManifestRefused(
            "labels", f"{path.name} has the labels {odd[:5]}; only real and fake are known."
        )
    for column in ("method", "dataset", "group", "person", "kind"):
        rows[column] = rows.get(column, "")
    rows["group"] = rows["group"].where(rows["group"] != "", rows["person"])
    rows["group"] = rows["group"].where(rows["group"] != "", rows["file"])
    if split:
        rows = rows[assign(rows) == split]
    return rows.head(limit) if limit else rows
