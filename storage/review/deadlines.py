"""The input of the legal deadlines of pended claims, and the record of their alerts: each warning once, no deadline missed in silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.vocabulary import ClaimId, PendCode
from adjudication.review.claim_deadlines import CaseTimes, Wait
from adjudication.review.first_due import FirstDue
from contracts.records.decisions import DeadlineNotice
from storage.claims.identity import DOCUMENT_MEANS
from storage.claims.line_plans import NO_PLANS, plans_found
from storage.letters.notices import mailed_notices, requests_mailed
from storage.outbox import queue
from storage.review.due_dates import keep_due

_TIMES: Final = text(f"""
    SELECT c.claim_id::text, c.received_at,
           (SELECT decided_at FROM determinations d WHERE d.claim_id = c.claim_id AND d.decides) AS decided_at,
           ARRAY(SELECT code FROM pends p WHERE p.claim_id = c.claim_id AND closed_at IS NULL
                 GROUP BY code ORDER BY code) AS codes,
           ARRAY(SELECT min(due_at) FROM pends p WHERE p.claim_id = c.claim_id AND closed_at IS NULL
                 GROUP BY code ORDER BY code) AS due,
           ARRAY(SELECT code FROM pends p WHERE p.claim_id = c.claim_id ORDER BY round, code, line) AS waited,
           ARRAY(SELECT opened_at FROM pends p WHERE p.claim_id = c.claim_id ORDER BY round, code, line) AS since,
           ARRAY(SELECT closed_at FROM pends p WHERE p.claim_id = c.claim_id ORDER BY round, code, line) AS until,
           ARRAY(SELECT DISTINCT asked_at FROM document_requests r WHERE r.claim_id = c.claim_id ORDER BY 1) AS asked,
           ARRAY(SELECT d.received_at FROM documents d WHERE d.submitter = c.submitter
                 AND d.control_number = c.control_number AND {DOCUMENT_MEANS.format(document="d", claim="c.claim_id")}
                 UNION SELECT d.received_at
                 FROM json_array_elements(coalesce(c.payload -> 'attachments', '[]')) a
                 JOIN documents d ON d.submitter = c.submitter AND d.attachment_number = a->>'control_number'
                 ORDER BY 1) AS answered
    FROM claims c WHERE c.claim_id = ANY(CAST(:ids AS uuid[]))
""")
_QUEUE: Final = text("""
    INSERT INTO clock_notices (claim_id, clock, says, at, told_at)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, clock text, says text, at timestamptz, told_at timestamptz)
    ON CONFLICT DO NOTHING RETURNING clock, says, at
""")


class PostgresDeadlines:
    """Reads the input of deadlines, and queues their alerts."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def times(self, claim_id: str) -> CaseTimes | None:
        """Return the events of a claim; None when the ledger does not have it."""
        async with self._engine.connect() as connection:
            return (await times_of(connection, [ClaimId(claim_id)])).get(ClaimId(claim_id))

    async def record_alerts(self, claim_id: str, notices: Sequence[DeadlineNotice], due: FirstDue | None) -> int:
        """Queue alerts not sent before and store the first due time, in one transaction; return how many are new."""
        rows = [
            {"claim_id": n.claim_id, "clock": n.clock, "says": n.says, "at": n.at, "told_at": n.told_at}
            for n in notices
        ]
        async with self._engine.begin() as connection:
            await keep_due(connection, [] if due is None else [(claim_id, due)])
            if not rows:
                return 0
            sent = (await connection.execute(_QUEUE, {"rows": orjson.dumps(rows).decode()})).all()
            new = {(row.clock, row.says, row.at) for row in sent}
            await queue.put(connection, [n.message for n in notices if (n.clock, n.says, n.at) in new])
        return len(new)


async def times_of(connection: AsyncConnection, claim_ids: Sequence[ClaimId]) -> dict[ClaimId, CaseTimes]:
    """Return the events of those of the claims that the ledger has.

    Any document for a claim counts as the answer that resumes a stopped deadline, requested or not, because that gives the
    earlier due time.
    """
    found = await plans_found(connection, claim_ids)
    rows = (await connection.execute(_TIMES, {"ids": list(claim_ids)})).all()
    decided = [ClaimId(row.claim_id) for row in rows if row.decided_at is not None]
    notices = await mailed_notices(connection, decided) if decided else {}
    requested = [ClaimId(row.claim_id) for row in rows if row.asked]
    mailed = await requests_mailed(connection, requested) if requested else {}
    return {
        ClaimId(row.claim_id): CaseTimes(
            received_at=row.received_at,
            plans=tuple(dict.fromkeys(plan for _, plan in found.get(row.claim_id, NO_PLANS).plans)),
            pends=tuple((PendCode(code), due) for code, due in zip(row.codes, row.due, strict=True)),
            asked=tuple(row.asked),
            answered=tuple(row.answered),
            decided_at=row.decided_at,
            waits=tuple(
                Wait(PendCode(code), since, until)
                for code, since, until in zip(row.waited, row.since, row.until, strict=True)
            ),
            contracts=found.get(row.claim_id, NO_PLANS).contracts,
            notice=notices.get(ClaimId(row.claim_id)),
            mailed=mailed.get(ClaimId(row.claim_id), ()),
        )
        for row in rows
    }
