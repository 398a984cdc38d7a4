"""From when, until when: asked by the reader's own days, and kept in the address."""

from datetime import date, datetime, time, timedelta

import streamlit as st

from dashboard.components.when import zone

DAYS: dict[str, int | None] = {
    "Any time": None, "Today": 0, "Last 7 days": 6, "Last 30 days": 29, "Last 12 months": 364, "Between": None,
}  # fmt: skip
BETWEEN = "Between"


def days() -> tuple[datetime | None, datetime | None]:
    """Draw the choice; gives the first moment that counts and the first that doesn't any more."""
    chosen = st.selectbox("When", list(DAYS), key="when", bind="query-params", width=150)
    if chosen == BETWEEN:
        named = st.date_input("From, to", value=[], key="between", bind="query-params", width=220)
        first, last = (named[0], named[-1]) if named else (None, None)
        return _midnight(first), _midnight(last + timedelta(days=1) if last else None)
    back = DAYS[chosen]
    return _midnight(None if back is None else datetime.now(zone()).date() - timedelta(days=back)), None


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone())
