"""How moments of a clip and sizes are written: the same on pages and in reports."""


def clock(seconds: float) -> str:
    """A moment in a clip: 00:12.480."""
    whole = max(0, round(seconds * 1000))
    minutes, rest = divmod(whole, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{f'{hours}:' if hours else ''}{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def size(count: int) -> str:
    """So many bytes: 12.4 MB."""
    for unit, step in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{count} bytes"
