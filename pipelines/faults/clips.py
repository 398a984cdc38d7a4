"""Real clips for a desk that is to be hurt: beginnings of one clip, none of the same bytes, as many as wanted."""

import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import av

SHORTEST = 1.0  # s


def distinct_clips(sample: Path, folder: Path, seed: int, longest: float) -> Iterator[Path]:
    """Endless clips of `SHORTEST` to `longest` s, each written to `folder` when it is asked for.

    The same seed gives clips of the same lengths and comments.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(seed)  # noqa: S311  # to repeat, not to hide
    for number in count(1):
        path = folder / f"clip-{number:04d}.mp4"
        _cut(sample, path, dice.uniform(SHORTEST, longest), f"Number {number} of seed {seed}")
        yield path


def _cut(sample: Path, path: Path, seconds: float, comment: str) -> None:
    """The beginning of a clip, as it was encoded."""
    with av.open(sample) as source, av.open(path, "w") as target:
        target.metadata["comment"] = comment
        video = source.streams.video[0]
        copied = target.add_stream_from_template(video)
        for packet in source.demux(video):
            if packet.pts is None or float(packet.pts * packet.time_base) > seconds:
                continue  # the last is empty; a frame beyond the end may come before one within it
            packet.stream = copied
            target.mux(packet)
