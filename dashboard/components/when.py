"""Moments as the reader's own clock has them."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def zone() -> tzinfo:
    """The reader's time zone, as her browser says; UTC where it says none that we know."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def when(moment: datetime) -> str:
    """A moment to the minute: 24 Nov 2026, 13:41."""
    return f"{moment.astimezone(zone()):%d %b %Y, %H:%M}"
