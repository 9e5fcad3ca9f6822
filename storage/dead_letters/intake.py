"""Stores dead letters in the transaction that queues them for their topic, and the positions of replayed events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.claim_intake.key import claim_key
from contracts.events import topics
from contracts.events.dead_letters import DeadLettered, DeadLetterV3
from contracts.events.outgoing import DeadLetterMessage, OutgoingMessage
from contracts.ids import claim_id
from contracts.stored import read_stored

# A redelivered record is the same dead letter: its id derives from its position and the refusal.
_KEEP: Final = text("""
    INSERT INTO dead_letters (letter_id, topic, partition, "offset", refusal, reason, reasons, received_at, claim_id,
                              key, value, headers, headers_left_out, sha256, size, whole)
    VALUES (CAST(:letter_id AS uuid), :topic, :partition, :offset, :refusal, :reason, CAST(:reasons AS json),
            :received_at, CAST(:claim_id AS uuid), :key, :value, CAST(:headers AS json), :headers_left_out,
            :sha256, :size, :whole)
    ON CONFLICT (letter_id) DO NOTHING
""")
_SENT: Final = text("""
    UPDATE dead_letter_replays SET position = :position, sent_at = now() WHERE replay_id = CAST(:replay AS uuid)
""")


async def keep(connection: AsyncConnection, messages: Sequence[OutgoingMessage]) -> None:
    """Store the dead letters among these messages, with their original bytes."""
    rows = [row_of(message) for message in messages if isinstance(message, DeadLetterMessage)]
    if rows:
        await connection.execute(_KEEP, rows)


async def mark_sent(connection: AsyncConnection, positions: Mapping[str, str]) -> None:
    """Record the positions of replayed events once the broker has them; after a crash the last position counts."""
    if positions:
        await connection.execute(_SENT, [{"replay": one, "position": place} for one, place in positions.items()])


def row_of(message: DeadLetterMessage) -> dict[str, Any]:
    """Return the row of a dead letter: position, reasons, original bytes and headers, and the claim that they name."""
    event = read_stored(DeadLettered, message.value)
    letter, value = event.data, message.original_value
    return {
        "letter_id": event.id,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "refusal": letter.refusal.value,
        "reason": letter.reasons[0].code if letter.reasons else letter.refusal.value,
        "reasons": orjson.dumps([reason.model_dump(mode="json") for reason in letter.reasons]).decode(),
        "received_at": event.time,
        "claim_id": _claim_of(letter.topic, value) if message.whole else None,
        "key": message.original_key,
        "value": None if value is None else bytes(value),
        "headers": _headers(letter),
        "headers_left_out": letter.headers_left_out or 0,
        "sha256": None if letter.sha256 is None else bytes.fromhex(letter.sha256),
        "size": letter.size or 0,
        "whole": message.whole,
    }


def _headers(letter: DeadLetterV3) -> str | None:
    if letter.headers is None:
        return None
    return orjson.dumps([[each.name, each.value_base64] for each in letter.headers]).decode()


def _claim_of(topic: str, value: bytes | None) -> str | None:
    """Name the claim that a refused submission is about, where its key can be read."""
    if topic != topics.CLAIMS_SUBMITTED:
        return None
    try:
        key = claim_key(orjson.loads(value or b""))
    except orjson.JSONDecodeError:
        return None
    return None if key is None else claim_id(*key)
