"""Text in any script: which font, which order, where it breaks, and what is copied out of the PDF again."""

import random
from io import BytesIO

import pytest
from pypdf import PdfReader
from reportlab.lib.colors import black
from reportlab.pdfgen.canvas import Canvas

from pipelines.reports.typeset.embedding import Fonts
from pipelines.reports.typeset.faces import faces_for
from pipelines.reports.typeset.lines import Ink, Span, broken, clean, wide
from pipelines.reports.typeset.passage import Passage, Style, draw_line
from pipelines.reports.typeset.shaping import base_level, in_order, levels, runs
from pipelines.reports.wording import isolated

INK = Ink(10, black)
ONE_DIRECTION = (
    "Hello AV “quotes” — é 0123",
    "שלום עולם",
    "مقطع الوزير الأخير",
    "部长讲话片段_最终版.mp4",
    "ミニスターの演説",
    "장관 연설 클립",
    "हिन्दी में नाम",
    "Привет, Ελλάδα",
    "ไทย 😀",
)


def extracted(*texts: str) -> str:
    """What a reader copies out of a page with a line for each text."""
    written, fonts = BytesIO(), Fonts()
    canvas = Canvas(written, invariant=1)
    for place, text in enumerate(texts):
        draw_line(canvas, fonts, broken([Span(text, INK)], 500)[0], 50, 780 - 20 * place)
    canvas.showPage()
    canvas.save()
    return PdfReader(written).pages[0].extract_text()


@pytest.mark.parametrize("text", ONE_DIRECTION)
def test_text_is_copied_out_as_it_was_put_in(text: str) -> None:
    assert text in extracted(text)


@pytest.mark.parametrize("text", ONE_DIRECTION)
def test_every_character_has_a_glyph(text: str) -> None:
    shown = [glyph for run in runs(text, 400, base_level(text)) for glyph in run.glyphs]
    assert all(glyph.number != 0 for glyph in shown)


def test_words_of_both_directions_are_copied_out() -> None:
    found = extracted("שלום עולם clip_2024.mp4")
    assert "שלום עולם" in found
    assert "clip_2024.mp4" in found


def test_arabic_letters_are_joined() -> None:
    """A letter between two others has another form than alone."""
    alone = runs("ع", 400, 1)[0].glyphs[0].number
    assert alone not in {glyph.number for glyph in runs("معا", 400, 1)[0].glyphs}


def test_right_to_left_text_stands_at_the_right_and_its_first_word_ends_the_line() -> None:
    line = broken([Span("שלום clip", INK)], 500)[0]
    assert line.from_right
    by_place = sorted(line.pieces, key=lambda piece: piece.x)
    assert by_place[0].run.face.name == "NotoSans"
    assert by_place[-1].run.face.name == "NotoSansHebrew"


def test_levels_and_order_follow_the_bidirectional_algorithm() -> None:
    text = "אב12 x"
    assert levels(text, base_level(text)) == [1, 1, 2, 2, 1, 2]
    assert in_order([1, 1, 2, 2, 1, 2]) == [5, 4, 2, 3, 1, 0]


def test_a_name_in_a_sentence_does_not_turn_it() -> None:
    """Without the isolate, the number behind the Arabic name would be drawn into it."""
    line = broken([Span(f"Exhibit 1: {isolated('مقطع (2) — cut.mp4')}, 3 May", INK)], 500)[0]
    assert not line.from_right
    shown = "".join(
        glyph.text for piece in sorted(line.pieces, key=lambda one: one.x) for glyph in piece.run.glyphs
    )
    assert shown.startswith("Exhibit 1: cut.mp4")
    assert shown.endswith(", 3 May")


@pytest.mark.parametrize(
    "stray",
    ["\u2068open", "shut\u2069", "\u2068two \u2068in\u2069", "\u2068line\nend\u2069", "\u2067x\u2069"],
)
def test_an_isolate_that_does_not_end_is_shown(stray: str) -> None:
    shown = [
        glyph.text
        for line in broken([Span(stray, INK)], 500)
        for piece in line.pieces
        for glyph in piece.run.glyphs
    ]
    assert "⟨U+20" in "".join(shown)


def test_any_sequence_of_characters_can_be_set() -> None:
    draw = random.Random(1)
    pools = (range(0x700), range(0x2000, 0x2070), range(0x900, 0xE80), range(0xD800, 0xE000), range(0x110000))
    for _ in range(60):
        text = "".join(chr(draw.choice(draw.choice(pools))) for _ in range(draw.randint(0, 50)))
        extracted(text)


def test_kana_and_hangul_choose_the_national_form_of_a_character() -> None:
    assert set(faces_for("演説")) == {"NotoSansSC"}
    assert set(faces_for("の演説")) == {"NotoSansJP"}
    assert set(faces_for("장관演")) == {"NotoSansKR"}


def test_a_hidden_turn_of_direction_is_shown() -> None:
    assert clean("invoice\u202egpj.exe") == "invoice⟨U+202E⟩gpj.exe"
    assert clean("a\x00b\tc") == "a⟨U+0000⟩b c"


@pytest.mark.parametrize(
    "text", ["word " * 60, "x" * 300, "名" * 200, "שלום עולם " * 40, "a_b-c/d" * 60, "👩‍👩‍👧" * 60]
)
def test_no_line_is_wider_than_its_room_and_nothing_is_lost(text: str) -> None:
    lines = broken([Span(text, INK)], 120)
    assert all(line.width <= 120.01 for line in lines)
    shown = sorted(
        "".join(glyph.text for line in lines for piece in line.pieces for glyph in piece.run.glyphs)
    )
    assert [c for c in shown if c != " "] == sorted(c for c in text if c != " ")


def test_a_closing_sign_does_not_begin_a_line() -> None:
    lines = broken([Span("部长讲话，部长讲话。" * 10, INK)], 45)
    assert not any(line.pieces[0].run.glyphs[0].text in "，。" for line in lines)


def test_a_new_line_begins_a_paragraph() -> None:
    lines = broken([Span("one\n\nשלום", INK)], 200)
    assert [line.from_right for line in lines] == [False, False, True]


def test_a_passage_is_torn_with_two_lines_at_least_on_each_page() -> None:
    passage = Passage(Fonts(), Style(INK), "word " * 60)
    _, height = passage.wrap(120, 1000)
    line = 10 * 1.42
    count = round(height / line)
    assert passage.split(120, line * 1.5) == []
    first, second = passage.split(120, height - 0.5 * line)
    assert [round(part.wrap(120, 1000)[1] / line) for part in (first, second)] == [count - 2, 2]


def test_bold_text_is_wider() -> None:
    assert wide([Span("verdict", Ink(10, black, 700))]) > wide([Span("verdict", INK)])
