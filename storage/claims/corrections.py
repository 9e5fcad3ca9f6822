"""Reads which claims a replacement or void corrects, and records which claims it supersedes once it is decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.corrections.judge import ChainClaim, CurrentLine
from adjudication.model.claim import Claim
from adjudication.model.determination import Determination, Disposition
from adjudication.model.pends import CORRECTION_PEND
from adjudication.model.vocabulary import ClaimId, Frequency, LineNumber
from contracts.claim_intake.stored_claims import read_claim
from contracts.records.decision_json import payable, read_adjustments
from contracts.records.decisions import Publication, StoredClaim, SupersededClaim

# A payer claim number takes precedence over the submitter's own number. The path stops claims that name each other in a circle.
_CORRECTED: Final = text("""
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
# The named claim was in process when the correction was read, and is decided or pended now.
_FREED: Final = text("""
    SELECT DISTINCT k.claim_id::text FROM claim_chain k JOIN claims c ON c.payer_claim_number = k.names
    JOIN pends p ON p.claim_id = k.claim_id AND p.closed_at IS NULL AND p.code = :code
    WHERE k.claim_id = ANY(CAST(:ids AS uuid[]))
      AND (EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = c.claim_id)
           OR EXISTS (SELECT 1 FROM pends o WHERE o.claim_id = c.claim_id AND o.closed_at IS NULL AND o.code <> :code))
    ORDER BY 1
""")
# Conflicts with the lock that a determination's foreign key takes: another decision commits before or after this one.
_LOCK: Final = text("SELECT 1 FROM claims WHERE claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY claim_id FOR UPDATE")
# A separate statement, because one that waited for the lock would still read the earlier versions.
_VERSIONS: Final = text("""
    SELECT claim_id::text, max(version) AS version FROM determinations WHERE claim_id = ANY(CAST(:ids AS uuid[])) GROUP BY 1
""")
_TAKE: Final = text("""
    INSERT INTO supersessions (claim_id, by_claim, version)
    SELECT t.claim_id, CAST(:by AS uuid), t.version
    FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS integer[])) AS t(claim_id, version)
    ON CONFLICT (claim_id) DO UPDATE SET by_claim = EXCLUDED.by_claim, version = EXCLUDED.version, recorded_at = now()
    WHERE supersessions.version IS NULL
      AND (supersessions.by_claim = EXCLUDED.by_claim OR supersessions.by_claim = ANY(CAST(:ids AS uuid[])))
    RETURNING claim_id
""")
_RETURN_UNITS: Final = text("""
    UPDATE authorization_uses SET released_at = now()
    WHERE claim_id = ANY(CAST(:ids AS uuid[])) AND released_at IS NULL
""")
_FREE: Final = text("DELETE FROM supersessions WHERE by_claim = ANY(CAST(:ids AS uuid[])) AND version IS NULL")


class ChangedMeanwhileError(Exception):
    """A claim to be superseded changed after it was read; the correction is not committed and reads it again."""

    def __init__(self) -> None:
        """Use a text that names no claim."""
        super().__init__("a claim to be superseded changed after it was read; the correction will be adjudicated again")


async def read_corrected_claims(
    connection: AsyncConnection, claims: Sequence[Claim]
) -> dict[ClaimId, tuple[ChainClaim, ...]]:
    """Return for each replacement or void the claim that it names, then the claim that this one names, and so on."""
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
    for row in (await connection.execute(_CORRECTED, {"rows": orjson.dumps(rows).decode()})).all():
        asked_by = ClaimId(row.asked_by)
        chains[asked_by] = (*chains.get(asked_by, ()), _chain_claim(row))
    return chains


async def waiting_corrections(
    connection: AsyncConnection, claim_ids: Sequence[ClaimId], codes: Collection[str]
) -> list[ClaimId]:
    """Return the replacements and voids that are pended under one of the codes and name one of these claims."""
    keys = {"ids": list(claim_ids), "codes": sorted(codes)}
    return [ClaimId(found) for found in (await connection.scalars(_CORRECTIONS, keys)).all()]


async def freed_corrections(connection: AsyncConnection, claim_ids: Sequence[ClaimId]) -> list[ClaimId]:
    """Return those of these corrections that are pended although the claim that they name is adjudicated."""
    rows = await connection.scalars(_FREED, {"ids": list(claim_ids), "code": CORRECTION_PEND})
    return [ClaimId(each) for each in rows]


async def supersede(
    connection: AsyncConnection, publications: Sequence[Publication]
) -> list[tuple[Publication, Determination]]:
    """Record which claims these corrections supersede, and return the reversals that the caller then writes.

    Authorization units of superseded claims are returned. Raises ChangedMeanwhileError when a claim to be superseded
    was decided, replaced or voided after it was read. Which claims are superseded was decided before
    (adjudication/corrections/judge.py); here it is checked again under lock.
    """
    taken: list[tuple[Publication, Determination]] = []
    for publication in publications:
        if publication.superseded:
            await _take(connection, publication)
            taken += [
                (Publication(StoredClaim(g.claim, 0, determined=True), d, publication.round, g.messages), d)
                for g in publication.superseded
                if (d := g.determination) is not None
            ]
    return taken


async def free_reservations(connection: AsyncConnection, publications: Sequence[Publication]) -> None:
    """Free the claims that these corrections reserved and did not supersede."""
    corrections = [p.stored.claim for p in publications if p.stored.claim.frequency is not Frequency.ORIGINAL]
    if corrections:
        await connection.execute(_FREE, {"ids": [claim.claim_id for claim in corrections]})


async def _take(connection: AsyncConnection, publication: Publication) -> None:
    ids = [given.claim.claim_id for given in publication.superseded]
    await connection.execute(_LOCK, {"ids": ids})
    rows = (await connection.execute(_VERSIONS, {"ids": ids})).all()
    now: dict[str, int] = {row.claim_id: row.version for row in rows}
    if any(now.get(given.claim.claim_id, 0) != given.version for given in publication.superseded):
        raise ChangedMeanwhileError
    values: dict[str, Any] = {"ids": ids, "versions": [_version(given) for given in publication.superseded]}
    taken = (await connection.scalars(_TAKE, {**values, "by": publication.stored.claim.claim_id})).all()
    if len(taken) != len(ids):
        raise ChangedMeanwhileError
    final = [given.claim.claim_id for given in publication.superseded if given.determination is not None]
    if final:
        await connection.execute(_RETURN_UNITS, {"ids": final})


def _version(given: SupersededClaim) -> int | None:
    return None if given.determination is None else given.determination.version


def _chain_claim(row: Any) -> ChainClaim:
    newest = {} if row.event is None else orjson.loads(row.event)["data"]
    return ChainClaim(
        claim=read_claim(row.payload, ClaimId(row.claim_id), row.received_at),
        version=row.version or 0,
        pended=row.pended,
        lines=tuple(_line(line) for line in newest.get("lines", ())),
        pending=tuple(LineNumber(line) for line in newest.get("pending_lines", ())),
        changed_by=None if row.changed_by is None else ClaimId(row.changed_by),
        superseded=row.given_way,
        by_control_number=row.by_control_number,
    )


def _line(stored: dict[str, Any]) -> CurrentLine:
    return CurrentLine(
        LineNumber(stored["line"]),
        stored["code"],
        Disposition(stored["disposition"]),
        Decimal(stored["charge"]),
        payable(stored),
        read_adjustments(stored),
    )
