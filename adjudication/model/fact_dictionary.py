"""The facts that the criteria of the policies can read, and the values that each may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from adjudication.model.claim import Value


@dataclass(frozen=True, slots=True)
class FactKind:
    """The values that one fact may have: a flag, a date, a number (in `unit`) or a code (one of `choices`).

    `stated_in`: the kinds of documents that may state it, for a fact that the claim itself cannot establish.
    `subject`: what the fact is about: `claim`, `study` or `region`. `regions`: for a code, the only regions to which each
    value can belong; empty: any region.
    """

    kind: str
    unit: str | None = None
    choices: tuple[str, ...] = ()
    stated_in: frozenset[str] = frozenset()
    subject: str = "claim"
    regions: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Return the possible subjects of one statement of the fact, as names of FactSubject: the person, a region, or a study."""
        return {"region": ("line", "study", "region", "side", "episode"), "study": ("line", "study", "episode")}.get(
            self.subject, ("line", "side", "episode")
        )

    def fits(self, value: Value) -> bool:
        """Return whether a value is of this kind. A flag is never a number, although Python counts it as one."""
        match self.kind:
            case "flag":
                return isinstance(value, bool)
            case "date":
                return isinstance(value, date)
            case "number":
                return isinstance(value, Decimal) and value.is_finite() and value >= 0
            case _:
                return isinstance(value, str) and value in self.choices

    def words(self) -> str:
        """Describe the values for a refusal."""
        described = {
            "flag": "a flag: yes or no",
            "date": "a day",
            "number": f"a number of {self.unit or 'units'}, not below 0",
        }
        return described.get(self.kind) or f"a code, one of: {', '.join(self.choices)}"


FactDictionary = Mapping[str, FactKind]
"""Every fact by its name."""
