"""Facts with three answers. Unknown is never no: it has a reason and names what to ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import NoReturn

from adjudication.claim import SupportingFact

Value = bool | date | Decimal | str


class Answer(Enum):
    """Met, not met, or unknown. Refuses to be a bool, so that unknown cannot slip into a branch as no."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"

    def __bool__(self) -> NoReturn:
        """Refuse: compare with `is`."""
        msg = "an answer is met, not met or unknown; compare it with `is` instead of treating it as true or false"
        raise TypeError(msg)


class Facts:
    """The facts of one claim by name; a fact told with two different values is conflicting, hence unknown."""

    def __init__(self, supporting: Sequence[SupportingFact]) -> None:
        """Index the facts sent with a claim."""
        self._values: dict[str, Value] = {}
        self._conflicting: set[str] = set()
        for fact in supporting:
            if self._values.setdefault(fact.fact, fact.value) != fact.value:
                self._conflicting.add(fact.fact)

    def value(self, name: str) -> Value | None:
        """Return the one value told, or None when nothing or contradictory things were told."""
        return None if name in self._conflicting else self._values.get(name)

    def why_unknown(self, name: str) -> str:
        """Say why a fact is unknown: `conflicting`, `unreadable` (not the kind of value asked for) or `missing`."""
        if name in self._conflicting:
            return "conflicting"
        return "unreadable" if name in self._values else "missing"

    def flag(self, name: str) -> Answer:
        """Answer a yes-or-no fact."""
        value = self.value(name)
        return decided(value) if isinstance(value, bool) else Answer.UNKNOWN

    def claimed(self, names: Iterable[str]) -> dict[str, Answer]:
        """Answer those of some flags that anybody mentioned: an exception is only there when claimed."""
        return {name: self.flag(name) for name in names if name in self._values}

    def choice(self, name: str, choices: frozenset[str]) -> str | None:
        """Return a coded fact, or None when it is none of the codes."""
        value = self.value(name)
        return value if isinstance(value, str) and value in choices else None

    def day(self, name: str) -> date | None:
        """Return a date fact, or None."""
        value = self.value(name)
        return value if isinstance(value, date) else None

    def number(self, name: str) -> Decimal | None:
        """Return a numeric fact, or None."""
        value = self.value(name)
        return value if isinstance(value, Decimal) else None


def decided(condition: bool) -> Answer:  # noqa: FBT001 - this is where a bool becomes an answer
    """Turn a known condition into an answer."""
    return Answer.MET if condition else Answer.NOT_MET


def all_of(answers: Iterable[Answer]) -> Answer:
    """Met when all are met, not met when one is not, else unknown. Every answer is looked at."""
    given = tuple(answers)
    if Answer.NOT_MET in given:
        return Answer.NOT_MET
    return Answer.UNKNOWN if Answer.UNKNOWN in given else Answer.MET


def any_of(answers: Iterable[Answer]) -> Answer:
    """Met when one is met, not met when none is, else unknown. Every answer is looked at."""
    given = tuple(answers)
    if Answer.MET in given:
        return Answer.MET
    return Answer.UNKNOWN if Answer.UNKNOWN in given else Answer.NOT_MET
