"""What a decided appeal writes: the ruling with its signature, and the determination that takes the old one's place."""

from __future__ import annotations

from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.appeals.events import Decided
from adjudication.appeals.state import AppealState
from adjudication.claim import Claim
from adjudication.determination import ReviewerSignature
from adjudication.vocabulary import ClaimId
from contracts.appeal_values import AppealJudged
from contracts.store_values import Publication, StoredClaim
from storage import decision_rows
from storage.decision_rows import rows_of
from storage.decision_store import _DETERMINATIONS, _LINES, _RELEASE, _SIGNATURES

_DECIDE: Final = text("""
    INSERT INTO appeal_decisions (appeal_id, claim_id, clinical, level, action_id, person_id, consulted, rulings,
                                  rationale, decided_at, signature_id)
    VALUES (CAST(:appeal AS uuid), CAST(:claim AS uuid), :clinical, :level, CAST(:action AS uuid), :person, :consulted,
            CAST(:rulings AS json), :rationale, :at, CAST(:signature AS uuid))
""")
_TOOK_PART: Final = text("""
    INSERT INTO appeal_involved (appeal_id, person_id, part) VALUES (CAST(:appeal AS uuid), :person, :part)
    ON CONFLICT DO NOTHING
""")


class StaleVersionError(RuntimeError):
    """The claim got another determination meanwhile; the transaction is tried again on what is there now."""


async def write_ruling(
    connection: AsyncConnection, state: AppealState, decided: Decided, rationale: str, action_id: str
) -> None:
    """Write who decided a level, first (the database refuses whoever took part), then the signature it rests on."""
    case = state.case
    signature = decided.signature
    row = {
        "appeal": case.appeal_id,
        "claim": case.claim_id,
        "clinical": case.clinical,
        "level": decided.level,
        "action": action_id,
        "person": decided.by,
        "consulted": decided.consulted,
        "rulings": orjson.dumps([_ruling(r.line, r.ruling.value, r.units) for r in decided.rulings]).decode(),
        "rationale": rationale,
        "at": decided.at,
        "signature": None if signature is None else decision_rows.signature_id(case.claim_id, signature),
    }
    await connection.execute(_DECIDE, row)
    if signature is not None:
        await _sign(connection, case.claim_id, signature)
    parts = [(decided.by, f"decided {decided.level}")]
    if decided.consulted is not None:
        parts.append((decided.consulted, f"consulted at {decided.level}"))
    for person, part in parts:
        await connection.execute(_TOOK_PART, {"appeal": case.appeal_id, "person": person, "part": part})


def _ruling(line: int, ruling: str, units: object) -> dict[str, object]:
    return {"line": line, "ruling": ruling, "units": None if units is None else str(units)}


async def _sign(connection: AsyncConnection, claim_id: ClaimId, signature: ReviewerSignature) -> None:
    await connection.execute(_SIGNATURES, rows_of([decision_rows.signature_row(claim_id, signature)]))


async def write_determination(connection: AsyncConnection, claim: Claim, judged: AppealJudged) -> None:
    """Write the next version of a claim's determination; the caller holds the claim's lock.

    Raises StaleVersionError where the version is there already.
    """
    if judged.determination is None:
        return
    publication = Publication(StoredClaim(claim, 0, determined=True), judged.determination, 0, judged.messages)
    pairs = [(publication, judged.determination)]
    rows = decision_rows.determination_rows(pairs)
    written = (await connection.scalars(_DETERMINATIONS, rows_of(rows))).all()
    if not written:
        msg = f"claim {claim.claim_id} has a determination {judged.version} already; try again"
        raise StaleVersionError(msg)
    signatures = decision_rows.signature_rows(pairs)
    if signatures:
        await connection.execute(_SIGNATURES, rows_of(signatures))
    await connection.execute(_LINES, rows_of(decision_rows.line_rows(pairs)))
    denied = decision_rows.denied_lines(pairs)
    if denied["line"]:
        await connection.execute(_RELEASE, denied)
