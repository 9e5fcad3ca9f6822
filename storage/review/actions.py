"""Judges people's actions under lock, and writes each with its effects and its trail in one transaction.

An action is submitted first, with its content, by the API or the command line; the workflow then has
it judged by id. A repeated request gets the recorded answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.claim import Claim
from adjudication.model.determination import Pend
from adjudication.model.vocabulary import ClaimId, LineNumber, OutcomeCode, PendCode
from adjudication.people import Refusal, RefusalKind, Role, StaffMember
from adjudication.review.case import Done
from adjudication.review.decision_actions import Decide, SendBack
from adjudication.review.evidence_actions import Correct, RecordFacts, RequestDocuments
from contracts.actions.review import REVIEW_ACTION, REVIEW_ACTIONS
from contracts.claim_intake.stored_claims import read_claim
from contracts.events.topics import DOCUMENT_REQUESTS
from contracts.records.decisions import CaseFile, Judge, Judged
from contracts.stored import read_stored_by
from contracts.workflow_messages.claims import ReviewAct, ReviewAnswer
from storage.audit import trail
from storage.claims.line_plans import NO_PLANS, plans_found
from storage.decisions.rows import fact_row
from storage.decisions.signatures import sign
from storage.outbox import queue
from storage.people.accounts import find_acting, find_person, licenses_of
from storage.retry import DEADLOCK_DETECTED, SERIALIZATION_FAILURE, again_after
from storage.review.deadlines import times_of
from storage.review.document_answers import unanswered, unread_since

_RACES: Final = frozenset({DEADLOCK_DETECTED, SERIALIZATION_FAILURE})
_SUBMIT: Final = text("""
    INSERT INTO review_actions (action_id, claim_id, person_id, content, roles)
    VALUES (CAST(:action AS uuid), CAST(:claim AS uuid), :person, CAST(:content AS json), CAST(:roles AS json))
    ON CONFLICT DO NOTHING
""")
_ACTION: Final = text("""
    SELECT claim_id::text, person_id, roles, content::text, accepted, refusal_code FROM review_actions
    WHERE action_id = CAST(:action AS uuid) FOR UPDATE
""")
_ANSWER: Final = text("""
    UPDATE review_actions SET accepted = :accepted, answered_at = :at, refusal_code = :code, refusal_words = :words,
           refusal_kind = :kind
    WHERE action_id = CAST(:action AS uuid)
""")
# The lock comes first and alone: a statement sees the data as of its start, before it waited for a lock.
_LOCK: Final = text("SELECT 1 FROM claims WHERE claim_id = CAST(:claim AS uuid) FOR UPDATE")
_CLAIM: Final = text("""
    SELECT payload::text, received_at,
           EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = c.claim_id AND d.decides) AS determined
    FROM claims c WHERE claim_id = CAST(:claim AS uuid)
""")
_PENDS: Final = text("""
    SELECT code, outcome, line, owner, priority, due_at, about FROM pends
    WHERE claim_id = CAST(:claim AS uuid) AND closed_at IS NULL ORDER BY priority, code, line
""")
_HISTORY: Final = text("""
    SELECT content::text, person_id, role, at FROM audit_trail WHERE subject = :subject ORDER BY number
""")
_SETTLE: Final = text("""
    INSERT INTO settlements (claim_id, line, outcome, resolution, denies_as, clinical, allowed, person_id, role,
                             rationale, evidence, criteria, settled_at, signature_id, action_id, about, office_records,
                             sent_back)
    VALUES (CAST(:claim_id AS uuid), :line, :outcome, :resolution, :denies_as, :clinical, :allowed, :person_id, :role,
            :rationale, CAST(:evidence AS json), CAST(:criteria AS json), :settled_at, CAST(:signature_id AS uuid),
            CAST(:action_id AS uuid), :about, :office_records,
            (SELECT count(*) FROM sent_back WHERE claim_id = CAST(:claim_id AS uuid)))
""")
_SEND_BACK: Final = text("""
    INSERT INTO sent_back (action_id, claim_id, line, outcome, about, error, reason, person_id, role, at)
    VALUES (CAST(:action AS uuid), CAST(:claim AS uuid), :line, :outcome, :about, :error, :reason, :person, :role, :at)
