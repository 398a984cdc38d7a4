"""What a file is: read from its content and borne out by decoding its first picture, before anything is believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core.errors import MediaRefused
from core.evidence import MediaInfo
from core.settings import Settings
from pipelines.media import pictures
from pipelines.media.containers import DEMUXERS, open_clip, sniff, undecodable
from pipelines.media.timeline import Timeline, read_timeline
from pipelines.media.upright import Turn, square_pixel_size

MOST_TAGS, LONGEST_TAG = 64, 500  # tags are written by whoever made the file: keep them small
DECLARED = "declared_duration"  # the tag by which we say that a file was cut off, s
CUT_SHORT = 0.9  # a file that holds less than this share of the duration it declares was cut off


def probe(path: Path, name: str, sha256: str, limits: Settings) -> MediaInfo:
    """Reads what `path` is. `name` is what people call it, `sha256` the hash of its content.

    Raises MediaRefused: `empty`, `not_media`, `no_picture`, `unsupported`, `undecodable`, `too_large`, `too_long`,
    `too_many_pixels`, `too_many_streams`.
    """
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise MediaRefused(
            "too_large",
            f"This file has {size / 1e6:,.0f} MB; the limit is {limits.max_bytes / 1e6:,.0f} MB. "
            "Please cut out the part that matters.",
        )
    container = sniff(path)
    facts = (
        _clip_facts(path, container, limits)
        if container in DEMUXERS
        else _picture_facts(path, container, limits)
    )
    _refuse_beyond(facts, limits)
    return MediaInfo(sha256=sha256, name=name, bytes=size, **vars(facts))


@dataclass(frozen=True)
class _Facts:
    """The part of MediaInfo that is read from the content."""

    kind: str
    container: str
    codec: str
    width: int
    height: int
    duration: float | None
    fps: float | None
    rotation: int
    has_audio: bool
    tags: dict[str, str]


def _refuse_beyond(facts: _Facts, limits: Settings) -> None:
    if facts.width * facts.height > limits.max_pixels:
        raise pictures.too_many_pixels(limits.max_pixels)
    if facts.duration and facts.duration > limits.max_duration:
        raise MediaRefused(
            "too_long",
            f"This clip lasts {facts.duration / 60:,.0f} minutes; the limit is {limits.max_duration / 60:,.0f}. "
            "Please cut out the part that matters.",
        )


def _clip_facts(path: Path, demuxer: str, limits: Settings) -> _Facts:
    container, track = open_clip(path, demuxer, limits.max_pixels)
    with container:
        _refuse_streams(container, track, limits)
        first = _first_frame(container, track)
    container, track = open_clip(path, demuxer, limits.max_pixels)
    with container:
        timeline = read_timeline(container, track)
        return _facts_of(container, track, first, timeline)


def _refuse_streams(container: InputContainer, track: VideoStream, limits: Settings) -> None:
    if len(container.streams) > limits.max_streams:
        raise MediaRefused(
            "too_many_streams",
            f"This file has {len(container.streams)} tracks; the limit is {limits.max_streams}. "
            "Please export it with one picture track.",
        )
    if track.codec_context.width * track.codec_context.height > limits.max_pixels:
        raise pictures.too_many_pixels(limits.max_pixels)


def _first_frame(container: InputContainer, track: VideoStream) -> VideoFrame:
    try:
        for packet in container.demux(track):
            try:
                for frame in packet.decode():
                    return frame
            except av.FFmpegError:
                continue  # a damaged start; what follows may be whole
    except av.FFmpegError as error:
        raise undecodable() from error
    raise undecodable()


def _facts_of(container: InputContainer, track: VideoStream, first: VideoFrame, timeline: Timeline) -> _Facts:
    turn = Turn.of_frame(first)
    aspect = track.sample_aspect_ratio or Fraction(1)
    width, height = square_pixel_size(first.width, first.height, aspect)
    return _Facts(
        kind="video",
        container=container.format.name,
        codec=track.codec_context.name,
        width=height if turn.swap else width,
        height=width if turn.swap else height,
        duration=timeline.duration,
        fps=len(timeline.times) / timeline.duration,
        rotation=turn.degrees,
        has_audio=bool(container.streams.audio),
        tags=_plain({**container.metadata, **track.metadata}) | _declared(container, timeline),
    )


def _declared(container: InputContainer, timeline: Timeline) -> dict[str, str]:
    declared = (container.duration or 0) / av.time_base
    return {DECLARED: f"{declared:.2f}"} if timeline.duration < CUT_SHORT * declared else {}


def _picture_facts(path: Path, container: str, limits: Settings) -> _Facts:
    with pictures.open_picture(path, container, limits.max_pixels) as picture:
        animated = pictures.is_animated(picture)
        timeline = pictures.timeline(picture) if animated else None
        if not any(image is not None for _, image in pictures.frames(picture, [0])):
            raise undecodable()
        width, height = pictures.upright_size(picture)
        return _Facts(
            kind="video" if animated else "image",
            container=container.lower(),
            codec=container.lower(),
            width=width,
            height=height,
            duration=timeline.duration if timeline else None,
            fps=len(timeline.times) / timeline.duration if timeline else None,
            rotation=pictures.orientation(picture),
            has_audio=False,
            tags=_plain(pictures.tags(picture)),
        )


def _plain(tags: Mapping[str, object]) -> dict[str, str]:
    """Tags as short printable text."""
    plain = {_printable(str(key)): _printable(str(value)) for key, value in list(tags.items())[:MOST_TAGS]}
    plain.pop(DECLARED, None)  # what is called so is ours, and no file may say it
    return plain


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text[:LONGEST_TAG]).strip()
