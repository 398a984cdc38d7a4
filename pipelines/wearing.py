"""Clips as messengers and social media hand them on: smaller, and encoded once more."""

from pathlib import Path

import av
from av.video.stream import VideoStream

LINES = 480
CRF = 32


def worn_copy(clip: Path, target: Path) -> Path:
    """The picture track of `clip` at 480 lines at most, in H.264 at CRF 32, with the times that it had."""
    with av.open(str(clip)) as source, av.open(str(target), "w") as copy:
        track = source.streams.video[0]
        options = {"crf": str(CRF), "preset": "fast"}
        out = copy.add_stream("libx264", rate=track.average_rate or 25, options=options)
        _shape(out, track)
        for frame in source.decode(track):
            small = frame.reformat(width=out.width, height=out.height, format="yuv420p")
            small.pts, small.time_base = frame.pts, frame.time_base
            copy.mux(out.encode(small))
        copy.mux(out.encode(None))
    return target


def _shape(out: VideoStream, track: VideoStream) -> None:
    scale = min(1.0, LINES / track.height)
    out.width, out.height = (max(2, round(side * scale / 2) * 2) for side in (track.width, track.height))
    out.pix_fmt = "yuv420p"
    out.codec_context.thread_count = 1  # with several, a copy on a busy machine now and then is another
    if track.time_base:
        out.codec_context.time_base = track.time_base
    if track.sample_aspect_ratio:
        out.codec_context.sample_aspect_ratio = track.sample_aspect_ratio
