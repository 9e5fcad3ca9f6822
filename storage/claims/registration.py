"""Registers claims in the ledger: each claim once, regardless of sender or repeats, with its batch and events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.vocabulary import ClaimId, Frequency
from contracts.claim_intake.mapping import member_to_core
from contracts.claim_intake.registration import (
    LARGE_BYTES,
    LARGE_LINES,
    USUAL_LIMITS,
    Batch,
    BatchLimits,
    Registered,
    Registration,
    RegistrationRequest,
    Submission,
)
from contracts.event_builders.claim_status import registration_messages
from contracts.ids import batch_id, payer_claim_number
from storage.claims.identity import identify
from storage.json_sequences import SEQUENCE, sequence
from storage.outbox import queue
from storage.retry import DEADLOCK_DETECTED, UNIQUE_VIOLATION, again_after
from storage.unstorable import unstorable_data

# Another intake process registered one of these claims at the same time: read the ledger again.
_RACES: Final = frozenset({UNIQUE_VIOLATION, DEADLOCK_DETECTED})
_BATCHES: Final = text("""
    INSERT INTO batches (batch_id, size) SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:sizes AS integer[]))
""")
# A separate statement before the claims, so that the next one also sees persons that another process has just written.
_PERSONS: Final = text("""
    INSERT INTO persons (member_id, birth_date, first_name)
    SELECT DISTINCT member_id, birth_date, first_name
    FROM json_to_recordset(CAST(:rows AS json)) AS t(member_id text, birth_date text, first_name text)
    ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING
""")
# One JSON document carries the rows, and a sequence the claims as they were sent (storage/json_sequences.py).
_CLAIMS: Final = text(f"""
    INSERT INTO claims (claim_id, submitter, control_number, revision, payer_claim_number, payload_hash, payload,
                        member_id, event_id, position, received_at, batch_id, person_id, patient)
    SELECT claim_id, submitter, control_number, revision, payer_claim_number, decode(payload_hash, 'hex'),
           CAST(payload AS json), member_id, event_id, position, received_at, batch_id,
           (SELECT p.person_id FROM persons p  -- no join: the claims keep their order
            WHERE (p.member_id, p.birth_date, p.first_name) = (t.member_id, t.birth_date, t.first_name)),
           patient
    FROM ROWS FROM (
        json_to_recordset(CAST(:rows AS json)) AS (
            claim_id uuid, submitter text, control_number text, revision integer, payer_claim_number text,
            payload_hash text, member_id text, event_id text, "position" text, received_at timestamptz,
            batch_id text, birth_date text, first_name text, patient json),
        {SEQUENCE.format("payloads")}
    ) AS t(claim_id, submitter, control_number, revision, payer_claim_number, payload_hash, member_id, event_id,
           "position", received_at, batch_id, birth_date, first_name, patient, payload)
""")
_LINES: Final = text("""
    INSERT INTO claim_lines (claim_id, line, member_id, form, billing_npi, code, modifiers, units, charge, service_date)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, line integer, member_id text, form text, billing_npi text, code text, modifiers text,
        units numeric, charge numeric, service_date date)
""")
_CORRECTIONS: Final = text("""
    INSERT INTO claim_chain (claim_id, frequency, names) VALUES (CAST(:claim_id AS uuid), :frequency, :names)
""")
_CONFLICT: Final = text("""
    INSERT INTO conflicts (claim_id, payload_hash, event_id, position, payload)
    VALUES (:claim_id, :payload_hash, :event_id, :position, CAST(:payload AS json)) ON CONFLICT DO NOTHING
""")
_PERSON: Final = ("member_id", "birth_date", "first_name")
_MEMBERS: Final = text("""
    SELECT batch_id, array_agg(claim_id::text ORDER BY sequence),
           bool_or(octet_length(payload::text) > :large_bytes
                   OR (SELECT count(*) FROM claim_lines l WHERE l.claim_id = c.claim_id) > :large_lines)
    FROM claims c WHERE batch_id = ANY(:ids) GROUP BY batch_id
""")
_UNSTARTED: Final = text("""
    SELECT batch_id FROM batches WHERE started_at IS NULL AND registered_at < :older_than
    ORDER BY registered_at LIMIT :limit
""")


class PostgresLedger:
    """Registers claims and tracks their batches."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def register(self, request: RegistrationRequest, limits: BatchLimits = USUAL_LIMITS) -> Registered:
        """Register submissions and queue their status events and the given messages, in one transaction."""

        async def attempt() -> Registered:
            async with self._engine.begin() as connection:
                return await _register(connection, request, limits)

        with unstorable_data():
            return await again_after(_RACES, attempt)

    async def mark_started(self, batch_ids: Sequence[str]) -> None:
        """Record that the workflows of these batches were started."""
        query = text("UPDATE batches SET started_at = now() WHERE batch_id = ANY(:ids) AND started_at IS NULL")
        async with self._engine.begin() as connection:
            await connection.execute(query, {"ids": list(batch_ids)})

    async def unfinished(self, batch_ids: Collection[str]) -> frozenset[str]:
        """Return those of these batches that their workflow has not committed yet: the work in flight."""
        query = text("SELECT batch_id FROM batches WHERE batch_id = ANY(:ids) AND finished_at IS NULL")
        async with self._engine.connect() as connection:
            return frozenset(await connection.scalars(query, {"ids": list(batch_ids)}))

    async def unstarted_batches(self, older_than: datetime, limit: int) -> Sequence[Batch]:
        """Return batches registered before a time whose workflow start is not recorded (crash repair)."""
        async with self._engine.connect() as connection:
            ids = (await connection.scalars(_UNSTARTED, {"older_than": older_than, "limit": limit})).all()
            return await batches_of(connection, ids)


