"""Colours that everybody can read, and never green for "no signs"."""

import tomllib
from pathlib import Path

import pytest

from core.judgement.bands import CAUTIONS, WORDS
from dashboard.components.band import COLOURS, SIGNS
from dashboard.components.readable import CAPTION, ON_PRIMARY
from dashboard.components.verdict import COLOUR as VERDICT

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))
READABLE = 4.5  # WCAG 2.2, level AA


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("family", sorted({*COLOURS.values(), VERDICT}))
def test_band_words_can_be_read(scheme: str, family: str) -> None:
    theme = CONFIG["theme"][scheme]
    for ground in (
        theme[f"{family}BackgroundColor"],
        theme["backgroundColor"],
        theme["secondaryBackgroundColor"],
    ):
        assert contrast(theme[f"{family}TextColor"], ground) >= READABLE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["textColor", "primaryColor", "linkColor"])
def test_text_can_be_read(scheme: str, name: str) -> None:
    theme = CONFIG["theme"][scheme]
    assert contrast(theme[name], theme["backgroundColor"]) >= READABLE


@pytest.mark.parametrize(("scheme", "written"), zip(("light", "dark"), ON_PRIMARY, strict=True))
def test_buttons_of_the_first_rank_can_be_read(scheme: str, written: str) -> None:
    assert contrast(written, CONFIG["theme"][scheme]["primaryColor"]) >= READABLE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
def test_captions_can_be_read(scheme: str, ground: str) -> None:
    theme = CONFIG["theme"][scheme]
    text, below = (tuple(bytes.fromhex(theme[name][1:])) for name in ("textColor", ground))
    mixed = (round(CAPTION * one + (1 - CAPTION) * other) for one, other in zip(text, below, strict=True))
    assert contrast(f"#{bytes(mixed).hex()}", theme[ground]) >= READABLE


def test_every_band_has_words_a_sign_a_colour_and_a_caution() -> None:
    assert WORDS.keys() == COLOURS.keys() == SIGNS.keys() == CAUTIONS.keys()
    assert "green" not in COLOURS.values()


def test_a_verdict_never_looks_like_a_band() -> None:
    assert VERDICT not in COLOURS.values()


def test_the_desk_listens_here_only_and_tells_nobody() -> None:
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["browser"]["gatherUsageStats"] is False
