"""How times, sizes and names are written. Names come from strangers: they are text, never markup."""

import re
from datetime import UTC, datetime

MARKUP = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """A text for a Markdown field, in which nothing is Markdown any more."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))


def paragraphs(text: str) -> str:
    """A longer text for a Markdown field: plain, but its lines stay lines."""
    return "\n\n".join(plain(line) for line in text.splitlines() if line.strip())


def clock(seconds: float) -> str:
    """A moment in a clip: 00:12.480."""
    whole = max(0, round(seconds * 1000))
    minutes, rest = divmod(whole, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{f'{hours}:' if hours else ''}{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def span(seconds: float) -> str:
    """A length of time: 0:47."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def size(count: int) -> str:
    """So many bytes: 12.4 MB."""
    for unit, step in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{count} bytes"


def ago(moment: datetime) -> str:
    """How long since, in one or two words."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    return f"{seconds // 3600:.0f} h ago" if seconds < 86_400 else f"{moment:%d %b %Y}"


def short(sha256: str) -> str:
    """Enough of a hash to know it again."""
    return f"{sha256[:12]}…"
