"""A letter to a member or provider as people read it: its text, and the elements the law demands of it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from adjudication.letters.letter import Audience
from contracts.records.issued_letters import IssuedLetter


@dataclass(frozen=True, slots=True)
class LetterPart:
    """One part of a letter: its heading and its paragraphs."""

    heading: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """One element that a rule demands of a letter, and whether the letter has it."""

    element: str
    regime: str
    source: str
    locator: str
    present: bool


@dataclass(frozen=True, slots=True)
class WrittenLetter:
    """A due letter, or the reason in `why_none` why it cannot be written.

    `step`: the decision or step that it is about. `text`: the printed text. `issued`: the stored letter once issued.
    `opening`: the lines of its head. `due`: False if it is not due to this reader. `unaddressed`: no address is known.
    `by_mail_house`: the mail house puts the address on it.
    `language`: the language of its text (ISO 639). `current`: False for an issued letter about an earlier step.
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
    opening: tuple[str, ...] = ()
    due: bool = True
    unaddressed: bool = False
    by_mail_house: bool = False
    current: bool = True
    language: str = "en"

    def form_line(self, form: str) -> str:
        """Return the line that names an official form of the letter."""
        return form_line(form, self.language)

    @property
    def digest(self) -> str:
        """The SHA-256 of the printed text, which ensures that a person issues the text that they saw."""
        return sha256(self.text.encode()).hexdigest()


def form_line(form: str, language: str) -> str:
    """Return the line that names the official form on which a letter is printed."""
    words = "Se imprime en el formulario oficial" if language == "es" else "To be printed on the official form"
    return f"({words}: {form}.)"


@dataclass(frozen=True, slots=True)
class Acted:
    """The person who issues a letter, and the role that permits it."""

    person_id: str
    role: str
