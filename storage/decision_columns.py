"""Decisions as columns of arrays, for set-wise inserts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from adjudication.determination import Determination, Disposition, LineDetermination, Pended
from adjudication.findings import Finding
from contracts.outgoing import OutgoingMessage
from contracts.store_values import Publication
from contracts.topics import DETERMINATIONS

FIRST_VERSION = 1
Columns = dict[str, list[Any]]
Determined = tuple[Publication, Determination]
Waiting = tuple[Publication, Pended]


def determined(publications: Iterable[Publication]) -> list[Determined]:
    """Keep the publications that determine their claim."""
    return [(p, p.decision) for p in publications if isinstance(p.decision, Determination)]


def waiting(publications: Iterable[Publication]) -> list[Waiting]:
    """Keep the publications that pend their claim with something new to say."""
    return [(p, p.decision) for p in publications if isinstance(p.decision, Pended) and p.messages]


def determination_columns(decisions: Sequence[Determined]) -> Columns:
    """Columns of `determinations`, with the exact bytes that are published."""
    events = [_determination_event(publication) for publication, _ in decisions]
    return {
        "claim_id": [d.claim_id for _, d in decisions],
        "version": [FIRST_VERSION] * len(decisions),
        "decided_at": [d.decided_at for _, d in decisions],
        "policy_bundle": [d.policy_bundle for _, d in decisions],
        "charge": [d.charge for _, d in decisions],
        "paid": [d.paid for _, d in decisions],
        "event_id": [event.event_id for event in events],
        "event": [event.value for event in events],
    }


def _determination_event(publication: Publication) -> OutgoingMessage:
    return next(message for message in publication.messages if message.topic == DETERMINATIONS)


def line_columns(decisions: Sequence[Determined]) -> Columns:
    """Columns of `determination_lines`; a denied line carries its one reason."""
    rows = [(publication, decision, line) for publication, decision in decisions for line in decision.lines]
    claims = [publication.stored.claim for publication, _, _ in rows]
    day = {(c.claim_id, line.number): line.service_date for c in claims for line in c.lines}
    reasons = [_reason(line) for _, _, line in rows]
    return {
        "claim_id": [decision.claim_id for _, decision, _ in rows],
        "version": [FIRST_VERSION] * len(rows),
        "line": [line.line for _, _, line in rows],
        "member_id": [claim.member.member_id for claim in claims],
        "code": [line.code for _, _, line in rows],
        "service_date": [day[decision.claim_id, line.line] for _, decision, line in rows],
        "disposition": [line.disposition.value for _, _, line in rows],
        "reason": [line.reason for _, _, line in rows],
        "group_code": [reason[0] for reason in reasons],
        "carc": [reason[1] for reason in reasons],
        "rarcs": [reason[2] for reason in reasons],
        "charge": [line.charge for _, _, line in rows],
        "paid": [line.paid for _, _, line in rows],
        "clinical": [line.clinical for _, _, line in rows],
    }


def _reason(line: LineDetermination) -> tuple[str | None, str | None, str]:
    if not line.adjustments:
        return None, None, ""
    first = line.adjustments[0]
    return first.group.value, first.carc, " ".join(first.rarcs)


def denied_lines(decisions: Sequence[Determined]) -> Columns:
    """Claim and line of every line that was not approved."""
    rows = [(d.claim_id, line.line) for _, d in decisions for line in d.lines if line.disposition is Disposition.DENIED]
    return {"claim_id": [claim for claim, _ in rows], "line": [line for _, line in rows]}


def pend_columns(decisions: Sequence[Waiting]) -> Columns:
    """Columns of `pends`; line 0 stands for the whole claim."""
    rows = [(publication, pended, pend) for publication, pended in decisions for pend in pended.pends]
    return {
        "claim_id": [pended.claim_id for _, pended, _ in rows],
        "round": [publication.round for publication, _, _ in rows],
        "code": [pend.code for _, _, pend in rows],
        "line": [pend.line or 0 for _, _, pend in rows],
        "outcome": [pend.outcome for _, _, pend in rows],
        "owner": [pend.owner for _, _, pend in rows],
        "priority": [pend.priority for _, _, pend in rows],
        "due_at": [pend.due_at for _, _, pend in rows],
    }


def trace_columns(decisions: Sequence[Waiting]) -> Columns:
    """Columns of `traces`: everything found on claims that wait."""
    return {
        "claim_id": [pended.claim_id for _, pended in decisions],
        "round": [publication.round for publication, _ in decisions],
        "policy_bundle": [pended.policy_bundle for _, pended in decisions],
        "findings": [orjson.dumps([_finding(f) for f in pended.findings]).decode() for _, pended in decisions],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "line": finding.line,
        "step": finding.step.value,
        "outcome": finding.outcome,
        "verdict": finding.verdict.value,
        "citation": {"source": finding.citation.source, "locator": finding.citation.locator},
        "evidence": [{"name": e.name, "value": e.value} for e in finding.evidence],
        "pend": finding.pend,
    }
