"""The fonts that reports are set in, all of the Noto family, and which of them has a character."""

import importlib.util
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import uharfbuzz as hb

# A file holds all weights of a script. Latin comes first, so that figures and signs look the same everywhere.
SCRIPTS = (
    "NotoSans", "NotoSansArabic", "NotoSansHebrew", "NotoSansArmenian", "NotoSansBengali", "NotoSansDevanagari",
    "NotoSansEthiopic", "NotoSansGeorgian", "NotoSansGujarati", "NotoSansGurmukhi", "NotoSansKannada",
    "NotoSansKhmer", "NotoSansLao", "NotoSansMalayalam", "NotoSansMyanmar", "NotoSansOriya", "NotoSansSinhala",
    "NotoSansTamil", "NotoSansTelugu", "NotoSansThai", "NotoSansSymbols",
)  # fmt: skip
RIGHT_TO_LEFT = ("NotoSansArabic", "NotoSansHebrew")
CHINESE, JAPANESE, KOREAN = "NotoSansSC", "NotoSansJP", "NotoSansKR"
LAST = ("NotoEmoji",)


@dataclass(frozen=True)
class Face:
    """One font file at one weight; equal by name and weight."""

    name: str
    weight: int  # 400 is regular, 700 bold

    @property
    def whole(self) -> hb.Face:
        """The file that holds it, with all its weights."""
        return _face(self.name)

    @property
    def font(self) -> hb.Font:
        """What HarfBuzz shapes with; in units of `upem` to the em."""
        return _font(self.name, self.weight)

    @property
    def upem(self) -> int:
        """Font units to the em."""
        return int(_face(self.name).upem)

    def has(self, character: str) -> bool:
        """Whether it has a glyph of its own for this character."""
        return ord(character) in _characters(self.name)


def faces_for(text: str) -> list[str]:
    """The name of the face that each character is set in. One that no font has is set as the Latin font's box."""
    order = (*SCRIPTS, *_east_asian(text), *LAST)
    chosen: list[str] = []
    for character in text:
        preferred = (chosen[-1], *order) if chosen and _stays(character, chosen[-1]) else order
        chosen.append(next((name for name in preferred if ord(character) in _characters(name)), SCRIPTS[0]))
    return chosen


def _stays(character: str, face: str) -> bool:
    """Marks belong to their letter, and what stands between the words of a right-to-left script to those words."""
    category = unicodedata.category(character)
    return category in ("Mn", "Mc", "Me", "Cf") or (face in RIGHT_TO_LEFT and category[0] in "ZP")


def _east_asian(text: str) -> Sequence[str]:
    """One character has national forms: kana speaks for the Japanese, hangul for the Korean, else the Chinese."""
    if any("\u3040" <= character <= "\u30ff" for character in text):
        return JAPANESE, CHINESE, KOREAN
    if any("\uac00" <= character <= "\ud7a3" for character in text):
        return KOREAN, CHINESE, JAPANESE
    return CHINESE, JAPANESE, KOREAN


def _folders() -> Iterator[Path]:
    """Where the packages that carry the fonts are installed; they need not be imported for that."""
    for package in ("manimgx_fonts", "justmytype_intl_cjk"):
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"The package {package}, which carries fonts, is not installed.")
        yield Path(spec.origin).parent


@cache
def _path(name: str) -> Path:
    return next(path for folder in _folders() for path in folder.rglob(f"{name}[[]wght].ttf"))


@cache
def _face(name: str) -> hb.Face:
    return hb.Face(hb.Blob.from_file_path(str(_path(name))))


@cache
def _characters(name: str) -> frozenset[int]:
    return frozenset(_face(name).unicodes)


@cache
def _font(name: str, weight: int) -> hb.Font:
    font = hb.Font(_face(name))
    font.set_variations({"wght": weight})
    return font
