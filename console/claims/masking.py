"""The part of a claim that is shown before its member data are opened: codes, dates, amounts, ids and our own words.

Hidden until then: the member's identity, diagnoses, free text, and facts about the member's health.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from adjudication.model.findings import Evidence
from contracts.events.determinations import EvidenceV1

_OPEN_EVIDENCE: Final = frozenset(
    {
        "appeal", "authorization", "by_claim", "by_hand", "claim", "code", "column_one", "column_two", "component",
        "document", "error", "frequency", "indicator", "kind", "level", "limit", "line", "modifier", "modifiers",
        "multiple_procedure", "not_applied", "original", "overturned", "plan",
        "policy", "precedence", "priced_by", "rate", "release", "review_overdue_since", "role", "rule", "schedule",
        "service_date", "settled", "settled_by", "specific_codes", "standing", "state", "taxonomy", "units", "units_granted",
        "use_instead", "waits_until", "would_be",
    }
)  # fmt: skip
"""Evidence without health information. Every other name is hidden, also new ones."""

_OPEN_CONTENT: Final = frozenset(
    {
        "action", "kinds", "lines", "line", "outcome", "resolution", "denies_as", "to_role", "to_person", "expertise",
        "at", "held", "field", "criteria", "level", "ruling", "replay", "bulk", "batch", "number", "ground",
    }
)  # fmt: skip


def evidence_shown(evidence: Iterable[Evidence | EvidenceV1], *, opened: bool) -> tuple[tuple[str, str], ...]:
    """Return evidence as name and value; hidden values are marked."""
    return tuple((e.name, e.value if opened or e.name in _OPEN_EVIDENCE else "closed") for e in evidence)


def content_shown(content: dict[str, Any], *, opened: bool) -> tuple[tuple[str, str], ...]:
    """Return the content of an action, as name and value; free text stays hidden."""
    fields = ((name, value) for name, value in content.items() if name != "action" and value not in (None, [], "", {}))
    return tuple((name, _said(value) if opened or name in _OPEN_CONTENT else "closed") for name, value in fields)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_said(each) for each in value)
    if isinstance(value, dict):
        return "; ".join(f"{name} {_said(each)}" for name, each in value.items() if each is not None)
    return str(value)
