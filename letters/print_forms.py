"""The printed forms of a letter, and the parts from which they are made. letters/pdf.py draws them; it is separate because its fonts take 40 MB."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import orjson

from letters.written import WrittenLetter

MEDIA_TYPE: Final = "application/pdf"


class Print(StrEnum):
    """The prints of a letter."""

    ORDINARY = "pdf"
    LARGE = "pdf-large"


def layout_of(letter: WrittenLetter) -> str:
    """Return the parts of a letter as they are kept with its text."""
    parts = [[part.heading, list(part.texts)] for part in letter.parts]
    kept = {"opening": list(letter.opening), "title": letter.title, "forms": list(letter.forms), "parts": parts}
    kept["language"] = letter.language
    return orjson.dumps(kept).decode()
