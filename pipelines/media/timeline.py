"""When each frame of a clip is shown, read from all its packets without decoding: headers lie and lack things."""

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

USUAL_FPS = 25.0  # where a file says nothing at all
JITTER = 1e-3  # s; time bases round


@dataclass(frozen=True)
class Timeline:
    """Presentation times [n] in s, ascending, the first one 0 as in a player; `origin` is what the file calls 0."""

    times: NDArray[np.float64]
    duration: float
    origin: float
    timed: bool = True  # False where the file has no times and they were counted out


def read_timeline(container: InputContainer, track: VideoStream) -> Timeline:
    """The timeline of `track`; walks the whole container. What lies behind a torn place is left out."""
    packets = list(_packets(container, track))
    rate = float(track.guessed_rate or USUAL_FPS)
    known = sorted((stamp, lasts) for stamp, lasts in packets if stamp is not None)
    if (
        len({stamp for stamp, _ in known}) <= len(packets) / 2
        or len(known) < len(packets)
        or not track.time_base
    ):
        return _counted_out(max(len(packets), 1), rate)
    seconds = np.array([stamp for stamp, _ in known], np.float64) * float(track.time_base)
    span = float(seconds[-1] - seconds[0])
    usual = span / (len(seconds) - 1) if span else 1 / rate
    last = known[-1][1] * float(track.time_base) or usual
    return Timeline(seconds - seconds[0], span + last, float(seconds[0]))


def sample(timeline: Timeline, per_second: float, at_least: int, at_most: int) -> NDArray[np.int64]:
    """Numbers of the frames to look at: by time; by count as well where that gives fewer than `at_least`.

    A clip whose frame rate varies may show most of its frames within one second. A long clip is sampled more thinly,
    so that `at_most` frames reach its end.
    """
    count, duration = len(timeline.times), timeline.duration
    for step in (max(1 / per_second, duration / at_most), duration / at_least):
        chosen = _at_every(step, timeline)
        if len(chosen) >= at_least:
            return chosen[:at_most]
    chosen = np.union1d(chosen, _evenly(count, at_least))
    return chosen if len(chosen) <= at_most else _evenly(count, at_most)


def _counted_out(count: int, rate: float) -> Timeline:
    return Timeline(np.arange(count) / rate, count / rate, 0.0, timed=False)


def _packets(container: InputContainer, track: VideoStream) -> Iterator[tuple[int | None, int]]:
    """Time stamp and duration of every packet that is shown, in the order of the file and in its time base."""
    try:
        for packet in container.demux(track):
            if packet.size and not packet.is_discard:
                yield packet.pts, packet.duration or 0
    except av.FFmpegError:
        return  # torn here; what came before counts


def _at_every(step: float, timeline: Timeline) -> NDArray[np.int64]:
    """The first frame at or after each multiple of `step`."""
    moments = np.arange(0.0, timeline.duration, step) - JITTER
    numbers = np.unique(np.searchsorted(timeline.times, moments))
    return numbers[numbers < len(timeline.times)]


def _evenly(count: int, wanted: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(wanted, count)).round().astype(np.int64))
