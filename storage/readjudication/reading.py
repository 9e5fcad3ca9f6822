"""Reads a reopening with its claim as decided, and its stored proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.appeals.superseding import Before
from adjudication.model.claim import Claim
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.readjudication.judgment import Given
from adjudication.readjudication.proposal import Case
from adjudication.readjudication.rules import Ground
from contracts.events.reopenings import BY_A_PERSON, Reason, Reopening
from contracts.ids import readjudication_id as readjudication_id_of
from contracts.records.readjudications import ReadjudicationFile
from storage.appeals.appealed_claim import read_standing
from storage.readjudication.raised import read_raised
from storage.review.deadlines import times_of

_HEAD: Final = text("""
    SELECT j.claim_id::text AS claim_id, j.reason, j.cause, r.raised_at, x.outcome AS closed
    FROM readjudications j JOIN reopenings r USING (claim_id, reason, cause)
    LEFT JOIN reopenings_closed x USING (claim_id, reason, cause)
    WHERE j.readjudication_id = CAST(:id AS uuid)
""")
_CASE: Final = text("""
    SELECT c.claim_id::text AS claim_id, c.member_id,
           (SELECT min(d.decided_at) FROM determinations d WHERE d.claim_id = c.claim_id) AS first_decided_at,
           coalesce((SELECT array_agg(DISTINCT line) FROM appeals a, unnest(a.lines) AS line
                     WHERE a.claim_id = c.claim_id AND NOT a.closed), '{}') AS appealed,
           coalesce((SELECT array_agg(DISTINCT line) FROM (
               SELECT (ruling ->> 'line')::integer AS line FROM appeal_decisions a, json_array_elements(a.rulings) AS ruling
               WHERE a.claim_id = c.claim_id
               UNION SELECT unnest(a.lines) FROM appeals a JOIN appeal_determinations p USING (appeal_id)
               WHERE p.claim_id = c.claim_id) AS each), '{}') AS ruled,
           coalesce((SELECT array_agg(person_id) FROM deciders_of(c.claim_id) AS person_id), '{}') AS deciders,
           EXISTS (SELECT 1 FROM pends w WHERE w.claim_id = c.claim_id AND w.closed_at IS NULL) AS pended
    FROM claims c WHERE c.claim_id = ANY(CAST(:claims AS uuid[]))
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
    head = (await connection.execute(_HEAD, {"id": readjudication_id})).first()
    if head is None:
        msg = (
            f"the readjudication {readjudication_id} is not in the store; was the database restored to an earlier day?"
        )
        raise UnknownReadjudicationError(msg)
    reopening = Reopening(ClaimId(head.claim_id), Reason(head.reason), head.cause, head.raised_at)
    file = await read_as_if_raised(connection, reopening, reference, head.closed)
    if file.case is None or reopening.reason not in BY_A_PERSON:
        return file
    return replace(file, case=replace(file.case, raised=await read_raised(connection, reopening)))


async def read_as_if_raised(
    connection: AsyncConnection, reopening: Reopening, reference: ReferenceData, closed: str | None = None
) -> ReadjudicationFile:
    """Read a claim as decided now as the file of a reopening, even if it was not raised: a campaign compares before it raises one."""
    [file] = await read_all_as_if_raised(connection, [reopening], reference)
    times = (await times_of(connection, [reopening.claim_id])).get(reopening.claim_id)
    return replace(file, closed=closed, times=times)


async def read_all_as_if_raised(
    connection: AsyncConnection,
    reopenings: Sequence[Reopening],
    reference: ReferenceData,
    submitted: Mapping[ClaimId, Claim] | None = None,
) -> tuple[ReadjudicationFile, ...]:
    """Read claims as decided now as the files of reopenings, in their order, without the times that interest is computed from.

    `submitted`: those of the claims that are in memory as they were submitted.
    """
    claims = [reopening.claim_id for reopening in reopenings]
    rows = {row.claim_id: row for row in (await connection.execute(_CASE, {"claims": claims})).all()}
    standing = await read_standing(connection, claims, reference, submitted)
    return tuple(_file(each, rows[each.claim_id], standing.get(each.claim_id)) for each in reopenings)


def _file(reopening: Reopening, row: Any, before: Before | None) -> ReadjudicationFile:
    claim, reason, cause = reopening.claim_id, reopening.reason.value, reopening.cause
    case = None
    if before is not None:
        case = Case(
            reason,
            cause,
            reopening.raised_at,
            before,
            row.first_decided_at,
            frozenset(LineNumber(line) for line in row.appealed),
            frozenset(LineNumber(line) for line in row.ruled),
            pended=row.pended,
            deciders=frozenset(row.deciders),
        )
    known = readjudication_id_of(claim, reason, cause)
    return ReadjudicationFile(known, claim, row.member_id, reason, cause, None, case, None)


async def read_newest(connection: AsyncConnection, readjudication_id: str) -> Any:
    """Return number, digest and base version of the newest proposal; None before the first."""
    return (await connection.execute(_NEWEST, {"id": readjudication_id})).first()


async def read_given(connection: AsyncConnection, readjudication_id: str, number: int) -> tuple[Given, ...]:
    """Return the approvals that a proposal has."""
    rows = (await connection.execute(_GIVEN, {"id": readjudication_id, "number": number})).all()
    return tuple(Given(row.person_id, row.role, Ground(row.ground)) for row in rows)
