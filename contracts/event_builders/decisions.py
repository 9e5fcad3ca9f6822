"""Builds the events of a decision as bytes, exactly once.

Pure: a decision, a claim and the labels of the reference data go in, messages come out. Plain dicts and
orjson rather than the pydantic models because every claim of every batch passes here; a test holds that the
models accept each event and encode it to the same bytes. Event ids follow from claim, kind and version or
round alone. No member data is copied into an event: claim references, codes, amounts, dates and citations
only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from adjudication.deadlines.rule_book import NoDeadline
from adjudication.deadlines.state import DeadlineState
from adjudication.model.claim import Claim
from adjudication.model.correction_note import CorrectionNote
from adjudication.model.determination import Determination, Disposition, LineDetermination, Pend, Pended
from adjudication.model.findings import PolicyDetail, authorization_number
from adjudication.model.pends import DOCUMENT_PEND
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.review.claim_deadlines import DeadlineAlert
from adjudication.steps.unusable_facts import unusable_facts
from contracts.event_builders.fitting import fitted
from contracts.event_builders.interest import interest_json
from contracts.events.codec import canonical, envelope, utc_text
from contracts.events.outgoing import OutgoingMessage
from contracts.events.reopenings import WORDS, Reopening
from contracts.events.topics import CLAIMS_STATUS, DETERMINATIONS, DOCUMENT_REQUESTS, REVIEW_TASKS
from contracts.ids import event_id, payer_claim_number
from contracts.records.decision_json import adjustment_json, finding_json

SOURCE: Final = "claimwright/adjudication"
FIRST_VERSION: Final = 1

_Json = dict[str, Any]


def determination_messages(
    claim: Claim, decision: Determination, reference: ReferenceData, version: int | None = None
) -> tuple[OutgoingMessage, ...]:
    """Return `claim.determined` and the status that goes with it."""
    version = decision.version if version is None else version
    identity = _identity(claim)
    at = utc_text(decision.decided_at)
    data: _Json = {
        **identity,
        "version": version,
        "decided_at": at,
        "charge": _money(decision.charge),
        "payable": _money(decision.paid),
        "policy_bundle": decision.policy_bundle,
        "lines": _lines(claim, decision, reference),
    }
    if decision.changes is not None:
        data["changes"] = decision.changes
    if decision.superseded_by is not None:
        data |= {"superseded_by": decision.superseded_by}
    if decision.remarks or decision.repeated:
        data |= ({"remarks": decision.remarks} if decision.remarks else {}) | _supersedes(decision)
    if decision.correction is not None:
        data |= {"correction": _correction(decision.correction)} | _supersedes(decision)
    if decision.pending:
        data["pending_lines"] = decision.pending
    if decision.repeated:
        data["repeated_lines"] = decision.repeated
    if decision.interest:
        data["interest"] = [interest_json(each) for each in decision.interest]
    if decision.prior_payers:
        data["prior_payers"] = decision.prior_payers
    reasons = [*_denials(decision.lines, reference), *_unusable(claim, reference)]
    status: _Json = {**identity, "state": _state(decision), "reasons": reasons}
    return (
        _message(DETERMINATIONS, claim, _event("claim.determined", claim, at, version, data)),
        _message(CLAIMS_STATUS, claim, _event("claim.status", claim, at, f"determined:{version}", status)),
    )


def _supersedes(decision: Determination) -> _Json:
    return {"supersedes": decision.version - 1} if decision.version > FIRST_VERSION else {}


def _state(decision: Determination) -> str:
    if decision.pending:
        return "determined-in-part"
    if decision.superseded_by is None:
        return "determined"
    return "withdrawn" if decision.version == FIRST_VERSION else "reversed"


def pended_messages(
    claim: Claim,
    decision: Pended,
    opened_at: datetime,
    round_number: int,
    reference: ReferenceData,
    asked: frozenset[str] = frozenset(),
) -> tuple[OutgoingMessage, ...]:
    """Return `review-task.opened`, the status that goes with it, and a request for the documents that are not in `asked`."""
    identity = _identity(claim)
    at = utc_text(opened_at)
    due_at = utc_text(min(pend.due_at for pend in decision.pends))
    data: _Json = {
        **identity,
        "round": round_number,
        "opened_at": at,
        "due_at": due_at,
        "pends": [_pend(pend, reference) for pend in decision.pends],
        "findings": [finding_json(finding) for finding in decision.findings],
        "policy_bundle": decision.policy_bundle,
    }
    reasons = [*(_pend_reason(pend, reference) for pend in decision.pends), *_unusable(claim, reference)]
    status: _Json = {**identity, "state": "pended", "reasons": reasons, "due_at": due_at}
    return (
        _message(REVIEW_TASKS, claim, _event("review-task.opened", claim, at, round_number, data)),
        _message(CLAIMS_STATUS, claim, _event("claim.status", claim, at, f"pended:{round_number}", status)),
        *_documents_missing(claim, decision, opened_at, round_number, asked),
    )


def document_request_messages(
    claim: Claim,
    documents: Mapping[str, Iterable[str]],
    asked_at: datetime,
    due_at: datetime,
    detail: str,
) -> tuple[OutgoingMessage, ...]:
    """Return the one request for these kinds of documents, each with the facts it would state."""
    identifier = event_id(claim.claim_id, "documents.requested", detail)
    data: _Json = {
        **_identity(claim),
        "control_number": f"DR-{identifier[:18]}",
        "asked_at": utc_text(asked_at),
        "due_at": utc_text(due_at),
        "documents": [{"kind": kind, "facts": sorted(set(facts))} for kind, facts in sorted(documents.items())],
    }
    return (_message(DOCUMENT_REQUESTS, claim, _event("documents.requested", claim, utc_text(asked_at), detail, data)),)


def deadline_notice_message(
    claim_id: str, alert: DeadlineAlert, state: DeadlineState | NoDeadline | None, now: datetime
) -> OutgoingMessage:
    """Return the notice about a legal deadline of a pended claim, on `review-tasks`."""
    data: _Json = {"claim_id": claim_id, "deadline": alert.name, "kind": alert.kind, "notify": alert.notify}
    if isinstance(state, DeadlineState):
        data |= {"at_expiry": state.at_expiry.value, "arithmetic": state.arithmetic}
        data["citation"] = {"source": state.citation.source, "locator": state.citation.locator}
        if state.due_at is not None:
            data["due_at"] = utc_text(state.due_at)
    elif state is not None:
        data |= _without_deadline(alert, state)
    else:
        data["due_at"] = utc_text(alert.at)
    identifier = event_id(ClaimId(claim_id), "review-task.clock", f"{alert.name}:{alert.kind}:{alert.at.isoformat()}")
    event = envelope("review-task.clock", identifier, SOURCE, utc_text(now), data, claim_id)
    return OutgoingMessage(REVIEW_TASKS, claim_id, identifier, canonical(event))


def _without_deadline(alert: DeadlineAlert, state: NoDeadline) -> _Json:
    """Return why the deadline cannot be computed and, near the earliest time at which it can end, how that time is computed."""
    soonest = state.soonest
    if soonest is None or alert.kind == "no-clock":
        return {"arithmetic": (state.words,)}
    cited = {"source": soonest.citation.source, "locator": soonest.citation.locator}
    data: _Json = {"arithmetic": (state.words, *soonest.arithmetic), "citation": cited}
    return data if soonest.due_at is None else data | {"due_at": utc_text(soonest.due_at)}


def reopening_message(reopening: Reopening) -> OutgoingMessage:
    """Return the task to review a decided claim again, on `review-tasks`."""
    claim_id, reason, at = reopening.claim_id, reopening.reason, utc_text(reopening.raised_at)
    identifier = event_id(claim_id, "review-task.reopening", f"{reason}:{reopening.cause}")
    data: _Json = {
        "claim_id": claim_id,
        "reason": reason.value,
        "cause": reopening.cause,
        "explanation": WORDS[reason],
        "raised_at": at,
    }
    event = envelope("review-task.reopening", identifier, SOURCE, at, data, claim_id)
    return OutgoingMessage(REVIEW_TASKS, claim_id, identifier, canonical(event))


def _documents_missing(
    claim: Claim, decision: Pended, asked_at: datetime, round_number: int, asked: frozenset[str]
) -> tuple[OutgoingMessage, ...]:
    """Build one request for all documents that the pended lines need, as their findings name them.

    Documents in `asked` that were not received yet are not requested again.
    """
    documents = {kind: facts for kind, facts in documents_wanted(decision).items() if kind not in asked}
    if not documents:
        return ()
    due_at = min(pend.due_at for pend in decision.pends if pend.code == DOCUMENT_PEND)
    return document_request_messages(claim, documents, asked_at, due_at, f"round:{round_number}")


def documents_wanted(decision: Pended) -> dict[str, list[str]]:
    """Return the kinds of documents that pended lines need, each with the facts that it would state."""
    lines = {pend.line for pend in decision.pends if pend.code == DOCUMENT_PEND}
    documents: dict[str, list[str]] = {}
    for finding in decision.findings:
        waits = finding.line in lines and finding.pend == DOCUMENT_PEND
        if waits and isinstance(finding.detail, PolicyDetail):
            for need in finding.detail.documents:
                if not need.received:
                    documents.setdefault(need.kind, []).extend(need.facts)
    return documents


def _identity(claim: Claim) -> _Json:
    return {
        "claim_id": claim.claim_id,
        "submitter": claim.submitter,
        "claim_control_number": claim.control_number,
        "revision": claim.revision,
        "payer_claim_number": payer_claim_number(claim.claim_id),
    }


def _event(kind: str, claim: Claim, at: str, version: int | str, data: _Json) -> _Json:
    return envelope(kind, event_id(claim.claim_id, kind, version), SOURCE, at, data, claim.claim_id)


def _message(topic: str, claim: Claim, event: _Json) -> OutgoingMessage:
    return OutgoingMessage(topic, claim.claim_id, event["id"], fitted(event))


def _lines(claim: Claim, decision: Determination, reference: ReferenceData) -> list[_Json]:
    own = {line.number: line.control_number for line in claim.lines if line.control_number is not None}
    written = [_line(line, reference) for line in decision.lines]
    for line in written if own else ():
        if line["line"] in own:
            line["line_control_number"] = own[line["line"]]
    return written


def _line(line: LineDetermination, reference: ReferenceData) -> _Json:
    written: _Json = {
        "line": line.line,
        "code": line.code,
        "disposition": line.disposition,
        "charge": _money(line.charge),
        "payable": _money(line.paid),
        "adjustments": [adjustment_json(adjustment) for adjustment in line.adjustments],
        "reason": line.reason,
        "reason_label": reference.outcomes[line.reason].label,
        "would_also_fail": line.would_also_fail,
        "findings": [finding_json(finding) for finding in line.findings],
    }
    number = authorization_number(line.findings)
    if number is not None:
        written["authorization_number"] = number
    return written


def _correction(note: CorrectionNote) -> _Json:
    """Return `correction`: the reopening that a corrected determination answers; CorrectionV1 encodes it to the same bytes."""
    written: _Json = {
        "reason": note.reason,
        "cause": note.cause,
        "lines": note.lines,
        "adds": f"{note.adds:.2f}",
        "takes": f"{note.takes:.2f}",
    }
    if note.recover_after is not None and note.dispute_until is not None:
        written["recover_after"] = note.recover_after.isoformat()
        written["dispute_until"] = note.dispute_until.isoformat()
    if note.citation is not None:
        written["citation"] = {"source": note.citation.source, "locator": note.citation.locator}
    return written


def _pend(pend: Pend, reference: ReferenceData) -> _Json:
    written: _Json = {
        "code": pend.code,
        "label": reference.pends[pend.code].label,
        "outcome": pend.outcome,
        "owner": pend.owner,
        "priority": pend.priority,
        "due_at": utc_text(pend.due_at),
        "releases_on": reference.pends[pend.code].releases_on,
    }
    if pend.about:
        written["about"] = pend.about
    return _with_line(written, pend.line)


def _pend_reason(pend: Pend, reference: ReferenceData) -> _Json:
    rule = reference.pends[pend.code]
    message = f"{rule.label}; released by {' or '.join(rule.releases_on)}"
    return _with_line({"code": pend.code, "message": message}, pend.line)


def _denials(lines: Iterable[LineDetermination], reference: ReferenceData) -> list[_Json]:
    return [
        {"code": line.reason, "line": line.line, "message": reference.outcomes[line.reason].label}
        for line in lines
        if line.disposition is not Disposition.APPROVED
    ]


def _unusable(claim: Claim, reference: ReferenceData) -> list[_Json]:
    """Return the facts that no criterion can read, to inform the sender; they do not stop the claim."""
    return [
        {"code": each.code, "field": each.place, "message": each.words}
        for each in unusable_facts(claim, reference.facts)
    ]


def _with_line(written: _Json, line: LineNumber | None) -> _Json:
    return written if line is None else {**written, "line": line}


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
