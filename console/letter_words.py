"""A notice letter as pages show it: what it says, and what the law demands of it."""

from __future__ import annotations

from dataclasses import dataclass

from adjudication.notices.elements import Audience


@dataclass(frozen=True, slots=True)
class LetterPart:
    """One part of a letter: its heading and what it says."""

    heading: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """One element a rule demands of a letter, and whether it is there."""

    element: str
    regime: str
    source: str
    locator: str
    present: bool


@dataclass(frozen=True, slots=True)
class WrittenLetter:
    """A letter in words, drafted or due: none when `why_none` says why."""

    audience: Audience
    title: str
    parts: tuple[LetterPart, ...]
    checklist: tuple[Checked, ...]
    forms: tuple[str, ...]
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class LettersView:
    """The page of the letters due on a claim or an appeal. `extendable`: a notice of an extension can be drawn here."""

    subject: str
    address: str
    audience: Audience
    letters: tuple[WrittenLetter, ...]
    extendable: bool = False
    why: str = ""
    error: str = ""
    audiences: tuple[Audience, ...] = tuple(Audience)
