"""Finds sentences that make a member's text hard to read: long ones, and those with unexplained short forms.

The policy loader and tests apply it to our own texts, never to clinical content or a reviewer's own words.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST_SENTENCE: Final = 25
"""The maximum number of words in a sentence to a member."""

_ENDS = re.compile(r"[.!?](?=[\s\"”)]|$)|\n")
_SHORT_FORM = re.compile(r"\b[A-Z][A-Z0-9]{2,}\b")
_CODE = re.compile(r"\b(?:[0-9]{5}|[0-9]{4}[A-Z]|[A-Z]{1,2}-?[0-9]{2,3}(?:\.[0-9]+)?)\b")
_KNOWN = frozenset({"MRI", "PET", "CT"})
"""Short forms patients themselves use."""


def long_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences with more words than a member's text may have."""
    return tuple(s.strip() for s in _ENDS.split(text) if len(s.split()) > LONGEST_SENTENCE)


def unexplained(text: str) -> tuple[str, ...]:
    """Return the codes and short forms that the text does not explain, as in "long form (SHORT)"."""
    found = [*_SHORT_FORM.findall(text), *_CODE.findall(text)]
    return tuple(dict.fromkeys(f for f in found if f not in _KNOWN and f"({f})" not in text))
