"""The US school grade that a text asks of its reader (Flesch and Kincaid, 1975).

Syllables are counted by hyphenation and by groups of vowels; the higher count is taken, so that the grade errs upward.
"""

from __future__ import annotations

import re
from functools import cache

import pyphen

_WORD = re.compile(r"[A-Za-z][A-Za-z']*|\$?[0-9][0-9,.]*")
_SENTENCES = re.compile(r"[.!?](?:\s|$)|\n")
_HYPHENATED = pyphen.Pyphen(lang="en_US")


def grade(text: str) -> float:
    """0.39 words per sentence + 11.8 syllables per word - 15.59."""
    sentences = [each for each in _SENTENCES.split(text) if _WORD.search(each)]
    words = _WORD.findall(text)
    syllables = sum(_syllables(word.lower()) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


@cache
def _syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = (word.endswith("e") and not word.endswith("le")) or (word.endswith("ed") and word[-3:-2] not in "td")
    return max(groups - (silent and groups > 1), len(_HYPHENATED.positions(word)) + 1, 1)
