"""The fonts of one PDF: only the glyphs that it shows, at the weight it shows them in, each with its characters.

A glyph is written as a number of two bytes that is ours to give, so the same form can stand for different characters,
and what is copied out of the PDF is the text that was put in.
"""

from collections.abc import Sequence
from typing import Any

import uharfbuzz as hb
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from pipelines.reports.typeset.faces import Face
from pipelines.reports.typeset.shaping import Glyph, Run

LAYOUT = (
    "GSUB",
    "GPOS",
    "GDEF",
    "BASE",
    "STAT",
    "vhea",
    "vmtx",
    "VORG",
    "DSIG",
    "meta",
)  # shaping is done by then
SYMBOLIC = 4  # the flag for a font with an encoding of its own


class Fonts:
    """What one document has shown so far; draws runs of glyphs on its pages."""

    def __init__(self) -> None:
        self._embedded: dict[Face, Embedded] = {}

    def draw(self, canvas: Canvas, x: float, y: float, size: float, runs: Sequence[Run]) -> float:
        """Runs one after the other from (x, y) in points; gives where the last one ends."""
        for run in runs:
            self._embed(canvas, run.face).draw(canvas, x, y, size, run.glyphs)
            x += run.width * size
        return x

    def _embed(self, canvas: Canvas, face: Face) -> "Embedded":
        if face not in self._embedded:
            self._embedded[face] = Embedded(face, canvas)
        return self._embedded[face]


class Embedded:
    """One face in one document. reportlab calls `addObjects` at the end, when all glyphs are known."""

    def __init__(self, face: Face, canvas: Canvas) -> None:
        self._face = face
        self._codes: dict[tuple[int, str], int] = {(0, ""): 0}
        self._widths: list[float] = [0.0]  # of each code, thousandths of an em
        document = canvas._doc
        self.fontName = f"{face.name}-{face.weight}"
        self._label = f"F{len(document.fontMapping) + 1}"
        document.fontMapping[self.fontName] = f"/{self._label}"
        document.delayedFonts.append(self)

    def draw(self, canvas: Canvas, x: float, y: float, size: float, glyphs: Sequence[Glyph]) -> None:
        """Glyphs from (x, y) on, in the canvas' fill colour."""
        row: list[str] = []
        marks: list[
            str
        ] = []  # after the row, so that moving up and down for them does not tear the text apart
        here = x
        for glyph in glyphs:
            if glyph.dy:
                at = f"1 0 0 1 {here + glyph.dx * size:.3f} {y + glyph.dy * size:.3f} Tm"
                marks.append(f"{at} <{self._code(glyph):04X}> Tj")
                row.append(f"{-1000 * glyph.advance:.0f}")
            else:
                row += self._placed(glyph)
            here += glyph.advance * size
        start = f"BT /{self._label} {size:g} Tf 1 0 0 1 {x:.3f} {y:.3f} Tm [{' '.join(row)}] TJ"
        canvas._code.append(" ".join([start, *marks, "ET"]))

    def addObjects(self, document: Any) -> None:  # noqa: N802 reportlab's name
        """Write the font with the glyphs that were shown."""
        program, places = self._program()
        cid_font = pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("Font"),
                "Subtype": pdfdoc.PDFName("CIDFontType2"),
                "BaseFont": pdfdoc.PDFName(self._tagged),
                "CIDSystemInfo": pdfdoc.PDFDictionary(
                    {
                        "Registry": pdfdoc.PDFString("Adobe"),
                        "Ordering": pdfdoc.PDFString("Identity"),
                        "Supplement": 0,
                    }
                ),
                "FontDescriptor": document.Reference(
                    self._descriptor(document, program), f"{self._label}.descriptor"
                ),
                "DW": 0,
                "W": pdfdoc.PDFArray([0, pdfdoc.PDFArray(list(self._widths))]),
                "CIDToGIDMap": self._stream(document, places, "places"),
            }
        )
        font = pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("Font"),
                "Subtype": pdfdoc.PDFName("Type0"),
                "BaseFont": pdfdoc.PDFName(self._tagged),
                "Encoding": pdfdoc.PDFName("Identity-H"),
                "DescendantFonts": pdfdoc.PDFArray([document.Reference(cid_font, f"{self._label}.glyphs")]),
                "ToUnicode": self._stream(document, self._characters(), "characters"),
            }
        )
        document.idToObject["BasicFonts"].dict[self._label] = document.Reference(font, self._label)

    @property
    def _tagged(self) -> str:
        return f"TELLTA+{self.fontName}"

    def _placed(self, glyph: Glyph) -> list[str]:
        """The glyph with what moves it: numbers of a TJ array are thousandths of an em, to the left."""
        before, after = -1000 * glyph.dx, 1000 * (glyph.natural - glyph.advance + glyph.dx)
        moves = [f"{move:.0f}" if round(move) else "" for move in (before, after)]
        return [part for part in (moves[0], f"<{self._code(glyph):04X}>", moves[1]) if part]

    def _code(self, glyph: Glyph) -> int:
        key = glyph.number, glyph.text
        if key not in self._codes:
            self._codes[key] = len(self._codes)
            self._widths.append(round(1000 * glyph.natural, 3))
        return self._codes[key]

    def _program(self) -> tuple[bytes, bytes]:
        """The font file, and the place of each code's glyph in it, two bytes each."""
        wanted = hb.SubsetInput()
        wanted.glyph_set.update(number for number, _ in self._codes)
        wanted.pin_axis_location(self._face.whole, "wght", self._face.weight)
        wanted.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in LAYOUT)
        wanted.flags = (
            hb.SubsetFlags.NOTDEF_OUTLINE | hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        )
        plan = hb.SubsetPlan(self._face.whole, wanted)
        places = dict(plan.old_to_new_glyph_mapping)
        return plan.execute().blob.data, b"".join(
            places[number].to_bytes(2, "big") for number, _ in self._codes
        )

    def _descriptor(self, document: Any, program: bytes) -> Any:
        extents, scale = self._face.font.get_font_extents("ltr"), 1000 / self._face.upem
        ascent, descent = round(extents.ascender * scale), round(extents.descender * scale)
        return pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("FontDescriptor"),
                "FontName": pdfdoc.PDFName(self._tagged),
                "Flags": SYMBOLIC,
                "FontBBox": pdfdoc.PDFArray([-1000, descent, 3000, ascent]),
                "ItalicAngle": 0,
                "Ascent": ascent,
                "Descent": descent,
                "CapHeight": 714,
                "StemV": 80 if self._face.weight < 600 else 140,
                "FontFile2": self._stream(document, program, "program", Length1=len(program)),
            }
        )

    def _stream(self, document: Any, content: bytes, name: str, **entries: Any) -> Any:
        stream = pdfdoc.PDFStream(content=content)
        stream.filters = [pdfdoc.PDFZCompress]
        for key, value in entries.items():
            stream.dictionary[key] = value
        return document.Reference(stream, f"{self._label}.{name}")

    def _characters(self) -> bytes:
        """The CMap that tells which characters each code stands for."""
        known = [(code, text) for (_, text), code in self._codes.items()]
        blocks = [
            known[start : start + 100] for start in range(0, len(known), 100)
        ]  # as many as one block may hold
        lines = ["/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
                 "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
                 "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
                 "1 begincodespacerange <0000> <FFFF> endcodespacerange"]  # fmt: skip
        for block in blocks:
            lines.append(f"{len(block)} beginbfchar")
            lines += [f"<{code:04X}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in block]
            lines.append("endbfchar")
        lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
        return "\n".join(lines).encode("ascii")
