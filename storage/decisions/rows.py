"""Decisions as rows for set-wise inserts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date
from decimal import Decimal
from typing import Any, Final, TypeVar

import orjson

from adjudication.model.claim import SupportingFact
from adjudication.model.determination import (
    CLINICAL_CARCS,
    Decision,
    Determination,
    Disposition,
    LineDetermination,
    Pended,
    ReviewerSignature,
)
from adjudication.model.findings import Finding
from adjudication.model.vocabulary import ClaimId
from adjudication.review.first_due import FirstDue, first_due
from contracts.events.outgoing import OutgoingMessage
from contracts.events.topics import DETERMINATIONS, DOCUMENT_REQUESTS
from contracts.ids import name_based
from contracts.records.decision_json import finding_json
from contracts.records.decisions import Publication
from contracts.records.fact_subjects import subject_json
from storage.json_sequences import sequence

EVENT: Final = "event"
POLICY_TRACE: Final = ("lines", "evidence")
"""Columns that are sent as separate parameters, not in the JSON document of their rows."""

Columns = dict[str, list[Any]]
Row = dict[str, Any]
Determined = tuple[Publication, Determination]
Waiting = tuple[Publication, Pended]
D = TypeVar("D", bound=Decision)
_MANY_LINES: Final = 256
"""Lines whose rows take some 10 ms; a batch of ordinary claims has fewer."""


def determined(publications: Iterable[Publication]) -> list[Determined]:
    """Keep the publications that determine their claim."""
    return [(p, p.decision) for p in publications if isinstance(p.decision, Determination)]


def waiting(publications: Iterable[Publication]) -> list[Waiting]:
    """Keep the publications that pend their claim with new pends."""
    return [(p, p.decision) for p in publications if isinstance(p.decision, Pended) and p.messages]


def ready(waiting: Iterable[Waiting]) -> list[Determined]:
    """Return the decisions on lines that need not wait for the others of their claim."""
    return [(publication, pended.ready) for publication, pended in waiting if pended.ready is not None]


def unchanged(publications: Iterable[Publication]) -> list[Waiting]:
    """Keep the publications whose claim stays pended as before: nothing is published, but the try is recorded."""
    return [(p, p.decision) for p in publications if isinstance(p.decision, Pended) and not p.messages]


def rows_of(rows: list[Row], apart: Sequence[str] = ()) -> dict[str, str]:
    """Pack rows as the parameters of a set-wise insert: one JSON document, and one text per column that goes `apart`.

    Large JSON goes apart, as a JSON text sequence (storage/json_sequences.py).
    """
    large = {name: sequence([_json(row[name]) for row in rows]) for name in apart}
    kept = [{name: value for name, value in row.items() if name not in large} for row in rows] if apart else rows
    return {"rows": orjson.dumps(kept).decode(), **large}


def _json(value: Any) -> bytes:
    return value if isinstance(value, bytes) else orjson.dumps(value)


async def packed(
    rows: Callable[[Sequence[tuple[Publication, D]]], list[Row]],
    of: Sequence[tuple[Publication, D]],
    apart: Sequence[str] = (),
) -> dict[str, str]:
    """Make rows and pack them: in a thread where they are many, so that heartbeats and timers continue."""
    if sum(len(publication.stored.claim.lines) for publication, _ in of) > _MANY_LINES:
        return await asyncio.to_thread(lambda: rows_of(rows(of), apart))
    return rows_of(rows(of), apart)


def determination_rows(decisions: Sequence[Determined]) -> list[Row]:
    """Rows of `determinations`, with the exact bytes that are published."""
    rows = []
    for publication, decision in decisions:
        event = _determination_event(publication)
        rows.append(
            {
                "claim_id": decision.claim_id,
                "version": decision.version,
                "decided_at": decision.decided_at,
                "policy_bundle": decision.policy_bundle,
                "charge": str(decision.charge),
                "paid": str(decision.paid),
                "event_id": event.event_id,
                EVENT: event.value,
                "pending_lines": decision.pending or None,
                "follows_open": decision.follows_open,
            }
        )
    return rows


def _determination_event(publication: Publication) -> OutgoingMessage:
    return next(message for message in publication.messages if message.topic == DETERMINATIONS)


def signature_rows(decisions: Sequence[Determined]) -> list[Row]:
    """Rows of `reviewer_signatures`: who signed, with the license it was signed under; one signature, one row."""
    rows = [
        signature_row(decision.claim_id, line.signature)
        for _, decision in decisions
        for line in decision.lines
        if line.signature is not None
    ]
    return list({row["signature_id"]: row for row in rows}.values())


def signature_row(claim_id: ClaimId, signature: ReviewerSignature) -> Row:
    """One row of `reviewer_signatures`."""
    return {
        "signature_id": signature_id(claim_id, signature),
        "claim_id": claim_id,
        "reviewer_id": signature.reviewer_id,
        "role": signature.role,
        "licence_number": signature.license_number,
        "licence_state": signature.license_state,
        "signed_at": signature.signed_at,
        "rationale": signature.rationale,
    }


def signature_id(claim_id: ClaimId, signature: ReviewerSignature) -> str:
    """Name a signature by its content, so that a resolution and the determination it leads to name the same one."""
    parts = [signature.reviewer_id, signature.role, signature.license_number, signature.license_state]
    parts += [signature.signed_at.astimezone(UTC).isoformat(), signature.rationale]
    return name_based(f"signature:{claim_id}:{orjson.dumps(parts).decode()}")


def line_rows(decisions: Sequence[Determined]) -> list[Row]:
    """Rows of `determination_lines`; a line carries its one reason, a clinical one before any other."""
    rows = []
    for publication, decision in decisions:
        claim = publication.stored.claim
        day = {line.number: line.service_date for line in claim.lines}
        for line in decision.lines:
            group, carc, rarcs = _reason(line, decision)
            rows.append(
                {
                    "claim_id": decision.claim_id,
                    "version": decision.version,
                    "line": line.line,
                    "member_id": claim.member.member_id,
                    "code": line.code,
                    "service_date": day[line.line],
                    "disposition": line.disposition.value,
                    "reason": line.reason,
                    "group_code": group,
                    "carc": carc,
                    "rarcs": rarcs,
                    "charge": str(line.charge),
                    "paid": str(line.paid),
                    "clinical": line.clinical,
                    "signature_id": None if line.signature is None else signature_id(claim.claim_id, line.signature),
                }
            )
    return rows


def _reason(line: LineDetermination, decision: Determination) -> tuple[str | None, str | None, str]:
    if line.disposition not in (Disposition.APPROVED, Disposition.DENIED):
        return None, None, " ".join(decision.remarks)
    if not line.adjustments:
        return None, None, ""
    shown = next((a for a in line.adjustments if a.carc in CLINICAL_CARCS), line.adjustments[0])
    return shown.group.value, shown.carc, " ".join(shown.rarcs)


def denied_lines(decisions: Sequence[Determined]) -> Columns:
    """Claim and line of every line that was not approved."""
    rows = [(d.claim_id, line.line) for _, d in decisions for line in d.lines if line.disposition is Disposition.DENIED]
    return {"claim_id": [claim for claim, _ in rows], "line": [line for _, line in rows]}


def pend_rows(decisions: Sequence[Waiting]) -> list[Row]:
    """Rows of `pends`; line 0 stands for the whole claim."""
    return [
        {
            "claim_id": pended.claim_id,
            "round": publication.round,
            "code": pend.code,
            "line": pend.line or 0,
            "outcome": pend.outcome,
            "owner": pend.owner,
            "priority": pend.priority,
            "due_at": pend.due_at,
            "about": pend.about,
            "read_at": publication.stored.read_at,
        }
        for publication, pended in decisions
        for pend in pended.pends
    ]


def dues(decisions: Sequence[Waiting]) -> Iterable[tuple[str, FirstDue]]:
    """Yield the first due date of each pended claim; without a deadline check, the first of its pends."""
    for publication, pended in decisions:
        due = publication.due or first_due((), ((pend.code, pend.due_at) for pend in pended.pends))
        if due is not None:
            yield pended.claim_id, due


def request_rows(decisions: Sequence[Waiting]) -> list[Row]:
    """Rows of `document_requests`: the requests made without a person's action, as the events state them."""
    rows = []
    for publication, _ in decisions:
        for message in publication.messages:
            if message.topic == DOCUMENT_REQUESTS:
                data = orjson.loads(message.value)["data"]
                asked = {name: data[name] for name in ("claim_id", "asked_at", "due_at", "control_number")}
                rows += [{**asked, "kind": document["kind"]} for document in data["documents"]]
    return rows


