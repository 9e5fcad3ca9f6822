"""The page of the letters due on a claim or an appeal."""

from __future__ import annotations

from dataclasses import dataclass

from adjudication.letters.letter import Audience
from letters.written import WrittenLetter


@dataclass(frozen=True, slots=True)
class LettersView:
    """The page of the letters due on a claim or an appeal, and of those issued before.

    `issuing`: this person may issue them. `large`: in large print. `language`: the requested language; None: that of enrollment. `extendable`: a notice of an extension can be drawn here.
    """

    subject: str
    address: str
    audience: Audience
    letters: tuple[WrittenLetter, ...]
    issuing: bool = False
    extendable: bool = False
    why: str = ""
    error: str = ""
    large: bool = False
    language: str | None = None
    audiences: tuple[Audience, ...] = tuple(Audience)