""")
_FACTS: Final = text("""
    INSERT INTO reviewer_facts (action_id, claim_id, facts)
    VALUES (CAST(:action AS uuid), CAST(:claim AS uuid), CAST(:facts AS json))
""")
_CORRECT: Final = text("""
    INSERT INTO corrections (action_id, claim_id, line, field, value)
    VALUES (CAST(:action AS uuid), CAST(:claim AS uuid), :line, :field, :value)
""")
_REQUEST: Final = text("""
    INSERT INTO document_requests (claim_id, kind, asked_at, due_at, action_id, control_number)
    SELECT CAST(:claim AS uuid), kind, :at, :due, CAST(:action AS uuid), :number FROM unnest(CAST(:kinds AS text[])) AS kind
""")


class ReviewActionStore:
    """Submits and judges actions."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def submit(self, action_id: str, claim_id: ClaimId, acting: StaffMember, content: bytes) -> None:
        """Store an action, and the roles it is done in, before it is judged; the same id again changes nothing."""
        row = {"action": action_id, "claim": claim_id, "person": acting.person_id, "content": content.decode()}
        row["roles"] = _json(sorted(acting.roles))
        async with self._engine.begin() as connection:
            await connection.execute(_SUBMIT, row)

    async def record_action(self, act: ReviewAct, judge: Judge, now: datetime) -> ReviewAnswer:
        """Judge a submitted action and write its effects; a repeated request gets the recorded answer."""

        async def attempt() -> ReviewAnswer:
            async with self._engine.begin() as connection:
                return await _act(connection, act, judge, now)

        return await again_after(_RACES, attempt)


async def _act(connection: AsyncConnection, act: ReviewAct, judge: Judge, now: datetime) -> ReviewAnswer:
    submitted = (await connection.execute(_ACTION, {"action": act.action_id})).first()
    if submitted is None or submitted.claim_id != act.claim_id:
        return ReviewAnswer(accepted=False, code="unknown-action")
    if submitted.accepted is not None:
        again = submitted.accepted and _changes(submitted.content)
        return ReviewAnswer(submitted.accepted, submitted.refusal_code or "", again)
    file = await _case_file(connection, act, submitted)
    judged = judge(file)
    answer: dict[str, Any] = {"action": act.action_id, "accepted": judged.done is not None, "at": now}
    refusal = judged.refusal
    answer |= refusal_columns(refusal)
    if judged.done is not None:
        await _write(connection, act, file, judged, judged.done)
    await connection.execute(_ANSWER, answer)
    if judged.done is None:
        return ReviewAnswer(accepted=False, code="refused" if refusal is None else refusal.code)
    return ReviewAnswer(accepted=True, try_again=_changes(submitted.content))


def refusal_columns(refusal: Refusal | None) -> dict[str, str | None]:
    """Return the values of the columns that keep a refusal: code, words and kind, all empty without one."""
    if refusal is None:
        return {"code": None, "words": None, "kind": None}
    return {"code": refusal.code, "words": refusal.words, "kind": refusal.kind.value}


def refusal_of(row: Any) -> Refusal | None:
    """Return the stored refusal; None if the action was accepted or is not judged yet."""
    if row.refusal_code is None:
        return None
    return Refusal(row.refusal_code, row.refusal_words, RefusalKind(row.refusal_kind))


def _changes(content: str) -> bool:
    """Return whether the claim is adjudicated again after an accepted action."""
    return REVIEW_ACTIONS[orjson.loads(content)["action"]].readjudicates


async def _case_file(connection: AsyncConnection, act: ReviewAct, submitted: Any) -> CaseFile:
    claim = {"claim": act.claim_id}
    await connection.execute(_LOCK, claim)
    payload, received_at, determined = (await connection.execute(_CLAIM, claim)).one()
    rows = (await connection.execute(_HISTORY, {"subject": subject_of(act.claim_id)})).all()
    named = orjson.loads(submitted.content).get("to_person")
    return CaseFile(
        action_id=act.action_id,
        claim=claim_of(payload, act.claim_id, received_at),
        determined=determined,
        pends=tuple(pend_of(row) for row in (await connection.execute(_PENDS, claim)).all()),
        plans=(await plans_found(connection, [act.claim_id])).get(act.claim_id, NO_PLANS).plans,
        history=tuple((done_of(row), row.content) for row in rows),
        person=await find_acting(connection, submitted.person_id, submitted.roles),
        action_message=submitted.content.encode(),
        handed_to=await find_person(connection, named) if isinstance(named, str) else None,
        times=(await times_of(connection, [ClaimId(act.claim_id)]))[ClaimId(act.claim_id)],
        unanswered=(await unanswered(connection, [act.claim_id])).get(act.claim_id, {}),
        documents_unread_since=await unread_since(connection, act.claim_id),
        licenses=await licenses_of(connection, (row.person_id for row in rows)) if rows else {},
    )


