"""What a browser needs to show the very frames of a clip: when each of them is shown, and a copy that it can play.

The copy is for looking: every frame at its own time, upright, with square pixels. Nothing is ever judged by it.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from core.evidence import MediaInfo
from pipelines.media import pictures
from pipelines.media.containers import DEMUXERS, open_clip, sniff
from pipelines.media.decode import sampled_frames
from pipelines.media.timeline import Timeline, read_timeline
from pipelines.media.upright import Image

SOUND = frozenset({"aac", "mp3", "opus", "flac"})  # taken over as it is: sound is not decoded here
TICKS = Fraction(1, 90_000)  # s; fine enough for the frame times of any camera
LONGEST_SIDE = 1920  # px of the copy
ENCODER = {
    "preset": "veryfast",
    "crf": "18",
    "g": "12",  # a key frame every so often, so that a browser finds any frame at once
    "bf": "0",  # no frame waits for a later one: what comes first is shown first, at its own time
}
INDEX_FIRST = {"movflags": "+faststart"}  # a browser can seek before it has fetched the whole
Told = Callable[[int, int], None]


def frame_times(path: Path, max_pixels: int) -> NDArray[np.float64]:
    """Presentation times [n] of all frames in s, ascending, the first one 0; no frame of a clip is decoded.

    Raises MediaRefused as `open_clip` and `open_picture` do.
    """
    return _timeline(path, max_pixels).times


def write_copy(path: Path, info: MediaInfo, target: Path, max_pixels: int, told: Told) -> None:
    """Write an H.264 MP4 of the clip at `path`, no frame of which may have more than `max_pixels`.

    `told` hears of frames done and frames in all.

    Raises MediaRefused: `undecodable`, and as `open_clip` does.
    """
    timeline = _timeline(path, max_pixels)
    count = len(timeline.times)
    every = sampled_frames(path, info, 60.0, count, count, max_pixels)
    with av.open(str(target), "w", format="mp4", options=INDEX_FIRST) as out, _Sound(path, out, max_pixels) as sound:
        stream = out.add_stream("libx264", options=ENCODER)
        stream.pix_fmt, stream.codec_context.time_base = "yuv420p", TICKS
        stream.width, stream.height = even_size(info.width, info.height)
        for done, frame in enumerate(every, 1):
            sound.up_to(frame.time + timeline.origin, timeline.origin)
            out.mux(stream.encode(_picture(frame.image, frame.time, stream.width, stream.height)))
            told(done, count)
        out.mux(stream.encode(None))
        sound.up_to(float("inf"), timeline.origin)


def even_size(width: int, height: int) -> tuple[int, int]:
    """Size of the copy: small enough, and even, as H.264 wants it."""
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _timeline(path: Path, max_pixels: int) -> Timeline:
    container = sniff(path)
    if container not in DEMUXERS:
        with pictures.open_picture(path, container, max_pixels) as picture:
            return pictures.timeline(picture)
    clip, track = open_clip(path, container, max_pixels)
    with clip:
        return read_timeline(clip, track)


def _picture(image: Image, time: float, width: int, height: int) -> VideoFrame:
    if image.shape[:2] != (height, width):
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    frame = VideoFrame.from_ndarray(image, "rgb24")
    frame.pts, frame.time_base = round(time / TICKS), TICKS
    return frame


class _Sound:
    """The sound of a clip, carried over packet by packet beside the pictures; silent where browsers don't know it."""

    def __init__(self, path: Path, out: OutputContainer, max_pixels: int) -> None:
        self._out = out
        self._clip = _opened(path, max_pixels)
        track = _sound_of(self._clip) if self._clip else None
        self._copy = out.add_stream_from_template(track) if track else None
        self._packets = _stamped(self._clip, track) if self._clip and track else iter(())
        self._next = next(self._packets, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._clip:
            self._clip.close()

    def up_to(self, time: float, origin: float) -> None:
        """Carry over what is heard until `time`, in the file's own time, of which `origin` becomes 0."""
        while (packet := self._next) is not None and _time(packet) <= time:
            self._next = next(self._packets, None)
            if _time(packet) < origin:
                continue  # heard before there is anything to see
            # One clock for both: a sound packet is heard when it is decoded.
            packet.pts = packet.dts = (packet.pts or 0) - round(origin / float(packet.time_base))
            packet.stream = self._copy
            self._out.mux(packet)


def _opened(path: Path, max_pixels: int) -> InputContainer | None:
    container = sniff(path)
    return open_clip(path, container, max_pixels)[0] if container in DEMUXERS else None


def _sound_of(clip: InputContainer) -> AudioStream | None:
    known = (one for one in clip.streams.audio if one.codec_context)
    return next((one for one in known if one.codec_context.codec.canonical_name in SOUND), None)


def _stamped(clip: InputContainer, track: AudioStream) -> Iterator[Packet]:
    try:
        yield from (packet for packet in clip.demux(track) if packet.pts is not None)
    except av.FFmpegError:
        return  # torn here


def _time(packet: Packet) -> float:
    return float((packet.pts or 0) * packet.time_base)
