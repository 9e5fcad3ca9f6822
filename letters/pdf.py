"""Prints a letter as PDF, in ordinary and in large print. The same letter always gives the same bytes.

Its text is that of the issued letter, word by word. Arabic and Persian letters are joined and ordered before they are printed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

import arabic_reshaper
import orjson
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import MethodReturnValue, TextDirection, XPos, YPos

from contracts.records.issued_letters import IssuedLetter
from letters.print_forms import Print
from letters.written import form_line

_FONTS: Final = Path(__file__).parent / "fonts"
_FACES: Final = (
    ("sans", "", "NotoSans-Regular.ttf"),
    ("sans", "B", "NotoSans-Bold.ttf"),
    ("arabic", "", "NotoSansArabic-Regular.ttf"),
    ("cjk", "", "NotoSansCJK-Regular.ttf"),
)
_MIRRORED: Final = {"(": ")", ")": "(", "[": "]", "]": "["}
_MARGIN: Final = 22
_INDENT: Final = 6
_LEADING: Final = 0.5
"""Height of a line in mm per point of the size."""


_POINTS: Final = {Print.ORDINARY: 12, Print.LARGE: 18}
"""12 points at least: 42 CFR 422.2262(b). 18 points: large print (American Printing House for the Blind)."""


def printed(letter: IssuedLetter, form: Print) -> bytes | None:
    """Return an issued letter as PDF; None without its parts, or if the fonts lack a character (tools/letter_fonts.py)."""
    if letter.layout is None or not set(letter.body.decode()) <= _characters():
        return None
    kept, points = orjson.loads(letter.layout), _POINTS[form]
    language = kept.get("language", "en")
    pdf = _document(letter, kept["title"], language)
    _lines(pdf, kept["opening"], points)
    pdf.ln(points * _LEADING)
    pdf.set_font("sans", "B", points + 3)
    _paragraph(pdf, kept["title"], points + 3)
    _lines(pdf, (form_line(each, language) for each in kept["forms"]), points)
    for heading, texts in kept["parts"]:
        pdf.ln(points * _LEADING / 2)
        # A heading stays with the first lines of its part.
        if pdf.will_page_break(points * _LEADING * 3):
            pdf.add_page()
        pdf.set_font("sans", "B", points)
        _paragraph(pdf, heading, points)
        _lines(pdf, texts, points)
    return bytes(pdf.output())


def _document(letter: IssuedLetter, title: str, language: str) -> FPDF:
    pdf = FPDF(format="letter")
    pdf.set_creation_date(letter.issued_at)
    pdf.set_title(title)
    pdf.set_lang(f"{language}-US")
    pdf.set_margin(_MARGIN)
    pdf.set_auto_page_break(auto=True, margin=_MARGIN)
    for family, style, name in _FACES:
        pdf.add_font(family, style, _FONTS / name)
    pdf.set_fallback_fonts(["arabic", "cjk"], exact_match=False)
    pdf.add_page()
    return pdf


def _lines(pdf: FPDF, texts: Iterable[str], points: int) -> None:
    pdf.set_font("sans", "", points)
    for text in texts:
        if text:
            _paragraph(pdf, text, points)
        else:
            pdf.ln(points * _LEADING)


def _paragraph(pdf: FPDF, text: str, points: int) -> None:
    pdf.set_x(pdf.l_margin + (_INDENT if text.startswith("- ") else 0))
    joined = arabic_reshaper.reshape(text)
    _name_font(pdf, points)
    if joined == text:
        pdf.multi_cell(0, points * _LEADING, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        return
    # Lines are broken in reading order; then the characters of each are put in print order.
    lines: Any = pdf.multi_cell(0, points * _LEADING, joined, dry_run=True, output=MethodReturnValue.LINES)
    for line in lines:
        _, ordered = BidiParagraph(line, TextDirection.RTL).get_all()
        shown = (_MIRRORED.get(c.character, c.character) if c.embedding_level % 2 else c.character for c in ordered)
        _name_font(pdf, points)
        pdf.cell(0, points * _LEADING, "".join(shown), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _name_font(pdf: FPDF, points: int) -> None:
    """Write the font to the page again: fpdf leaves it out, also after a line that ended in a fallback font, which then draws a wrong glyph."""
    style = "B" if "B" in pdf.font_style else ""
    pdf.set_font("sans", "" if style else "B", points)
    pdf.set_font("sans", style, points)


@cache
def _characters() -> frozenset[str]:
    """Return the characters that every style of the fonts, or a fallback of it, has a glyph for."""
    found = {name: {chr(code) for code in TTFont(_FONTS / name).getBestCmap()} for _, _, name in _FACES}
    return frozenset({"\n"}.union(*found.values()))
