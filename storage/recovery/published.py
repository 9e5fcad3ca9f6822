"""Stores the events published before a restore, and compares the outbox with them: no event is sent twice, and no id gets other content.

Before the first recovery the tables are empty, and the publisher compares nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.events.codec import canonical
from contracts.events.outgoing import Outgoing, OutgoingMessage
from contracts.events.topics import DETERMINATIONS, REVIEW_TASKS
from contracts.ids import name_based
from contracts.records.decision_json import payable
from contracts.records.recovery import PublishedEvent
from storage.outbox.digests import hashed

_KEEP: Final = text("""
    INSERT INTO published_before (id_hash, value_hash)
    SELECT decode(id, 'hex'), decode(value, 'hex') FROM json_to_recordset(CAST(:rows AS json)) AS t(id text, value text)
    ON CONFLICT (id_hash) DO UPDATE SET gone = false WHERE published_before.gone
""")
_ROUNDS: Final = text("""
    INSERT INTO published_rounds AS r (claim_id, round)
    SELECT claim_id, max(round) FROM json_to_recordset(CAST(:rows AS json)) AS t(claim_id uuid, round integer) GROUP BY 1
    ON CONFLICT (claim_id) DO UPDATE SET round = greatest(r.round, excluded.round)
""")
_ANY: Final = text("SELECT EXISTS (SELECT 1 FROM published_before)")
_KNOWN: Final = text("SELECT id_hash, value_hash, gone FROM published_before WHERE id_hash = ANY(:ids)")
_DECISIONS: Final = text("""
    SELECT claim_id::text, version, event FROM published_decisions WHERE claim_id = ANY(CAST(:claims AS uuid[]))
""")
_WITHHOLD: Final = text("""
    INSERT INTO withheld_events (event_id, value_hash, topic, differs) VALUES (:event_id, :value_hash, :topic, :differs)
    ON CONFLICT DO NOTHING
""")
_COMPARED: Final = ("line", "disposition", "charge", "reason", "adjustments")


class Known(NamedTuple):
    """The content published under an event id, and whether Kafka lost it since."""

    value_hash: bytes
    gone: bool


async def keep_published(engine: AsyncEngine, events: Sequence[PublishedEvent]) -> None:
    """Store ids and digests of events that are on our topics, and the rounds that review tasks name."""
    # An event may be on its topic twice; a statement may write a row only once.
    values = {hashed(event.event_id.encode()).hex(): hashed(event.value).hex() for event in reversed(events)}
    rows = [{"id": identity, "value": value} for identity, value in values.items()]
    data = (orjson.loads(event.value)["data"] for event in events if event.topic == REVIEW_TASKS)
    rounds = [{"claim_id": each["claim_id"], "round": each["round"]} for each in data if "round" in each]
    async with engine.begin() as connection:
        await connection.execute(_KEEP, {"rows": orjson.dumps(rows).decode()})
        if rounds:
            await connection.execute(_ROUNDS, {"rows": orjson.dumps(rounds).decode()})


async def anything_published_before(connection: AsyncConnection) -> bool:
    """Return whether a recovery has stored published events."""
    return bool(await connection.scalar(_ANY))


async def still_to_send(
    connection: AsyncConnection, entries: Sequence[Sequence[Outgoing]]
) -> list[tuple[Outgoing, ...]]:
    """Return for each entry of the outbox the messages that must still go out, in order.

    Published events are left out, unless their topic was lost since. A decision that differs from the one published under its id is withheld: the
    published one stays in force. Any other differing event gets a new id, derived from the old id and the content.
    """
    ours = [message for entry in entries for message in entry if isinstance(message, OutgoingMessage)]
    asked = {"ids": [hashed(message.event_id.encode()) for message in ours]}
    rows = (await connection.execute(_KNOWN, asked)).all()
    known = {bytes(row.id_hash): Known(bytes(row.value_hash), row.gone) for row in rows}
    decided = await _decisions(connection, ours, known)
    return [
        tuple([sent for message in entry if (sent := await _sent(connection, message, known, decided)) is not None])
        for entry in entries
    ]


async def _sent(
    connection: AsyncConnection, message: Outgoing, known: Mapping[bytes, Known], decided: Mapping[str, str]
) -> Outgoing | None:
    if not isinstance(message, OutgoingMessage):
        return message
    before = known.get(hashed(message.event_id.encode()))
    if before is None:
        return message
    if before.value_hash == hashed(message.value):
        return message if before.gone else None
    if message.topic == DETERMINATIONS:
        await _withhold(connection, message, decided)
        return None
    return _renamed(message)


async def _decisions(
    connection: AsyncConnection, messages: Sequence[OutgoingMessage], known: Mapping[bytes, Known]
) -> dict[str, str]:
    """Return the published decisions of the claims whose determinations may be withheld, by event id."""
    claims = [m.key for m in messages if m.topic == DETERMINATIONS and hashed(m.event_id.encode()) in known]
    if not claims:
        return {}
    rows = (await connection.execute(_DECISIONS, {"claims": claims})).all()
    return {orjson.loads(row.event)["id"]: row.event for row in rows}


async def _withhold(connection: AsyncConnection, message: OutgoingMessage, decided: Mapping[str, str]) -> None:
    published = decided.get(message.event_id)
    differs = published is None or decision_of(orjson.loads(published)) != decision_of(orjson.loads(message.value))
    values = {"event_id": message.event_id, "value_hash": hashed(message.value), "topic": message.topic}
    await connection.execute(_WITHHOLD, {**values, "differs": differs})


def decision_of(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the decided content of a determination, without times and findings."""
    return [
        {**{name: line.get(name) for name in _COMPARED}, "payable": payable(line)} for line in event["data"]["lines"]
    ]


def _renamed(message: OutgoingMessage) -> OutgoingMessage:
    identity = name_based(f"recovered:{message.event_id}:{hashed(message.value).hex()}")
    event = orjson.loads(message.value) | {"id": identity}
    return OutgoingMessage(message.topic, message.key, identity, canonical(event))
