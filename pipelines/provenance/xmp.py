"""XMP: the XML that editing programs and AI services leave in pictures and clips."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from core.provenance import Fact, Group

MOST_BYTES = 4 << 20
UNSAFE = (b"<!DOCTYPE", b"<!ENTITY", b"\x00")  # entities that multiply; other encodings that would hide them
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
EVENT = "{http://ns.adobe.com/xap/1.0/sType/ResourceEvent#}"
NAMES: dict[str, tuple[Group, str]] = {
    "{http://ns.adobe.com/xap/1.0/}CreatorTool": ("Made with", "Creator tool"),
    "{http://ns.adobe.com/xap/1.0/}CreateDate": ("When", "Created"),
    "{http://ns.adobe.com/xap/1.0/}ModifyDate": ("When", "Changed"),
    "{http://ns.adobe.com/photoshop/1.0/}DateCreated": ("When", "Taken"),
    "{http://ns.adobe.com/photoshop/1.0/}Credit": ("Who", "Credit"),
    "{http://ns.adobe.com/photoshop/1.0/}Source": ("Who", "Source"),
    "{http://ns.adobe.com/photoshop/1.0/}Headline": ("Text", "Headline"),
    "{http://ns.adobe.com/photoshop/1.0/}Instructions": ("Other", "Instructions"),
    "{http://ns.adobe.com/photoshop/1.0/}City": ("Where", "City"),
    "{http://ns.adobe.com/photoshop/1.0/}Country": ("Where", "Country"),
    "{http://purl.org/dc/elements/1.1/}creator": ("Who", "Creator"),
    "{http://purl.org/dc/elements/1.1/}rights": ("Who", "Rights"),
    "{http://purl.org/dc/elements/1.1/}title": ("Text", "Title"),
    "{http://purl.org/dc/elements/1.1/}description": ("Text", "Description"),
    "{http://ns.adobe.com/tiff/1.0/}Software": ("Made with", "Software"),
    "{http://ns.adobe.com/tiff/1.0/}Make": ("Made with", "Make"),
    "{http://ns.adobe.com/tiff/1.0/}Model": ("Made with", "Model"),
    "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType": ("Made with", "Digital source type"),
    "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}AISystemUsed": ("Made with", "AI system used"),
    "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}AIPromptInformation": ("Made with", "AI prompt"),
}


def xmp_facts(packet: bytes) -> Iterator[Fact]:
    """What an XMP packet says. One that is no clean XML says nothing: it is told as such."""
    text = packet.strip(b"\x00 \r\n\t")
    if len(text) > MOST_BYTES or any(sign in text for sign in UNSAFE):
        yield Fact("Other", "XMP", "too large or unsafe to read")
        return
    try:
        root = ET.fromstring(text)  # noqa: S314  # no entities, bounded, in the confined process
    except ET.ParseError:
        yield Fact("Other", "XMP", "damaged")
        return
    for element in root.iter():
        yield from _of_element(element)


def _of_element(element: ET.Element) -> Iterator[Fact]:
    for name, value in element.attrib.items():
        if name in NAMES:
            yield Fact(*NAMES[name], value)
    if element.tag in NAMES and (text := " / ".join(_texts(element))):
        yield Fact(*NAMES[element.tag], text)
    if event := _event(element):
        yield Fact("Made with", "Saved by", event)


def _texts(element: ET.Element) -> Iterator[str]:
    if value := element.get(f"{RDF}resource"):
        yield value
    yield from (text.strip() for text in element.itertext() if text.strip())


def _event(element: ET.Element) -> str:
    """A line of the editing history, which is written as attributes or as elements."""
    parts = {name: element.get(EVENT + name) or element.findtext(EVENT + name) for name in _EVENT_PARTS}
    said = [part for part in parts.values() if part]
    return ", ".join(said) if parts["softwareAgent"] or parts["action"] else ""


_EVENT_PARTS = ("softwareAgent", "action", "when")
