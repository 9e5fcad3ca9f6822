"""Loads the Spanish texts of member letters, and refuses one of our sentences without a translation: its letter could not be written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import Field

from adjudication.letters.letter import Audience, LetterError
from adjudication.letters.spanish import Spanish, SpanishTexts, slots_of
from adjudication.letters.wording import SLOT, LetterLibrary
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.letters.schema import Paragraph
from rulebook.schema import Cited, Text
from rulebook.yaml_files import read_yaml

SPANISH: Final = "letters/spanish.yaml"
LONGEST_SENTENCE: Final = 30
"""The most words of a Spanish sentence: Spanish needs more words than English, whose limit is 25."""
_Texts = Mapping[Paragraph, Paragraph]
_ENDS: Final = re.compile(r"[.!?:](?=\s|$)")
_SAMPLES: Final = {"amount": "$5.00"}


class SpanishFile(Cited):
    """letters/spanish.yaml: English to Spanish, by kind of text."""

    note: Text
    note_heading: Text
    titles: _Texts
    headings: _Texts
    units: Mapping[str, tuple[str, str]] = Field(strict=False)
    values: _Texts
    services: _Texts
    documents: _Texts
    sentences: _Texts


def load_spanish(root: Path, citations: Citations, library: LetterLibrary) -> Spanish:
    """Return the Spanish translator of a letter library; raises PolicyDataError for texts without a translation."""
    file = read_yaml(root / SPANISH, SPANISH, SpanishFile)
    citations.of(SPANISH, file)
    for english, translated in file.sentences.items():
        where = place(SPANISH, key=f"sentences {english}")
        if slots_of(english) != slots_of(translated):
            raise PolicyDataError(where, "the two sentences have different slots", "use the same slots in both")
        long = [part for part in _ENDS.split(translated) if len(part.split()) > LONGEST_SENTENCE]
        if long:
            raise PolicyDataError(
                where, f"more than {LONGEST_SENTENCE} words in a sentence", "split it into two sentences"
            )
    kinds = {name: getattr(file, name) for name in SpanishTexts.__dataclass_fields__}
    spanish = Spanish(SpanishTexts(**kinds), library.short_forms)
    for label, english in _our_texts(library):
        try:
            spanish.line(_filled(english), may_quote=False)
        except LetterError:
            remedy = f"add each sentence of it to {SPANISH}: {english!r}"
            raise PolicyDataError(place(SPANISH), f"no Spanish text for {label}", remedy) from None
    return spanish


def _our_texts(library: LetterLibrary) -> Iterator[tuple[str, str]]:
    """Yield each of our texts that may be in a member's letter."""
    for text in library.texts:
        if Audience.MEMBER in text.audiences:
            yield f"the paragraph {text.element.value} of {text.regime}", text.text
    for outcome, reason in library.reasons.items():
        for words in (reason.member, reason.remedy, reason.if_separable, reason.if_inseparable):
            if words:
                yield f"the reason {outcome}", words
    for name in ("labels", "payment", "grounds", "proofs"):
        for key, words in getattr(library, name).items():
            yield f"{name} {key}", words
    yield "the offer to approve afterwards", library.afterwards
    for words in (library.corrections.changed, *library.corrections.because.values()):
        yield "a correction", words


def _filled(english: str) -> str:
    """Fill the slots of a text with samples: a day for a last day, an amount, and a time limit for the others."""

    def sample(slot: re.Match[str]) -> str:
        day = slot[1].endswith("-ends") or slot[1] == "last-day"
        return "November 3, 2025" if day else _SAMPLES.get(slot[1], "60 days")

    return " ".join(SLOT.sub(sample, english).split())
