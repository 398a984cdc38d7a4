"""What may be opened at all: a file's kind is read from its first bytes, and only known demuxers ever see it.

A name is never believed: a playlist called clip.mp4 could make a demuxer read other files of this machine.
"""

from pathlib import Path
from typing import Final, Literal

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from core.errors import MediaRefused

Container = Literal["mov", "matroska", "avi", "GIF", "JPEG", "PNG", "WEBP"]

DEMUXERS: Final = frozenset({"mov", "matroska", "avi"})  # the others are pictures, read by Pillow

# FFmpeg has hundreds of decoders; the rare ones are where its holes are.
DECODERS: Final = (
    "h264,hevc,vvc,vp8,vp9,libvpx-vp9,av1,libdav1d,libaom-av1,mpeg4,mpeg1video,mpeg2video,msmpeg4v2,msmpeg4,mjpeg,"
    "prores,dnxhd,dvvideo,h263,flv,svq3,theora,wmv1,wmv2,ffv1,huffyuv,ffvhuff,utvideo,qtrle,png,rawvideo"
)

ISO_BOXES: Final = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"})
HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"})
SOUND: Final = (b"ID3", b"fLaC", b"OggS", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1")
READABLE: Final = "MP4, MOV, MKV, WebM, AVI and GIF clips and JPEG, PNG and WebP pictures"


def sniff(path: Path) -> Container:
    """The container of the file, from its content.

    Raises MediaRefused: `empty`, `not_media`, `no_picture` for plain sound, `unsupported` for HEIC and AVIF.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise MediaRefused("empty", "This file is empty. Was the download or the copy finished?")
    if found := _picture(head) or _clip(head):
        return found
    if head.startswith(SOUND) or (head[:4] == b"RIFF" and head[8:12] == b"WAVE"):
        raise no_picture()
    raise MediaRefused(
        "not_media",
        f"This is not a video or a picture, whatever its name says. Telltale reads {READABLE}.",
    )


def no_picture() -> MediaRefused:
    """The refusal of a file that has sound only."""
    return MediaRefused("no_picture", "This file has no picture track. Was the sound exported alone?")


def open_clip(path: Path, demuxer: str, max_pixels: int) -> tuple[InputContainer, VideoStream]:
    """The opened container and its picture track, with the decoder not started yet; close the container.

    Raises MediaRefused: `undecodable`, `no_picture`, `unsupported`.
    """
    try:
        container = av.open(
            f"file:{path.resolve()}",
            format=demuxer,
            metadata_errors="replace",
            options={
                "protocol_whitelist": "file",
                "codec_whitelist": DECODERS,
                "max_pixels": str(max_pixels),
            },
        )
    except (av.FFmpegError, UnicodeError) as error:
        raise undecodable() from error
    try:
        return container, _picture_track(container, max_pixels)
    except MediaRefused:
        container.close()
        raise


def undecodable() -> MediaRefused:
    """The refusal of a file in which no picture can be decoded."""
    return MediaRefused(
        "undecodable",
        "Nothing in this file can be decoded; it may be cut off or damaged. Please get it once more.",
    )


def _picture(head: bytes) -> Container | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    return "WEBP" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


def _clip(head: bytes) -> Container | None:
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        raise MediaRefused(
            "unsupported", "HEIC and AVIF pictures can't be read yet. Please export this one as JPEG or PNG."
        )
    if head[4:8] in ISO_BOXES:
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    return "avi" if head[:4] == b"RIFF" and head[8:12] == b"AVI " else None


def _picture_track(container: InputContainer, max_pixels: int) -> VideoStream:
    covers = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
    tracks = [stream for stream in container.streams.video if not stream.disposition & covers]
    if not tracks:
        raise no_picture()
    track = tracks[0]
    if track.codec_context is None or track.codec_context.codec.name not in DECODERS.split(","):
        raise MediaRefused(
            "unsupported",
            "The picture track uses a codec that Telltale can't read. Please convert it to H.264.",
        )
    track.codec_context.options = {"max_pixels": str(max_pixels)}
    track.codec_context.thread_type = "AUTO"
    track.codec_context.thread_count = 2
    return track
