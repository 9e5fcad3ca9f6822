"""The entries of reviewers about claims, read with the claims: resolutions, returned decisions, facts, corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.claim import Claim, ReceivedDocument, SupportingFact, Value
from adjudication.model.other_payers import PayerAdjudication
from adjudication.model.vocabulary import ClaimId, LineNumber, OutcomeCode
from adjudication.prerelease_holds.returns import ErrorClass, SentBack
from adjudication.review.evidence_actions import Correct
from adjudication.review.settlements import Resolution, Settlement
from contracts.events.other_payers import PayerAdjudicationV1
from contracts.records.decision_json import read_signature
from contracts.records.fact_subjects import read_subject
from contracts.stored import read_stored

_SETTLEMENTS: Final = text("""
    SELECT s.*, s.claim_id::text AS claim, g.reviewer_id, g.role AS signed_as, g.licence_number, g.licence_state,
           g.signed_at, g.rationale AS signed_rationale
    FROM settlements s LEFT JOIN reviewer_signatures g USING (signature_id)
    WHERE s.claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY s.settled_at
""")
_RETURNS: Final = text("""
    SELECT claim_id::text AS claim, line, outcome, error, person_id, at FROM sent_back
    WHERE claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY at
""")
_FACTS: Final = text("""
    SELECT claim_id::text AS claim, facts FROM reviewer_facts
    WHERE claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY recorded_at
""")
_CORRECTIONS: Final = text("""
    SELECT claim_id::text AS claim, line, field, value FROM corrections
    WHERE claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY recorded_at
""")
_ASKED: Final = text("""
    SELECT a.claim_id::text AS claim, k.kind, max(a.answered_at) AS at
    FROM review_actions a CROSS JOIN json_array_elements_text(a.content -> 'kinds') AS k(kind)
    WHERE a.claim_id = ANY(CAST(:ids AS uuid[])) AND a.accepted AND a.content ->> 'action' = 'request-documents'
    GROUP BY 1, 2
""")
# The action as it was accepted is the statement: it is not written a second time.
_ADJUDICATIONS: Final = text("""
    SELECT claim_id::text AS claim, person_id, (content -> 'adjudication')::text AS adjudication FROM review_actions
    WHERE claim_id = ANY(CAST(:ids AS uuid[])) AND accepted AND content ->> 'action' = 'record-adjudication'
    ORDER BY answered_at
""")


@dataclass(slots=True)
class ReviewerEntry:
    """The entries of reviewers about one claim."""

    settlements: list[Settlement] = field(default_factory=list)
    returns: list[SentBack] = field(default_factory=list)
    facts: list[SupportingFact] = field(default_factory=list)
    corrections: list[Correct] = field(default_factory=list)
    adjudications: list[PayerAdjudication] = field(default_factory=list)
    asked: dict[str, datetime] = field(default_factory=dict)


async def read_reviewer_entries(
    connection: AsyncConnection, claim_ids: Sequence[ClaimId]
) -> Mapping[str, ReviewerEntry]:
    """Read the entries for many claims; claims without entries are absent."""
    ids = {"ids": list(claim_ids)}
    found: dict[str, ReviewerEntry] = {}
    for row in (await connection.execute(_SETTLEMENTS, ids)).all():
        found.setdefault(row.claim, ReviewerEntry()).settlements.append(_settlement(row))
    for row in (await connection.execute(_RETURNS, ids)).all():
        found.setdefault(row.claim, ReviewerEntry()).returns.append(_sent_back(row))
    for row in (await connection.execute(_FACTS, ids)).all():
        found.setdefault(row.claim, ReviewerEntry()).facts.extend(_fact(fact) for fact in row.facts)
    for row in (await connection.execute(_CORRECTIONS, ids)).all():
        line = LineNumber(row.line) if row.line else None
        found.setdefault(row.claim, ReviewerEntry()).corrections.append(Correct(row.field, row.value, line))
    for row in (await connection.execute(_ADJUDICATIONS, ids)).all():
        recorded = read_stored(PayerAdjudicationV1, row.adjudication).to_core(row.person_id)
        found.setdefault(row.claim, ReviewerEntry()).adjudications.append(recorded)
    for row in (await connection.execute(_ASKED, ids)).all():
        found.setdefault(row.claim, ReviewerEntry()).asked[row.kind] = row.at
    return found


def with_reviewer_entry(claim: Claim, entry: ReviewerEntry) -> Claim:
    """Return the claim with stated facts and other payers' adjudications added and clerical corrections made.

    A document of a kind that was requested again after it came no longer counts as an answer.
    """
    for correction in entry.corrections:
        claim = correction.applied_to(claim)
    return replace(
        claim,
        supporting=(*claim.supporting, *entry.facts),
        other_payers=(*claim.other_payers, *entry.adjudications),
        documents=tuple(each for each in claim.documents if _is_current(each, entry)),
    )


def _is_current(document: ReceivedDocument, entry: ReviewerEntry) -> bool:
    asked_at = entry.asked.get(document.kind)
    return asked_at is None or document.received_at >= asked_at


def _settlement(row: Any) -> Settlement:
    return Settlement(
        line=LineNumber(row.line) if row.line else None,
        outcome=OutcomeCode(row.outcome),
        resolution=Resolution(row.resolution),
        person_id=row.person_id,
        role=row.role,
        settled_at=row.settled_at,
        denies_as=None if row.denies_as is None else OutcomeCode(row.denies_as),
        signature=read_signature(row),
        allowed=row.allowed,
        about=row.about,
    )


def _sent_back(row: Any) -> SentBack:
    line = LineNumber(row.line) if row.line else None
    return SentBack(line, OutcomeCode(row.outcome), ErrorClass(row.error), row.person_id, row.at)


def _fact(stored: Mapping[str, Any]) -> SupportingFact:
    return SupportingFact(
        stored["fact"],
        _value(stored["kind"], stored["value"]),
        stored["source"],
        date.fromisoformat(stored["recorded_on"]),
        author=stored.get("author"),
        document=stored.get("document"),
        settles=bool(stored.get("settles")),
        legible=stored.get("legible", True),
        about=read_subject(stored.get("about")),
    )


def _value(kind: str, value: Any) -> Value:
    if kind == "date":
        return date.fromisoformat(value)
    return Decimal(value) if kind == "number" else value
