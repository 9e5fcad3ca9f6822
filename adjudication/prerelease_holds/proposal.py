"""The decision that a pre-release hold asks a person to check, and a mark that names the decision by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from adjudication.model.determination import Determination, LineDetermination
from adjudication.model.findings import ProposedLine
from adjudication.model.vocabulary import LineNumber
from adjudication.review.settlements import Settlement


def proposed_lines(decision: Determination, settlements: Sequence[Settlement]) -> tuple[ProposedLine, ...]:
    """Return each line of a decision, with the people who resolved something on it or on the whole claim."""
    by_line: dict[LineNumber | None, list[tuple[int, str]]] = {}
    for order, each in enumerate(settlements):
        by_line.setdefault(each.line, []).append((order, each.person_id))
    whole = by_line.get(None, [])
    return tuple(
        ProposedLine(
            line=line.line,
            disposition=line.disposition.value,
            paid=line.paid,
            reason=line.reason,
            people=tuple(dict.fromkeys(person for _, person in sorted((*whole, *by_line.get(line.line, ()))))),
        )
        for line in decision.lines
    )


def mark(decision: Determination) -> str:
    """Return a hash of each line's result, amounts, codes and signature.

    Two decisions with the same content have the same mark, even if they were made at different times or with other data.
    """
    content = [_content(line) for line in decision.lines]
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def _content(line: LineDetermination) -> tuple[object, ...]:
    signed = line.signature
    by = None if signed is None else (signed.reviewer_id, signed.license_number, signed.rationale)
    adjustments = tuple((a.group.value, a.carc, f"{a.amount:.2f}", a.rarcs) for a in line.adjustments)
    return (int(line.line), line.disposition.value, line.reason, f"{line.paid:.2f}", adjustments, by)
