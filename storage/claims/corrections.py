"""What replacements and voids name: read down the chain, with where each claim stands. Never asked for originals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.corrections.judge import ChainClaim, StandingLine
from adjudication.model.claim import Claim
from adjudication.model.determination import Adjustment, Disposition
from adjudication.model.vocabulary import ClaimId, GroupCode, LineNumber
from contracts.claim_intake.mapping import to_core
from contracts.events.claims import ClaimSubmittedV1

# The number that is named beats the submitter's own; claims that name each other must not be followed for ever.
_CHAINS: Final = text("""
    WITH RECURSIVE asked AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS q(
            claim_id uuid, names text, submitter text, control_number text, revision integer)
    ), chain AS (
        SELECT a.claim_id AS asked_by, named.claim_id, named.by_control_number, 1 AS depth,
               ARRAY[a.claim_id, named.claim_id] AS path
        FROM asked a JOIN LATERAL (
            SELECT c.claim_id, false AS by_control_number, 0 AS revision FROM claims c
            WHERE c.payer_claim_number = a.names
            UNION ALL
            SELECT c.claim_id, true, c.revision FROM claims c
            WHERE c.submitter = a.submitter AND c.control_number = a.control_number AND c.revision < a.revision
            ORDER BY by_control_number, revision DESC LIMIT 1) named ON true
        UNION ALL
        SELECT chain.asked_by, c.claim_id, false, chain.depth + 1, chain.path || c.claim_id
        FROM chain JOIN claim_chain k ON k.claim_id = chain.claim_id JOIN claims c ON c.payer_claim_number = k.names
        WHERE chain.depth < 50 AND NOT c.claim_id = ANY (chain.path)
    )
    SELECT chain.asked_by::text, c.claim_id::text, chain.by_control_number, c.payload::text, c.received_at,
           newest.version, newest.event::text AS event, s.by_claim::text AS changed_by,
           s.version IS NOT NULL AS given_way,
           EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = c.claim_id AND p.closed_at IS NULL) AS pended
    FROM chain JOIN claims c ON c.claim_id = chain.claim_id
    LEFT JOIN LATERAL (SELECT d.version, d.event FROM determinations d WHERE d.claim_id = c.claim_id
                       ORDER BY d.version DESC LIMIT 1) newest ON true
    LEFT JOIN supersessions s ON s.claim_id = c.claim_id
    ORDER BY chain.asked_by, chain.depth
""")
_CORRECTIONS: Final = text("""
    SELECT DISTINCT k.claim_id::text FROM claims c JOIN claim_chain k ON k.names = c.payer_claim_number
    JOIN pends p ON p.claim_id = k.claim_id AND p.closed_at IS NULL AND p.code = ANY(:codes)
    WHERE c.claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY 1
""")


async def read_chains(connection: AsyncConnection, claims: Sequence[Claim]) -> dict[ClaimId, tuple[ChainClaim, ...]]:
    """Return for each of these replacements and voids the claim it names, then the one that one named, and so on."""
    if not claims:
        return {}
    rows = [
        {
            "claim_id": claim.claim_id,
            "names": claim.payer_claim_number,
            "submitter": claim.submitter,
            "control_number": claim.control_number,
            "revision": claim.revision,
        }
        for claim in claims
    ]
    chains: dict[ClaimId, tuple[ChainClaim, ...]] = {}
    for row in (await connection.execute(_CHAINS, {"rows": orjson.dumps(rows).decode()})).all():
        asked_by = ClaimId(row.asked_by)
        chains[asked_by] = (*chains.get(asked_by, ()), _chain_claim(row))
    return chains


async def waiting_corrections(
    connection: AsyncConnection, claim_ids: Sequence[ClaimId], codes: Collection[str]
) -> list[ClaimId]:
    """Return the replacements and voids that wait under some pend codes and name one of these claims."""
    keys = {"ids": list(claim_ids), "codes": sorted(codes)}
    return [ClaimId(found) for found in (await connection.scalars(_CORRECTIONS, keys)).all()]


def _chain_claim(row: Any) -> ChainClaim:
    return ChainClaim(
        claim=to_core(ClaimSubmittedV1.model_validate_json(row.payload), ClaimId(row.claim_id), row.received_at),
        version=row.version or 0,
        pended=row.pended,
        lines=() if row.event is None else tuple(_line(line) for line in orjson.loads(row.event)["data"]["lines"]),
        changed_by=None if row.changed_by is None else ClaimId(row.changed_by),
        given_way=row.given_way,
        by_control_number=row.by_control_number,
    )


def _line(told: dict[str, Any]) -> StandingLine:
    adjustments = (
        Adjustment(GroupCode(a["group"]), a["carc"], Decimal(a["amount"]), tuple(a["rarcs"]))
        for a in told["adjustments"]
    )
    return StandingLine(
        LineNumber(told["line"]),
        told["code"],
        Disposition(told["disposition"]),
        Decimal(told["charge"]),
        Decimal(told["paid"]),
        tuple(adjustments),
    )
