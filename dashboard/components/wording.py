"""How times, sizes and names are written. Names come from strangers: they are text, never markup."""

import re
from datetime import UTC, datetime

MARKUP = re.compile(r"([!-/:-@\[-`{-~])")
# Browsers are given links for addresses, and icons for some words between colons, even where both are escaped. A mark
# that stands in an element of its own (a colour that names none) ends that; what is copied out stays as it was.
ALIVE = re.compile(r"\\@|\\:(?=\\/\\/|material\\_|streamlit\\:)|(?<=www)\\\.", re.IGNORECASE)


def plain(text: str) -> str:
    """A text for a Markdown field, in which nothing is Markdown any more, and nothing a link."""
    return ALIVE.sub(r":color[\g<0>]", _escaped(text))


def paragraphs(text: str) -> str:
    """A longer text that people wrote: its lines stay lines, addresses in it are links, nothing else is Markdown."""
    return "\n\n".join(_escaped(line) for line in text.splitlines() if line.strip())


def _escaped(text: str) -> str:
    return MARKUP.sub(r"\\\1", " ".join(text.split()))


def span(seconds: float) -> str:
    """A length of time: 0:47."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


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
