"""The mail queue: letters handed to the mail when they are issued, handed over again, and read by state and batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.event_builders.letters import letter_ready_message
from contracts.records.issued_letters import IssuedLetter
from contracts.records.mail_queue import MailBatch, MailCounts, MailState, QueuedLetter
from storage.audit.trail import Entry, append_locked
from storage.outbox import queue

_QUEUE: Final = text("""
    INSERT INTO letter_mailings (letter_id, attempt, claim_id, appeal_id, kind, audience, step, digest, batch,
                                 queued_at, queued_by)
    VALUES (CAST(:letter_id AS uuid), :attempt, CAST(:claim_id AS uuid), CAST(:appeal_id AS uuid), :kind, :audience,
            :step, sha256(:body), :batch, :at, :by)
    ON CONFLICT DO NOTHING RETURNING 1
""")
_LATEST: Final = """
    SELECT m.letter_id::text, m.claim_id::text, m.appeal_id::text, m.kind, m.audience, m.step,
           m.batch, m.attempt, m.queued_at, p.at, p.carrier, p.reference, p.reason, coalesce(m.result, 'waiting') AS state
    FROM letter_mailings m
    LEFT JOIN LATERAL (SELECT * FROM letter_proofs p WHERE p.letter_id = m.letter_id ORDER BY version DESC LIMIT 1) p
        ON true
    WHERE m.latest AND {where}
"""
# One list per state, each from its own index, so that a list of some states reads no letter of another one.
_LISTS: Final = {
    state: text(f"{_LATEST.format(where=where)} ORDER BY m.queued_at, m.letter_id LIMIT :limit")
    for state, where in {
        MailState.WAITING: "m.result IS NULL",
        MailState.FAILED: "m.result IN ('failed', 'returned') AND m.result = 'failed'",
        MailState.RETURNED: "m.result IN ('failed', 'returned') AND m.result = 'returned'",
        MailState.SENT: "m.result = 'sent'",
    }.items()
}
_ONE: Final = text(_LATEST.format(where="m.letter_id = CAST(:id AS uuid)"))
_BATCHES: Final = text("""
    WITH RECURSIVE newest AS (
        (SELECT batch, 1 AS place FROM letter_mailings WHERE latest ORDER BY batch DESC LIMIT 1)
        UNION ALL
        SELECT b.batch, n.place + 1 FROM newest n CROSS JOIN LATERAL
            (SELECT batch FROM letter_mailings WHERE latest AND batch < n.batch ORDER BY batch DESC LIMIT 1) b
        WHERE n.place < :limit
    )
    SELECT n.batch, count(*) FILTER (WHERE m.result = 'sent')::integer AS sent,
           count(*) FILTER (WHERE m.result IS NULL)::integer AS waiting,
           count(*) FILTER (WHERE m.result = 'failed')::integer AS failed,
           count(*) FILTER (WHERE m.result = 'returned')::integer AS returned
    FROM newest n JOIN letter_mailings m ON m.latest AND m.batch = n.batch GROUP BY n.batch ORDER BY n.batch DESC
""")
_COUNTS: Final = text("""
    SELECT (SELECT count(*) FROM letter_mailings WHERE latest AND result IS NULL) AS waiting,
           (SELECT queued_at FROM letter_mailings WHERE latest AND result IS NULL ORDER BY queued_at, letter_id LIMIT 1) AS oldest_at,
           count(*) FILTER (WHERE result = 'failed') AS failed, count(*) FILTER (WHERE result = 'returned') AS returned
    FROM letter_mailings WHERE latest AND result IN ('failed', 'returned')
""")
_REPLACE: Final = text(
    "UPDATE letter_mailings SET latest = false WHERE letter_id = CAST(:id AS uuid) AND attempt < :attempt"
)
_BODY: Final = text("""
    SELECT i.claim_id::text, i.appeal_id::text, i.kind, i.audience, i.step, i.body, i.policy_bundle, i.issued_by, i.role,
           i.issued_at, i.addressed_by, i.layout::text
    FROM letter_mailings m
    JOIN issued_letters i ON i.claim_id = m.claim_id AND i.appeal_id IS NOT DISTINCT FROM m.appeal_id
        AND (i.kind, i.audience, i.step) = (m.kind, m.audience, m.step)
    WHERE m.letter_id = CAST(:id AS uuid) AND m.attempt = 1
""")


async def hand_over(
    connection: AsyncConnection, letter: IssuedLetter, attempt: int, by: str, at: datetime, day: str
) -> bool:
    """Queue a letter and its event in the caller's transaction; False if this attempt is queued already.

    `day`: the legal day of the plan on which it is handed over, which names its batch.
    """
    batch = f"{day}-{letter.audience}"
    row = asdict(letter) | {"letter_id": letter.letter_id, "attempt": attempt, "batch": batch, "at": at, "by": by}
    if (await connection.execute(_QUEUE, row)).first() is None:
        return False
    await queue.put(connection, [letter_ready_message(letter, attempt, batch, at)])
    return True


class MailQueue:
    """Reads the queue, and hands letters over again."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def letters(self, states: Sequence[MailState], limit: int) -> tuple[QueuedLetter, ...]:
        """Return the letters in these states, the one handed over first first."""
        found: list[QueuedLetter] = []
        async with self._engine.connect() as connection:
            for state in dict.fromkeys(states):
                rows = await connection.execute(_LISTS[state], {"limit": limit})
                found += [_queued(row) for row in rows.mappings()]
        return tuple(sorted(found, key=lambda each: (each.queued_at, each.letter_id))[:limit])

    async def batches(self, limit: int) -> tuple[MailBatch, ...]:
        """Return the newest batches."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(_BATCHES, {"limit": limit})
            return tuple(MailBatch(**row) for row in rows.mappings())

    async def counts(self) -> MailCounts:
        """Count letters that wait, failed or came back."""
        async with self._engine.connect() as connection:
            [row] = (await connection.execute(_COUNTS)).mappings().all()
            return MailCounts(**row)

    async def content(self, letter_id: str) -> IssuedLetter | None:
        """Return an issued letter that was handed to the mail; None if no letter has this id."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_BODY, {"id": letter_id})).mappings().first()
        return None if row is None else IssuedLetter(**{**row, "body": bytes(row["body"])})

    async def again(self, letter_id: str, by: str, role: str, at: datetime, day: str) -> bool:
        """Hand a letter over again that failed or came back, and record who did; False if it waits, was sent, or is not known."""
        letter = await self.content(letter_id)
        if letter is None:
            return False
        async with self._engine.begin() as connection:
            row = (await connection.execute(_ONE, {"id": letter_id})).mappings().first()
            if row is None or row["state"] not in (MailState.FAILED, MailState.RETURNED):
                return False
            attempt = row["attempt"] + 1
            if not await hand_over(connection, letter, attempt, by, at, day):
                return False
            await connection.execute(_REPLACE, {"id": letter_id, "attempt": attempt})
            action = orjson.dumps({"action": "mailed-again", "letter": letter_id, "attempt": attempt})
            await append_locked(connection, Entry(f"letters/{letter.claim_id}", at, by, role, None, action.decode()))
        return True


def _queued(row: Any) -> QueuedLetter:
    return QueuedLetter(**{**row, "state": MailState(row["state"])})
