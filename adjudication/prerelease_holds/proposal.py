"""The decision that a hold proposes, as evidence of its finding: a line each, so that whoever looks sees what is released."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adjudication.model.determination import Determination, LineDetermination
from adjudication.model.findings import Evidence
from adjudication.review.settlements import Settlement

_NAME: Final = "proposed"
_NOBODY: Final = "-"


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """One line of the decision that waits; `people` settled something on it, none of them: the machine decided."""

    line: int
    disposition: str
    paid: Decimal
    reason: str
    people: tuple[str, ...]


def proposal(decision: Determination, settlements: Sequence[Settlement]) -> tuple[Evidence, ...]:
    """Write a decision down."""
    return tuple(Evidence(_NAME, _written(line, settlements)) for line in decision.lines)


def _written(line: LineDetermination, settlements: Sequence[Settlement]) -> str:
    people = dict.fromkeys(each.person_id for each in settlements if each.line in (None, line.line))
    return f"{line.line} {line.disposition} {line.paid:.2f} {line.reason} {','.join(people) or _NOBODY}"


def proposed(evidence: Iterable[tuple[str, str]]) -> Iterator[ProposedLine]:
    """Read it back from the evidence of a finding, (name, value) each."""
    for name, value in evidence:
        if name == _NAME:
            line, disposition, paid, reason, people = value.split(" ", 4)
            named = () if people == _NOBODY else tuple(people.split(","))
            yield ProposedLine(int(line), disposition, Decimal(paid), reason, named)


def mark(decision: Determination) -> str:
    """Name a decision by what it tells: each line's result, amounts, codes and signature.

    Not by when or by which data it was found: what is told in the same words is the same decision.
    """
    told = [_told(line) for line in decision.lines]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _told(line: LineDetermination) -> tuple[object, ...]:
    signed = line.signature
    by = None if signed is None else (signed.reviewer_id, signed.license_number, signed.rationale)
    adjustments = tuple((a.group.value, a.carc, f"{a.amount:.2f}", a.rarcs) for a in line.adjustments)
    return (int(line.line), line.disposition.value, line.reason, f"{line.paid:.2f}", adjustments, by)
