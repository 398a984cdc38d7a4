"""How moments of a clip, sizes and codings are written: the same on pages and in reports."""

CODECS = {"h264": "H.264", "hevc": "H.265 (HEVC)", "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "mpeg4": "MPEG-4"}


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


def coding(codec: str, container: str) -> str:
    """How a file is written: H.264 in MOV; a still is told once, JPEG."""
    said = CODECS.get(codec, codec.upper())
    return said if codec == container else f"{said} in {container.upper()}"
