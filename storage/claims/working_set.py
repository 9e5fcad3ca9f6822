"""Loads claims from the ledger as the core adjudicates them, with the facts of their documents and reviewer entries."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.corrections.judge import ChainClaim
from adjudication.model.claim import Claim, ReceivedDocument
from adjudication.model.determination import NOTHING_DECIDED, DecidedLines
from adjudication.model.vocabulary import ClaimId, Frequency
from adjudication.review.claim_deadlines import CaseTimes
from contracts.claim_intake.mapping import document_fact
from contracts.claim_intake.stored_claims import read_claim
from contracts.events.documents import DocumentFactV1
from contracts.events.other_payers import PayerAdjudicationV1
from contracts.records.decisions import StoredClaim
from contracts.stored import read_stored, read_stored_by
from storage.claims.corrections import read_corrected_claims
from storage.claims.identity import DOCUMENT_MEANS
from storage.decisions.decided_lines import read_decided
from storage.review.deadlines import times_of
from storage.review.reviewer_entries import ReviewerEntry, read_reviewer_entries, with_reviewer_entry

_LOAD: Final = text("""
    SELECT c.claim_id::text, c.payload::text AS payload, c.received_at, c.sequence,
           (SELECT bool_or(d.decides) FROM determinations d WHERE d.claim_id = c.claim_id) AS determined,
           EXISTS (SELECT 1 FROM review_actions a WHERE a.claim_id = c.claim_id) AS reviewed,
           EXISTS (SELECT 1 FROM document_requests r WHERE r.claim_id = c.claim_id) AS asked,
           now() AS read_at, pg_current_snapshot()::text AS snapshot,
           EXISTS (SELECT 1 FROM claim_chain k WHERE k.names = c.payer_claim_number) AS awaited,
           greatest((SELECT max(t.round) FROM traces t WHERE t.claim_id = c.claim_id),
                    (SELECT r.round FROM published_rounds r WHERE r.claim_id = c.claim_id)) AS tried
    FROM claims c WHERE c.claim_id = ANY(CAST(:ids AS uuid[]))
""")
_DOCUMENTS: Final = text(f"""
    SELECT DISTINCT ON (q.claim_id, d.document_id) q.claim_id, d.document_id, d.kind, d.received_at, d.facts::text,
           d.adjudication::text
    FROM json_to_recordset(CAST(:keys AS json)) AS q(claim_id text, submitter text, number text, attachment boolean)
    JOIN documents d ON d.submitter = q.submitter
        AND ((NOT q.attachment AND d.control_number = q.number AND {DOCUMENT_MEANS.format(document="d", claim="CAST(q.claim_id AS uuid)")}) OR (q.attachment AND d.attachment_number = q.number))
    ORDER BY q.claim_id, d.document_id, d.version DESC
""")
_AT_A_TIME: Final = 32
"""Ordinary claims read before the event loop is yielded: some 5 ms."""

_LONG: Final = 8_192
"""Size in bytes from which a claim is read in a thread: 450 lines are some 60 kB and take 20 ms."""

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
            claims = await _parsed(rows)
            chains = await read_corrected_claims(
                connection, [c for c in claims if c.frequency is not Frequency.ORIGINAL]
            )
            documents = await _read_documents(connection, claims)
            entry = await read_reviewer_entries(
                connection, [claim.claim_id for claim, row in zip(claims, rows, strict=True) if row.reviewed]
            )
            asked = [ClaimId(row.claim_id) for row in rows if row.asked and not row.determined]
            times = await times_of(connection, asked) if asked else {}
            # Decided in part: neither undecided (None) nor decided as a whole.
            decided = await read_decided(connection, [row.claim_id for row in rows if row.determined is False])
        return {
            claim.claim_id: _stored(
                (claim, _with_documents(claim, documents.get(claim.claim_id, ()))),
                row,
                entry.get(claim.claim_id),
                chains.get(claim.claim_id, ()),
                times.get(claim.claim_id),
                decided.get(claim.claim_id, NOTHING_DECIDED),
            )
            for claim, row in zip(claims, rows, strict=True)
        }


async def _parsed(rows: Sequence[Row[Any]]) -> list[Claim]:
    """Read stored claims: a long one in a thread, others a few at a time, so that the event loop is not blocked."""
    claims: list[Claim] = []
    for number, row in enumerate(rows, start=1):
        claims.append(await asyncio.to_thread(_core, row) if len(row.payload) > _LONG else _core(row))
        if number % _AT_A_TIME == 0:
            await asyncio.sleep(0)
    return claims


def _core(row: Row[Any]) -> Claim:
    return read_claim(row.payload, ClaimId(row.claim_id), row.received_at)


def _stored(
    claims: tuple[Claim, Claim],
    row: Any,
    entry: ReviewerEntry | None,
    chain: tuple[ChainClaim, ...],
    times: CaseTimes | None,
    before: DecidedLines,
) -> StoredClaim:
    """`claims`: the claim as submitted, and with what its documents state."""
    submitted, claim = claims
    if entry is None:  # most claims have no reviewer entry
        entry = ReviewerEntry()
    else:
        claim = with_reviewer_entry(claim, entry)
    return StoredClaim(
        claim=claim,
        sequence=row.sequence,
        determined=bool(row.determined),
        settlements=tuple(entry.settlements),
        returns=tuple(entry.returns),
        times=times,
        read_at=row.read_at,
        snapshot=row.snapshot,
        chain=chain,
        awaited=row.awaited,
        tried=row.tried,
        before=before,
        submitted=submitted,
    )


async def _read_documents(connection: AsyncConnection, claims: Sequence[Claim]) -> dict[str, list[Any]]:
    """Return the newest version of each document of each claim."""
    keys = [
        {"claim_id": claim.claim_id, "submitter": claim.submitter, "number": number, "attachment": attachment}
        for claim in claims
        for number, attachment in (
            (claim.control_number, False),
            *((announced.control_number, True) for announced in claim.attachments),
        )
    ]
    found: dict[str, list[Any]] = {}
    for row in (await connection.execute(_DOCUMENTS, {"keys": orjson.dumps(keys).decode()})).all():
        found.setdefault(row.claim_id, []).append(row)
    return found


def _with_documents(claim: Claim, documents: Sequence[Any]) -> Claim:
    """Add to a claim its documents, the facts that they state, and the decisions of other payers that they report."""
    if not documents:
        return claim
    return replace(
        claim,
        supporting=(
            *claim.supporting,
            *(
                document_fact(fact, each.document_id)
                for each in documents
                for fact in read_stored_by(_FACTS, each.facts)
            ),
        ),
        other_payers=(
            *claim.other_payers,
            *(
                read_stored(PayerAdjudicationV1, each.adjudication).to_core(each.document_id)
                for each in documents
                if each.adjudication is not None
            ),
        ),
        documents=tuple(ReceivedDocument(each.document_id, each.kind, each.received_at) for each in documents),
    )