def trace_rows(decisions: Sequence[Waiting]) -> list[Row]:
    """Rows of `traces`: all findings on pended claims."""
    return [
        {
            "claim_id": pended.claim_id,
            "round": publication.round,
            "policy_bundle": pended.policy_bundle,
            "findings": [finding_json(finding) for finding in pended.findings],
        }
        for publication, pended in decisions
    ]


def policy_trace_rows(settled: Sequence[tuple[Publication, Decision]]) -> list[Row]:
    """Rows of `policy_traces`: the legs of every line that a policy ruled on, and the facts they rest on."""
    rows = []
    for publication, _ in settled:
        decision, claim = publication.decision, publication.stored.claim
        lines = [
            {"line": finding.line, "legs": finding.legs} for finding in _necessity_findings(decision) if finding.legs
        ]
        if lines:
            rows.append(
                {
                    "claim_id": decision.claim_id,
                    "round": publication.round,
                    "policy_bundle": decision.policy_bundle,
                    "lines": lines,
                    "evidence": _evidence(claim.supporting),
                }
            )
    return rows


def _evidence(facts: Sequence[SupportingFact]) -> list[Row] | None:
    """Return the facts as stored; None where the claim itself states all of them, and so keeps them."""
    if all(fact.document is None and fact.author is None and not fact.settles for fact in facts):
        return None
    return [fact_row(fact) for fact in facts]


def _necessity_findings(decision: Decision) -> Iterable[Finding]:
    if isinstance(decision, Pended):
        return decision.findings
    return (finding for line in decision.lines for finding in line.findings)


def fact_row(fact: SupportingFact) -> Row:
    """Return a fact as stored: its value with its kind, its source and its date."""
    row: Row = {
        "fact": fact.fact,
        "value": str(fact.value) if isinstance(fact.value, Decimal) else fact.value,
        "kind": KINDS[type(fact.value)],
        "source": fact.source,
        "recorded_on": fact.recorded_on,
    }
    if fact.author is not None:
        row["author"] = fact.author
    if fact.document is not None:
        row["document"] = fact.document
    if fact.settles:
        row["settles"] = fact.settles
    if not fact.legible:
        row["legible"] = False
    if fact.about is not None:
        row["about"] = subject_json(fact.about)
    return row


KINDS = {bool: "flag", date: "date", Decimal: "number", str: "code"}
