"""The line about the folder whose files come in by themselves: where it is, what waits there, what is wrong with it."""

from collections.abc import Sequence

import streamlit as st

from core.settings import settings
from dashboard.components.wording import plain
from db.workers import AtWork

NOBODY = "**No worker looks into it now.**"


def watched_folder(workers: Sequence[AtWork], coming: int) -> None:
    """One line for each folder; nothing where none is watched. `coming` is the number of files not yet taken in."""
    told = settings().watched_folder
    folders = {one.watches for one in workers if one.watches} | ({str(told)} if told else set())
    for folder in sorted(folders):
        watchers = [one for one in workers if one.watches == folder]
        parts = [f"Watched folder: {plain(folder)}"]
        if not watchers:
            parts.append(NOBODY)
        if coming:
            parts.append(f"{coming:,} {'file' if coming == 1 else 'files'} there still to come in")
        st.caption(" · ".join(parts))
        for one in watchers:
            if one.watch_says:
                st.caption(f":material/warning: {plain(one.name)}: {plain(one.watch_says)}")
