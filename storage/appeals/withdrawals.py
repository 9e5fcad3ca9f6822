"""Closes an appeal that was withdrawn before any rule opened it; it has no workflow, so intake closes it."""

from __future__ import annotations

from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.appeals.events import Withdrawn
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from contracts.event_builders.appeals import taken_back
from contracts.events.appeals import AppealFiledV1
from storage.appeals.event_history import AppealTrailEntry, append_entry, read_appeal
from storage.outbox import queue

# It has no due date and waits for no rule any more, so that a rule loaded later does not open it.
_CLOSE: Final = text("""
    UPDATE appeals SET closed = true, due_at = NULL, gap_under = NULL, version = :version
    WHERE appeal_id = CAST(:appeal AS uuid) AND path IS NULL AND NOT closed AND version < :version
    RETURNING claim_id::text, now() AS at
""")


async def close_withdrawn(
    connection: AsyncConnection, appeal_id: str, filed: AppealFiledV1, reference: ReferenceData
) -> None:
    """Close the appeal as withdrawn and publish that; do nothing if it is closed, was opened by a rule, or has a newer version."""
    if not filed.withdrawn:
        return
    closed = (await connection.execute(_CLOSE, {"appeal": appeal_id, "version": filed.version})).first()
    recorded = None if closed is None else await read_appeal(connection, appeal_id, reference)
    if closed is None or recorded is None:
        return
    withdrawn = Withdrawn(closed.at, None, f"{filed.appeal_reference}/{filed.version}")
    asked = orjson.dumps({"versions": [filed.version]}).decode()
    await append_entry(connection, appeal_id, AppealTrailEntry(closed.at, (withdrawn,), asked=asked))
    await queue.put(connection, [taken_back((appeal_id, ClaimId(closed.claim_id)), withdrawn, recorded.number + 1)])
