"""A letter to a member or provider as people read it: its text, and the elements the law demands of it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from adjudication.letters.elements import Audience
from contracts.records.issued_letters import IssuedLetter


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
    """A letter in words, drafted or due: none when `why_none` says why.

    `step` says which decision or step it tells, and `text` is how it is printed; `issued`: as it was kept, where it was.
    """

    audience: Audience
    title: str
    parts: tuple[LetterPart, ...]
    checklist: tuple[Checked, ...]
    forms: tuple[str, ...]
    why_none: str = ""
    kind: str = ""
    step: str = ""
    text: str = ""
    issued: IssuedLetter | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of its printed text: what somebody issues is what they saw."""
        return sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Acted:
    """Who issues a letter, and the role it is permitted in."""

    person_id: str
    role: str
