"""How easy a Spanish text is to read (Fernández Huerta, 1959): 206.84 - 60 syllables per word - 1.02 words per sentence.

80 to 90 is the fifth grade, 70 to 80 the sixth, 60 to 70 the seventh and eighth. Syllables are counted by the rules of Spanish
spelling: two strong vowels, or a weak one with an accent, are two syllables; other neighboring vowels are one.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

_WORD = re.compile(r"[A-Za-zÁÉÍÓÚÜÑáéíóúüñ]+|\$?[0-9][0-9,.]*")
_SENTENCES = re.compile(r"[.!?:](?:\s|$)|\n")
_STRONG, _ACCENTED = "aeoáéó", "íú"


def ease(text: str) -> float:
    """Return the ease of a text; higher is easier."""
    sentences = [each for each in _SENTENCES.split(text) if _WORD.search(each)]
    words = _WORD.findall(text)
    syllables = sum(syllables_of(word.lower()) for word in words)
    return 206.84 - 60 * syllables / len(words) - 1.02 * len(words) / len(sentences)


@cache
def syllables_of(word: str) -> int:
    """Count the syllables of a word in small letters; a number counts as one."""
    word = re.sub(r"qu(?=[eiéí])|gu(?=[eiéí])", "k", word)
    word = re.sub(r"y$", "i", word)
    count = 0
    for group in re.findall(r"[aeiouáéíóúü]+", word):
        count += 1
        for first, second in pairwise(group):
            count += (first in _STRONG and second in _STRONG) or first in _ACCENTED or second in _ACCENTED
    return max(count, 1)