def subject_of(claim_id: str) -> str:
    """Name a claim as the audit trail does."""
    return f"claim/{claim_id}"


def claim_of(payload: str, claim_id: str, received_at: datetime) -> Claim:
    """Read a claim as it was submitted."""
    return read_claim(payload, ClaimId(claim_id), received_at)


def pend_of(row: Any) -> Pend:
    """Read an open pend; line 0 stands for the whole claim."""
    line = LineNumber(row.line) if row.line else None
    outcome = OutcomeCode(row.outcome)
    code, about = PendCode(row.code), row.about
    return Pend(code, outcome, line, row.owner, row.priority, row.due_at, about=about)


def done_of(row: Any) -> Done:
    """Read an entry of the audit trail back as the action it records."""
    sent = read_stored_by(REVIEW_ACTION, row.content)
    return Done(sent.to_core(row.person_id, row.at.date()), row.person_id, Role(row.role), row.at)


async def _write(connection: AsyncConnection, act: ReviewAct, file: CaseFile, judged: Judged, done: Done) -> None:
    """Write the trail and the effects of the action."""
    entry = trail.Entry(
        subject_of(act.claim_id), done.at, done.person_id, done.role.value, act.action_id, file.action_message.decode()
    )
    await trail.append(connection, entry)
    match done.action:
        case Decide():
            await _settle(connection, act, judged, done, done.action)
        case SendBack():
            await connection.execute(_SEND_BACK, _sent_back(act, done, done.action))
        case RecordFacts(facts=facts):
            rows = orjson.dumps([fact_row(fact) for fact in facts]).decode()
            await connection.execute(_FACTS, {"action": act.action_id, "claim": act.claim_id, "facts": rows})
        case Correct(field=field, value=value, line=line):
            row = {"action": act.action_id, "claim": act.claim_id, "line": line or 0, "field": field, "value": value}
            await connection.execute(_CORRECT, row)
        case RequestDocuments(kinds=kinds):
            request = {"claim": act.claim_id, "at": done.at, "due": judged.due_at, "kinds": list(dict.fromkeys(kinds))}
            request_event = next((each for each in judged.messages if each.topic == DOCUMENT_REQUESTS), None)
            number = None if request_event is None else orjson.loads(request_event.value)["data"]["control_number"]
            await connection.execute(_REQUEST, {**request, "action": act.action_id, "number": number})
        case _:
            pass
    await queue.put(connection, judged.messages)


async def _settle(connection: AsyncConnection, act: ReviewAct, judged: Judged, done: Done, action: Decide) -> None:
    signature_id = await sign(connection, ClaimId(act.claim_id), judged.signature, action=act.action_id)
    settlement = {
        "claim_id": act.claim_id,
        "line": action.line or 0,
        "outcome": action.outcome,
        "resolution": action.resolution.value,
        "denies_as": action.denies_as,
        "clinical": judged.clinical,
        "office_records": judged.only_office_records_missing,
        "allowed": action.allowed,
        "person_id": done.person_id,
        "role": done.role.value,
        "rationale": action.rationale,
        "evidence": _json(action.evidence),
        "criteria": _json(action.criteria),
        "settled_at": done.at,
        "signature_id": signature_id,
        "action_id": act.action_id,
        "about": action.about,
    }
    await connection.execute(_SETTLE, settlement)


def _sent_back(act: ReviewAct, done: Done, action: SendBack) -> dict[str, Any]:
    content = {"line": action.line or 0, "outcome": action.outcome, "about": action.about, "reason": action.reason}
    by = {"error": action.error.value, "person": done.person_id, "role": done.role.value, "at": done.at}
    return {"action": act.action_id, "claim": act.claim_id, **content, **by}


def _json(values: Sequence[str]) -> str:
    return orjson.dumps(list(values)).decode()