async def _register(
    connection: AsyncConnection, request: RegistrationRequest, limits: BatchLimits = USUAL_LIMITS
) -> Registered:
    found = await identify(connection, request.submissions)
    new, together = found.new, tuple(zip(found.submissions, found.outcomes, strict=True))
    batches = _group(new, limits)
    if new:
        await _insert(connection, new, batches)
    for submission, outcome in together:
        if outcome is Registration.CONFLICT:
            await connection.execute(_CONFLICT, _conflict(submission))
    events = [message for submission, outcome in together for message in registration_messages(submission, outcome)]
    await queue.put(connection, [*events, *request.messages])
    return Registered(found.outcomes, (*batches, *await batches_of(connection, found.unstarted)))


def _group(new: Sequence[Submission], limits: BatchLimits) -> list[Batch]:
    groups = ((tuple(submission.claim_id for submission in group), group[0].large) for group in limits.grouped(new))
    return [Batch(batch_id(claims), claims, large) for claims, large in groups]


async def _insert(connection: AsyncConnection, new: Sequence[Submission], batches: Sequence[Batch]) -> None:
    batch_of = {claim: batch.batch_id for batch in batches for claim in batch.claim_ids}
    await connection.execute(
        _BATCHES, {"ids": [b.batch_id for b in batches], "sizes": [len(b.claim_ids) for b in batches]}
    )
    rows = [_claim_row(submission, batch_of[submission.claim_id]) for submission in new]
    persons = [{field: row[field] for field in _PERSON} for row in rows]
    await connection.execute(_PERSONS, {"rows": orjson.dumps(persons).decode()})
    payloads = sequence(submission.payload for submission in new)
    await connection.execute(_CLAIMS, {"rows": orjson.dumps(rows).decode(), "payloads": payloads})
    lines = [row for submission in new for row in _line_rows(submission)]
    await connection.execute(_LINES, {"rows": orjson.dumps(lines).decode()})
    corrections = [
        _correction_row(submission) for submission in new if submission.claim.frequency is not Frequency.ORIGINAL
    ]
    if corrections:
        await connection.execute(_CORRECTIONS, corrections)


def _claim_row(submission: Submission, batch: str) -> dict[str, Any]:
    claim = submission.claim
    return {
        "claim_id": submission.claim_id,
        "submitter": claim.submitter,
        "control_number": claim.claim_control_number,
        "revision": claim.revision,
        "payer_claim_number": payer_claim_number(submission.claim_id),
        "payload_hash": submission.payload_hash.hex(),
        "member_id": claim.member.member_id,
        "event_id": submission.event_id,
        "position": submission.position,
        "received_at": submission.received_at,
        "batch_id": batch,
        "birth_date": claim.member.birth_date,
        "first_name": member_to_core(claim.member).person.first_name,
        "patient": orjson.Fragment(submission.patient),
    }


def _line_rows(submission: Submission) -> list[dict[str, Any]]:
    claim = submission.claim
    return [
        {
            "claim_id": submission.claim_id,
            "line": line.number,
            "member_id": claim.member.member_id,
            "form": claim.form.value,
            "billing_npi": claim.billing.npi,
            "code": line.billed_code,
            "modifiers": " ".join(line.modifiers),
            "units": str(line.units),
            "charge": str(line.charge),
            "service_date": line.service_date,
        }
        for line in claim.lines
    ]


def _correction_row(submission: Submission) -> dict[str, Any]:
    claim = submission.claim
    # Intake rejects a correction that names no claim (RARC M47); the column is NOT NULL as the last guard.
    return {
        "claim_id": submission.claim_id,
        "frequency": claim.frequency.value,
        "names": claim.payer_claim_number,
    }


def _conflict(submission: Submission) -> dict[str, Any]:
    return {
        "claim_id": submission.claim_id,
        "payload_hash": submission.payload_hash,
        "event_id": submission.event_id,
        "position": submission.position,
        "payload": submission.payload.decode(),
    }


async def batches_of(connection: AsyncConnection, ids: Sequence[str]) -> list[Batch]:
    """Return these batches with their claims in the order of acceptance."""
    if not ids:
        return []
    asked = {"ids": list(ids), "large_lines": LARGE_LINES, "large_bytes": LARGE_BYTES}
    rows = (await connection.execute(_MEMBERS, asked)).all()
    return [Batch(identity, tuple(ClaimId(claim) for claim in claims), large) for identity, claims, large in rows]
