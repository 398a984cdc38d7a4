"""What is written in a file about its making: container tags, EXIF, XMP, IPTC, text of PNGs, settings of encoders.

Only the confined process calls this: all of it comes from strangers.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from PIL import ExifTags, Image, IptcImagePlugin
from PIL.ExifTags import GPS, IFD

from core.provenance import Fact, Group
from core.settings import Settings
from pipelines.media.containers import DEMUXERS, open_clip, sniff
from pipelines.media.pictures import UNREADABLE, open_picture
from pipelines.provenance.boxes import xmp_packets
from pipelines.provenance.xmp import xmp_facts

MOST_FACTS = 200
SEARCHED, LONGEST = 20_000, 600  # characters of a value that tools are looked for in, and that are kept to be shown
MOST_HEAD = 1 << 20  # bytes of the first packet that are searched for an encoder's own words

TAGS: dict[str, tuple[Group, str]] = {
    "encoder": ("Made with", "Encoder"),
    "encoded_by": ("Made with", "Encoded by"),
    "handler_name": ("Made with", "Handler"),
    "vendor_id": ("Made with", "Vendor"),
    "make": ("Made with", "Make"),
    "model": ("Made with", "Model"),
    "software": ("Made with", "Software"),
    "writing_application": ("Made with", "Writing application"),
    "creation_time": ("When", "Created"),
    "creationdate": ("When", "Created"),
    "date": ("When", "Date"),
    "location": ("Where", "Place"),
    "artist": ("Who", "Artist"),
    "author": ("Who", "Author"),
    "copyright": ("Who", "Copyright"),
    "title": ("Text", "Title"),
    "comment": ("Text", "Comment"),
    "description": ("Text", "Description"),
    "major_brand": ("Coding", "Brand of the container"),
    "compatible_brands": ("Coding", "Compatible brands"),
}  # the last part of a container's key
EXIF: dict[str, tuple[Group, str]] = {
    "Make": ("Made with", "Make"),
    "Model": ("Made with", "Model"),
    "LensModel": ("Made with", "Lens"),
    "Software": ("Made with", "Software"),
    "ProcessingSoftware": ("Made with", "Processing software"),
    "HostComputer": ("Made with", "Host computer"),
    "BodySerialNumber": ("Made with", "Serial number"),
    "DateTimeOriginal": ("When", "Taken"),
    "DateTimeDigitized": ("When", "Digitised"),
    "DateTime": ("When", "Changed"),
    "OffsetTimeOriginal": ("When", "Offset from UTC"),
    "Artist": ("Who", "Artist"),
    "Copyright": ("Who", "Copyright"),
    "ImageDescription": ("Text", "Description"),
    "UserComment": ("Text", "User comment"),
    "ExposureTime": ("Coding", "Exposure (s)"),
    "FNumber": ("Coding", "Aperture f/"),
    "ISOSpeedRatings": ("Coding", "ISO"),
    "FocalLength": ("Coding", "Focal length (mm)"),
}
IPTC: dict[tuple[int, int], tuple[Group, str]] = {
    (2, 5): ("Text", "Title"),
    (2, 40): ("Other", "Special instructions"),  # Facebook writes its FBMD mark here
    (2, 55): ("When", "Taken"),
    (2, 65): ("Made with", "Originating program"),
    (2, 80): ("Who", "By-line"),
    (2, 90): ("Where", "City"),
    (2, 101): ("Where", "Country"),
    (2, 105): ("Text", "Headline"),
    (2, 110): ("Who", "Credit"),
    (2, 115): ("Who", "Source"),
    (2, 116): ("Who", "Copyright"),
    (2, 120): ("Text", "Caption"),
    (2, 103): ("Other", "Original transmission reference"),
}
PNG_TEXT: dict[str, tuple[Group, str]] = {
    "parameters": ("Made with", "Generation parameters"),
    "prompt": ("Made with", "Prompt"),
    "workflow": ("Made with", "Workflow"),
    "Software": ("Made with", "Software"),
    "Comment": ("Text", "Comment"),
    "Description": ("Text", "Description"),
    "Title": ("Text", "Title"),
    "Author": ("Who", "Author"),
    "Creation Time": ("When", "Created"),
}
BINARY = frozenset({"exif", "icc_profile", "xmp", "photoshop", "XML:com.adobe.xmp", "xml:com.adobe.xmp", "mp"})
UNICODE = b"UNICODE\0"  # before a comment of EXIF
X26X = re.compile(rb"(x26[45]) (?:- core|\(build) ?(\d+)[^\x00\x80]{0,200}")


def read_facts(path: Path, limits: Settings) -> tuple[Fact, ...]:
    """Everything readable that is written in the file, the same line once; as long as it is worth searching.

    Raises MediaRefused where the file can't be opened at all.
    """
    container = sniff(path)
    found = _of_clip(path, container, limits) if container in DEMUXERS else _of_picture(path, container, limits)
    clean = dict.fromkeys(Fact(fact.group, fact.name, _printable(fact.value)) for fact in found)
    return tuple(fact for fact in clean if fact.value)[:MOST_FACTS]


def shown(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The same, as short as a page needs it: a prompt may be long, and its settings stand behind it."""
    return tuple(dict.fromkeys(replace(fact, value=fact.value[:LONGEST].rstrip()) for fact in facts))


def _of_clip(path: Path, demuxer: str, limits: Settings) -> Iterator[Fact]:
    container, _ = open_clip(path, demuxer, limits.max_pixels)
    with container:
        yield from _tags(container.metadata)
        for stream in container.streams:
            yield from _tags(stream.metadata)
        yield from _coding(container)
        yield from _encoder_words(container)
    if demuxer == "mov":
        for packet in xmp_packets(path):
            yield from xmp_facts(packet)


