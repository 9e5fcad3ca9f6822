"""Checks the rationale of a decision: enough words, and the reviewer's own. Whether they are true is not checked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from adjudication.people import Refusal, invalid

SHORTEST_RATIONALE: Final = 40
"""The minimum number of characters: a shorter text cannot discuss this member's facts."""

FEWEST_WORDS: Final = 8
"""Different words: a sentence about a fact of this member and its consequence has them; repeated words do not."""

SAMPLE: Final = "A sample of a sentence about this member with which one asks what might be decided."
"""A valid sample text, used to check which actions are possible before a person gives reasons."""

_WORD: Final = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


def normalized(text: str) -> str:
    """Return the words of a text, so that neither case, spaces nor punctuation make a copy look like something else."""
    return " ".join(_WORD.findall(text.casefold()))


def rationale_refusal(rationale: str, wordings: Iterable[str] = ()) -> Refusal | None:
    """Refuse a text that is too short, or copied from the policy, to be a rationale; `wordings` are the policy's texts."""
    own_text = normalized(rationale)
    if len(rationale.strip()) < SHORTEST_RATIONALE or _few(own_text):
        words = f"in a sentence or more: at least {SHORTEST_RATIONALE} characters and {FEWEST_WORDS} different words"
        return invalid("rationale", f"say why, about this member's own facts, {words}")
    own = f" {own_text} "
    for wording in sorted(wordings, key=len, reverse=True):
        if own_text in wording:
            return _COPIED
        own = own.replace(f" {wording} ", "  ")
    return _COPIED if _few(own) else None


def _few(own_text: str) -> bool:
    return len(set(own_text.split())) < FEWEST_WORDS


_COPIED: Final = invalid(
    "rationale",
    f"this is the policy's own text; say in {FEWEST_WORDS} different words of your own or more which facts of this member "
    "led you here",
)
