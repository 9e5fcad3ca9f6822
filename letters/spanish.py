"""A written member letter in Spanish, with its head and its contacts (adjudication/letters/spanish.py)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from adjudication.letters.spanish import MAY_QUOTE, Spanish
from letters.envelope import OTHER_LANGUAGES
from letters.layout import laid_out_letter
from letters.written import LetterPart, WrittenLetter

LANGUAGE = "es"


def in_spanish(letter: WrittenLetter, spanish: Spanish) -> WrittenLetter:
    """Return the letter in Spanish; raises LetterError for one of our sentences without a translation."""
    title, parts = spanish.title(letter.title), tuple(_parts(letter, spanish))
    if any("«" in text for part in parts for text in part.texts):
        parts = (*parts, LetterPart(spanish.texts.note_heading, (spanish.texts.note,)))
    opening = tuple(spanish.head_line(line) for line in letter.opening)
    return replace(
        letter,
        title=title,
        parts=parts,
        opening=opening,
        text=laid_out_letter(opening, title, letter.forms, parts, LANGUAGE),
        language=LANGUAGE,
    )


def _parts(letter: WrittenLetter, spanish: Spanish) -> Iterator[LetterPart]:
    for part in letter.parts:
        quote = part.heading in MAY_QUOTE
        offers = part.heading == OTHER_LANGUAGES
        lines = part.texts if offers else tuple(spanish.line(line, may_quote=quote) for line in part.texts)
        yield LetterPart(spanish.heading(part.heading), lines)
