"""The open cases, to choose one from."""

from collections import Counter

from db import case_file
from db.session import session


def open_cases() -> dict[int, str]:
    """Ids and titles, those last changed first. A browser knows them by title: those that are alike get a number."""
    with session() as opened:
        titles = case_file.open_titles(opened)
    often = Counter(title for _, title in titles)
    return {number: title if often[title] == 1 else f"{title} (case {number})" for number, title in titles}
