"""Writes a proposal to correct a decided claim as JSON, and computes the digest by which proposals are compared."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from adjudication.deadlines.interest import LateInterest
from adjudication.model.determination import LineDetermination
from adjudication.model.findings import Citation
from adjudication.model.reference import ReferenceData
from adjudication.readjudication.judgment import Receivable, Terms
from adjudication.readjudication.proposal import LineChange, Proposal
from contracts.event_builders.interest import interest_json
from contracts.events.codec import canonical
from contracts.records.decision_json import adjustment_json

_Json = dict[str, Any]


def proposal_json(
    proposal: Proposal,
    terms: Terms,
    interest: tuple[LateInterest, ...],
    owed: Receivable | None,
    reference: ReferenceData,
) -> _Json:
    """Return a proposal as the ledger keeps it and screens show it; it names no member."""
    return {
        "result": proposal.result.value,
        "adds": f"{proposal.adds:.2f}",
        "takes": f"{proposal.takes:.2f}",
        "people": terms.people,
        "automatic": terms.automatic,
        "missing": terms.missing,
        "until": [
            {"ground": ground.value, "until": None if end is None else end.isoformat()} for ground, end in terms.until
        ],
        "rules": [{"name": rule.name, "citation": _cited(rule.citation)} for rule in terms.rules],
        "lines": [_line(line, reference) for line in proposal.lines],
        "interest": [interest_json(each) for each in interest],
        "receivable": None if owed is None else _owed(owed),
    }


def digest_of(content: _Json, base_version: int) -> bytes:
    """Return a digest of the proposal: interest and notice days grow with time and are left out."""
    said = {name: content[name] for name in ("result", "people", "automatic", "missing", "until", "rules", "lines")}
    return sha256(canonical({"base_version": base_version, **said})).digest()


def _line(line: LineChange, reference: ReferenceData) -> _Json:
    return {
        "line": line.before.line,
        "code": line.before.code,
        "kept": line.kept.value,
        "waits": list(line.waits),
        "before": _decided(line.before, reference),
        "after": _decided(line.after, reference),
    }


def _decided(line: LineDetermination, reference: ReferenceData) -> _Json:
    rule = reference.outcomes.get(line.reason)
    return {
        "disposition": line.disposition.value,
        "charge": f"{line.charge:.2f}",
        "payable": f"{line.paid:.2f}",
        "reason": line.reason,
        "label": line.reason if rule is None else rule.label,
        "adjustments": [adjustment_json(each) for each in line.adjustments],
        "signed": line.signature is not None,
    }


def _owed(owed: Receivable) -> _Json:
    return {
        "recover_after": owed.not_before.isoformat(),
        "dispute_until": owed.dispute_until.isoformat(),
        "citation": _cited(owed.citation),
    }


def _cited(citation: Citation) -> _Json:
    return {"source": citation.source, "locator": citation.locator}
