"""The read side of the ledger: claims as the core sees them, with what documents tell about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.corrections.judge import ChainClaim
from adjudication.model.claim import Claim, ReceivedDocument, SupportingFact
from adjudication.model.other_payers import PayerAdjudication
from adjudication.model.vocabulary import ClaimId, Frequency
from adjudication.review.claim_deadlines import CaseTimes
from contracts.claim_intake.mapping import document_fact, to_core
from contracts.events.claims import ClaimSubmittedV1
from contracts.events.documents import DocumentFactV1
from contracts.events.other_payers import PayerAdjudicationV1
from contracts.records.decisions import StoredClaim
from storage.claims.corrections import read_chains
from storage.review.deadlines import times_of
from storage.review.reviewer_entries import ReviewerEntry, read_said, with_said

_LOAD: Final = text("""
    SELECT c.claim_id::text, c.payload::text, c.received_at, c.sequence,
           EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = c.claim_id) AS determined,
           EXISTS (SELECT 1 FROM review_actions a WHERE a.claim_id = c.claim_id) AS reviewed,
           EXISTS (SELECT 1 FROM document_requests r WHERE r.claim_id = c.claim_id) AS asked,
           now() AS read_at,
           EXISTS (SELECT 1 FROM claim_chain k WHERE k.names = c.payer_claim_number) AS awaited
    FROM claims c WHERE c.claim_id = ANY(CAST(:ids AS uuid[]))
""")
_DOCUMENTS: Final = text("""
    SELECT DISTINCT ON (q.claim_id, d.document_id) q.claim_id, d.document_id, d.kind, d.received_at, d.facts::text,
           d.adjudication::text
    FROM json_to_recordset(CAST(:keys AS json)) AS q(claim_id text, submitter text, number text, attachment boolean)
    JOIN documents d ON d.submitter = q.submitter
        AND ((NOT q.attachment AND d.control_number = q.number) OR (q.attachment AND d.attachment_number = q.number))
    ORDER BY q.claim_id, d.document_id, d.version DESC
""")
_FACTS: Final = TypeAdapter(tuple[DocumentFactV1, ...])


class PostgresClaims:
    """Loads claims by id."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def load(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, StoredClaim]:
        """Load claims; an id that is not in the ledger is absent from the answer."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_LOAD, {"ids": list(claim_ids)})).all()
            claims = [
                to_core(ClaimSubmittedV1.model_validate_json(payload), ClaimId(identity), received_at)
                for identity, payload, received_at, *_ in rows
            ]
            chains = await read_chains(connection, [c for c in claims if c.frequency is not Frequency.ORIGINAL])
            told = await _told_by_documents(connection, claims)
            said = await read_said(
                connection, [claim.claim_id for claim, row in zip(claims, rows, strict=True) if row.reviewed]
            )
            asked = [ClaimId(row.claim_id) for row in rows if row.asked and not row.determined]
            times = await times_of(connection, asked) if asked else {}
        return {
            claim.claim_id: _stored(
                _with_told(claim, told.get(claim.claim_id)),
                row,
                said.get(claim.claim_id),
                chains.get(claim.claim_id, ()),
                times.get(claim.claim_id),
            )
            for claim, row in zip(claims, rows, strict=True)
        }


@dataclass(slots=True)
class _Told:
    """What documents tell about one claim."""

    facts: tuple[SupportingFact, ...] = ()
    adjudications: tuple[PayerAdjudication, ...] = ()
    documents: tuple[ReceivedDocument, ...] = ()


def _stored(
    claim: Claim, row: Any, said: ReviewerEntry | None, chain: tuple[ChainClaim, ...], times: CaseTimes | None
) -> StoredClaim:
    said = said or ReviewerEntry()
    return StoredClaim(
        claim=with_said(claim, said),
        sequence=row.sequence,
        determined=row.determined,
        settlements=tuple(said.settlements),
        returns=tuple(said.returns),
        times=times,
        read_at=row.read_at,
        chain=chain,
        awaited=row.awaited,
    )


async def _told_by_documents(connection: AsyncConnection, claims: Sequence[Claim]) -> dict[str, _Told]:
    """Read what documents tell about these claims; of each document its newest version."""
    keys = [
        {"claim_id": claim.claim_id, "submitter": claim.submitter, "number": number, "attachment": attachment}
        for claim in claims
        for number, attachment in (
            (claim.control_number, False),
            *((announced.control_number, True) for announced in claim.attachments),
        )
    ]
    rows = (await connection.execute(_DOCUMENTS, {"keys": orjson.dumps(keys).decode()})).all()
    told: dict[str, _Told] = {}
    for claim_id, document, kind, received_at, facts, adjudication in rows:
        mine = told.setdefault(claim_id, _Told())
        mine.documents += (ReceivedDocument(document, kind, received_at),)
        mine.facts += tuple(document_fact(fact, document) for fact in _FACTS.validate_json(facts))
        if adjudication is not None:
            mine.adjudications += (PayerAdjudicationV1.model_validate_json(adjudication).to_core(document),)
    return told


def _with_told(claim: Claim, told: _Told | None) -> Claim:
    if told is None:
        return claim
    return replace(
        claim,
        supporting=(*claim.supporting, *told.facts),
        other_payers=(*claim.other_payers, *told.adjudications),
        documents=told.documents,
    )
