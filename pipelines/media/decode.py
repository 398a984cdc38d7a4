"""Frames of a clip at regular moments of its presentation time, one at a time, upright and with square pixels."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame

from core.evidence import MediaInfo
from pipelines.media import pictures
from pipelines.media.containers import DEMUXERS, open_clip, sniff, undecodable
from pipelines.media.shrink import WORKING_SIDE, afar, halved
from pipelines.media.timeline import JITTER, Timeline, read_timeline, sample
from pipelines.media.upright import Image, Turn

OPAQUE = 255


@dataclass(frozen=True)
class Frame:
    """One picture of a clip."""

    index: int  # number in presentation order, counting those that aren't looked at
    time: float  # s; the first shown frame has 0, as in a player
    image: Image  # [height, width, 3], RGB, upright, square pixels

    @cached_property
    def small(self) -> Image:
        """Halved as often as a look from afar allows; made once for all who begin there."""
        return halved(self.image, WORKING_SIDE)

    @cached_property
    def afar(self) -> Image:
        """What a look for faces in the whole picture is shown."""
        return afar(self.image, self.small)


class SampledFrames:
    """The frames to look at, decoded while they are iterated. See `sampled_frames`."""

    def __init__(
        self, path: Path, info: MediaInfo, per_second: float, at_least: int, at_most: int, max_pixels: int
    ) -> None:
        self.damaged = 0  # pieces that couldn't be decoded, so far
        self._path, self._info = path, info
        self._grid = (per_second, at_least, at_most)
        self._max_pixels = max_pixels

    def __iter__(self) -> Iterator[Frame]:
        self.damaged = 0
        container = sniff(self._path)
        frames = self._of_clip(container) if container in DEMUXERS else self._of_picture(container)
        came = False
        for frame in frames:
            came = True
            yield frame
        if not came:
            raise undecodable()

    def _of_picture(self, container: str) -> Iterator[Frame]:
        with pictures.open_picture(self._path, container, self._max_pixels) as picture:
            timeline = pictures.timeline(picture)
            chosen = [0] if self._info.kind == "image" else sample(timeline, *self._grid).tolist()
            for index, image in pictures.frames(picture, chosen):
                if image is None:
                    self.damaged += 1
                else:
                    yield Frame(index, float(timeline.times[index]), image)

    def _of_clip(self, demuxer: str) -> Iterator[Frame]:
        container, track = open_clip(self._path, demuxer, self._max_pixels)
        with container:
            timeline = read_timeline(container, track)
        due = timeline.times[sample(timeline, *self._grid)]
        after = -1.0
        for time, frame in self._timed(demuxer, timeline, due):
            passed = due[(due > after) & (due <= time + JITTER)]
            if passed.size and (image := self._upright(frame)) is not None:
                after = float(passed[-1])
                yield Frame(_number(timeline, time), time, image)

    def _timed(self, demuxer: str, timeline: Timeline, due: np.ndarray) -> Iterator[tuple[float, VideoFrame]]:
        latest = 0.0
        for count, frame in enumerate(self._decoded(demuxer, timeline, due)):
            stamped = timeline.timed and frame.pts is not None
            time = (
                frame.time - timeline.origin if stamped else count * timeline.duration / len(timeline.times)
            )
            latest = max(latest, time)  # a clock that jumps back is held, so that times only grow
            yield latest, frame

    def _decoded(self, demuxer: str, timeline: Timeline, due: np.ndarray) -> Iterator[VideoFrame]:
        """Every frame that others build on, and those that are due; the rest need not be decoded."""
        container, track = open_clip(self._path, demuxer, self._max_pixels)
        base = float(track.time_base or 1)
        wanted = {round((time + timeline.origin) / base) for time in due}
        with container:
            packets = container.demux(track)
            while (packet := self._next(packets)) is not None:
                skippable = timeline.timed and packet.pts is not None and packet.pts not in wanted
                track.codec_context.skip_frame = "NONREF" if skippable else "DEFAULT"
                yield from self._whole(packet)

    def _next(self, packets: Iterator[Packet]) -> Packet | None:
        try:
            return next(packets, None)
        except av.FFmpegError:  # torn here: there is no way to what lies behind
            self.damaged += 1
            return None

    def _whole(self, packet: Packet) -> list[VideoFrame]:
        try:
            frames = packet.decode()
        except av.FFmpegError:
            self.damaged += 1
            return []
        whole = [frame for frame in frames if not frame.is_corrupt]
        self.damaged += len(frames) - len(whole)  # filled in by the decoder: pixels that nobody filmed
        return whole

    def _upright(self, frame: VideoFrame) -> Image | None:
        """None where its shape or its kind of pixels can't be brought to that of the clip."""
        turn = Turn.of_frame(frame)
        size = (self._info.width, self._info.height)
        width, height = reversed(size) if turn.swap else size
        see_through = any(component.is_alpha for component in frame.format.components)
        try:
            picture = frame.reformat(width, height, "rgba" if see_through else "rgb24")
        except av.FFmpegError:
            self.damaged += 1
            return None
        pixels = np.asarray(picture.to_ndarray(), np.uint8)
        return turn.apply(_on_white(pixels) if see_through else pixels)


def sampled_frames(
    path: Path, info: MediaInfo, per_second: float, at_least: int, at_most: int, max_pixels: int
) -> SampledFrames:
    """`per_second` frames a second of clip, no fewer than `at_least` of the whole clip where it has them.

    A long clip is sampled more thinly, so that `at_most` reach its end. Holds one frame at a time, of `max_pixels` at
    most, should the picture grow behind the one that was probed. A damaged piece is skipped and counted. Iterating
    raises MediaRefused `undecodable` where not one frame comes.
    """
    return SampledFrames(path, info, per_second, at_least, at_most, max_pixels)


def _number(timeline: Timeline, time: float) -> int:
    return max(0, int(np.searchsorted(timeline.times, time + JITTER)) - 1)


def _on_white(pixels: np.ndarray) -> Image:
    alpha = pixels[..., 3:].astype(np.uint16)
    flat = (pixels[..., :3] * alpha + OPAQUE * (OPAQUE - alpha)) // OPAQUE
    return flat.astype(np.uint8)