def _tags(tags: Mapping[str, str]) -> Iterator[Fact]:
    for key, value in tags.items():
        last = key.lower().rpartition(".")[2].partition("-")[0]
        yield Fact(*TAGS.get(last, ("Other", key)), value)


def _coding(container: InputContainer) -> Iterator[Fact]:
    for track in container.streams.video[:4]:
        codec = track.codec_context
        if codec is not None:
            shape = f"{codec.name} {codec.profile or ''}, {codec.width} × {codec.height}, {codec.pix_fmt or ''}"
            yield Fact("Coding", "Picture track", shape)
        if track.bit_rate:
            yield Fact("Coding", "Picture bit rate", f"{track.bit_rate / 1000:,.0f} kbit/s")
    for sound in container.streams.audio[:4]:
        yield Fact("Coding", "Sound track", f"{sound.codec_context.name}, {sound.rate or 0} Hz")
    if container.bit_rate:
        yield Fact("Coding", "Bit rate as a whole", f"{container.bit_rate / 1000:,.0f} kbit/s")


def _encoder_words(container: InputContainer) -> Iterator[Fact]:
    """x264 and x265 write their name and settings into the picture data itself."""
    track = container.streams.video[0]
    extra = bytes(track.codec_context.extradata or b"") if track.codec_context else b""
    try:
        first = next((bytes(packet) for packet in container.demux(track) if packet.size), b"")
    except av.FFmpegError:
        first = b""  # torn before its first picture
    if words := X26X.search((extra + first)[:MOST_HEAD]):
        yield Fact("Made with", "Encoder in the picture data", words[0].decode("ascii", "replace"))


def _of_picture(path: Path, container: str, limits: Settings) -> Iterator[Fact]:
    with open_picture(path, container, limits.max_pixels) as picture:
        for read in (_exif, _iptc, _texts, _xmp, _jpeg):
            try:
                yield from read(picture)
            except UNREADABLE:  # one damaged block doesn't hide the others
                yield Fact("Other", "Damaged block", read.__name__.strip("_").upper())


def _exif(picture: Image.Image) -> Iterator[Fact]:
    exif = picture.getexif()
    written = {**exif, **exif.get_ifd(IFD.Exif)}
    for name, (group, label) in EXIF.items():
        if (value := written.get(ExifTags.Base[name].value)) is not None:
            yield Fact(group, label, _text(value))
    gps = exif.get_ifd(IFD.GPSInfo)
    if GPS.GPSLatitude in gps and GPS.GPSLongitude in gps:
        north = _degrees(gps[GPS.GPSLatitude], gps.get(GPS.GPSLatitudeRef, "N"))
        east = _degrees(gps[GPS.GPSLongitude], gps.get(GPS.GPSLongitudeRef, "E"))
        yield Fact("Where", "Place (GPS)", f"{north:.5f}, {east:.5f}")
    if picture.info.get("exif") and exif.get_ifd(IFD.IFD1):
        yield Fact("Coding", "Embedded thumbnail", "yes")


def _degrees(parts: Any, towards: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    sign = -1 if str(towards)[:1] in ("S", "W") else 1
    return sign * (degrees + minutes / 60 + seconds / 3600)


def _iptc(picture: Image.Image) -> Iterator[Fact]:
    for key, value in (IptcImagePlugin.getiptcinfo(picture) or {}).items():  # type: ignore[arg-type]
        if key in IPTC:
            values = value if isinstance(value, list) else [value]
            yield Fact(*IPTC[key], " / ".join(_text(one) for one in values))


def _texts(picture: Image.Image) -> Iterator[Fact]:
    """The text of PNGs, and the comments of JPEGs and GIFs."""
    if picture.format == "PNG":
        picture.load()  # text may stand behind the picture data
    for key, value in picture.info.items():
        if key in BINARY or not isinstance(value, str | bytes):
            continue
        if key in PNG_TEXT:
            yield Fact(*PNG_TEXT[key], _text(value))
        elif key == "comment" or picture.format == "PNG":
            yield Fact("Text", str(key), _text(value))


def _xmp(picture: Image.Image) -> Iterator[Fact]:
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp")
    if packet:
        yield from xmp_facts(packet.encode() if isinstance(packet, str) else packet)


def _jpeg(picture: Image.Image) -> Iterator[Fact]:
    if picture.format == "JPEG":
        yield Fact("Coding", "Way of coding", "progressive" if picture.info.get("progressive") else "baseline")
        if "photoshop" in picture.info:
            yield Fact("Made with", "Application block", "Photoshop image resources")
    if "icc_profile" in picture.info:
        yield Fact("Coding", "Colour profile", f"{len(picture.info['icc_profile'])} bytes")


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        if value.startswith(UNICODE):
            return _utf16(value.removeprefix(UNICODE)[: 4 * SEARCHED])
        return value.removeprefix(b"ASCII\0\0\0")[: 4 * SEARCHED].decode("utf-8", "replace")
    if isinstance(value, Iterable) and not isinstance(value, str):
        return " ".join(str(part) for part in list(value)[:16])
    return str(value)


def _utf16(value: bytes) -> str:
    """EXIF says UTF-16 but not in which order, and writers differ: in most texts one byte of a pair is often zero."""
    big, little = (value[first::2].count(0) for first in (0, 1))
    return value.decode("utf-16-le" if little > big else "utf-16-be", "replace")


def _printable(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text[:SEARCHED]).split())
