"""Reads a reopening with its claim as decided, and what is kept about it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.readjudication.judgment import Given
from adjudication.readjudication.proposal import Case
from adjudication.readjudication.rules import Ground
from contracts.records.readjudications import ReadjudicationFile
from storage.appeals.appealed_claim import read_before
from storage.review.deadlines import times_of

_FILE: Final = text("""
    SELECT j.claim_id::text AS claim_id, j.reason, j.cause, r.raised_at, c.member_id, x.outcome AS closed,
           (SELECT min(d.decided_at) FROM determinations d WHERE d.claim_id = j.claim_id) AS first_decided_at,
           coalesce((SELECT array_agg(DISTINCT line) FROM appeals a, unnest(a.lines) AS line
                     WHERE a.claim_id = j.claim_id AND NOT a.closed), '{}') AS appealed,
           coalesce((SELECT array_agg(DISTINCT line) FROM (
               SELECT (ruling ->> 'line')::integer AS line FROM appeal_decisions a, json_array_elements(a.rulings) AS ruling
               WHERE a.claim_id = j.claim_id
               UNION SELECT unnest(a.lines) FROM appeals a JOIN appeal_determinations p USING (appeal_id)
               WHERE p.claim_id = j.claim_id) AS each), '{}') AS ruled,
           coalesce((SELECT array_agg(person_id) FROM deciders_of(j.claim_id) AS person_id), '{}') AS deciders,
           EXISTS (SELECT 1 FROM pends w WHERE w.claim_id = j.claim_id AND w.closed_at IS NULL) AS pended
    FROM readjudications j JOIN reopenings r USING (claim_id, reason, cause) JOIN claims c USING (claim_id)
    LEFT JOIN reopenings_closed x USING (claim_id, reason, cause)
    WHERE j.readjudication_id = CAST(:id AS uuid)
""")
_NEWEST: Final = text("""
    SELECT number, digest, base_version FROM correction_proposals WHERE readjudication_id = CAST(:id AS uuid)
    ORDER BY number DESC LIMIT 1
""")
_GIVEN: Final = text("""
    SELECT person_id, role, ground FROM correction_approvals
    WHERE readjudication_id = CAST(:id AS uuid) AND number = :number ORDER BY approved_at, person_id
""")


class UnknownReadjudicationError(LookupError):
    """A workflow holds a readjudication that the store does not have."""


async def read_file(
    connection: AsyncConnection, readjudication_id: str, reference: ReferenceData
) -> ReadjudicationFile:
    """Read a reopening with its claim as decided now; every line of an appeal that led to a determination counts as ruled on."""
    row = (await connection.execute(_FILE, {"id": readjudication_id})).first()
    if row is None:
        msg = (
            f"the readjudication {readjudication_id} is not in the store; was the database restored to an earlier day?"
        )
        raise UnknownReadjudicationError(msg)
    before = await read_before(connection, row.claim_id, reference)
    case = None
    if before is not None and before.superseded_by is None:
        case = Case(
            row.reason,
            row.cause,
            row.raised_at,
            before,
            row.first_decided_at,
            frozenset(LineNumber(line) for line in row.appealed),
            frozenset(LineNumber(line) for line in row.ruled),
            pended=row.pended,
            deciders=frozenset(row.deciders),
        )
    times = (await times_of(connection, [ClaimId(row.claim_id)])).get(ClaimId(row.claim_id))
    return ReadjudicationFile(
        readjudication_id, row.claim_id, row.member_id, row.reason, row.cause, row.closed, case, times
    )


async def read_newest(connection: AsyncConnection, readjudication_id: str) -> Any:
    """Return number, digest and base version of the newest proposal; None before the first."""
    return (await connection.execute(_NEWEST, {"id": readjudication_id})).first()


async def read_given(connection: AsyncConnection, readjudication_id: str, number: int) -> tuple[Given, ...]:
    """Return the approvals that a proposal has."""
    rows = (await connection.execute(_GIVEN, {"id": readjudication_id, "number": number})).all()
    return tuple(Given(row.person_id, row.role, Ground(row.ground)) for row in rows)
