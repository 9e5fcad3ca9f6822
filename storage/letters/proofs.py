"""Stores proofs of mailing. One about an unknown letter, another text or an impossible time is refused with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.vocabulary import ClaimId
from contracts.events.letters import LetterSentV1
from contracts.events.status import StatusReasonV1
from storage.unstorable import unstorable_data

_AHEAD: Final = timedelta(hours=1)
"""The time that a sender's system time may be ahead of ours."""
_BEHIND: Final = timedelta(days=1)
"""A mail house states the day of mailing, which may begin before the letter was handed over on it."""

_LETTERS: Final = text("""
    SELECT letter_id::text AS id, encode(digest, 'hex') AS digest, queued_at FROM letter_mailings
    WHERE letter_id = ANY(CAST(:ids AS uuid[])) AND attempt = 1
""")
_STORED: Final = text("""
    SELECT letter_id::text, version, encode(digest, 'hex') AS sha256, result, at, carrier, reference, reason
    FROM letter_proofs WHERE letter_id = ANY(CAST(:ids AS uuid[]))
""")
_ADD: Final = text("""
    INSERT INTO letter_proofs (letter_id, version, digest, result, at, carrier, reference, reason)
    SELECT letter_id, version, decode(sha256, 'hex'), result, at, carrier, reference, reason
    FROM json_to_recordset(CAST(:rows AS json)) AS t(letter_id uuid, version bigint, sha256 text, result text,
        at timestamptz, carrier text, reference text, reason text)
    ON CONFLICT DO NOTHING
""")
# What the lists of the mail queue read (storage/letters/mail_queue.py): the newest statement decides.
_OPEN: Final = text("""
    UPDATE letter_mailings m SET open = newest.result <> 'sent', result = CASE WHEN m.latest THEN newest.result END
    FROM (SELECT DISTINCT ON (letter_id) letter_id, result FROM letter_proofs
          WHERE letter_id = ANY(CAST(:ids AS uuid[])) ORDER BY letter_id, version DESC) newest
    WHERE m.letter_id = newest.letter_id
      AND (m.open, m.result) IS DISTINCT FROM (newest.result <> 'sent', CASE WHEN m.latest THEN newest.result END)
""")
_REQUESTS: Final = text("""
    SELECT DISTINCT m.claim_id::text FROM letter_mailings m
    WHERE m.letter_id = ANY(CAST(:ids AS uuid[])) AND m.attempt = 1 AND m.kind = 'document-request'
      AND EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = m.claim_id AND p.closed_at IS NULL)
""")
UNKNOWN: Final = StatusReasonV1(
    code="unknown-letter",
    field="data.letter_id",
    message="no letter was handed over under this id; send the letter_id of the event on letters.ready",
)
OTHER_TEXT: Final = StatusReasonV1(
    code="another-text",
    field="data.sha256",
    message="the letter was issued with another content; read it again by its id, check its hash, and mail that one",
)
IN_THE_FUTURE: Final = StatusReasonV1(
    code="sent-in-the-future",
    field="data.at",
    message="the time lies in the future, so it proves nothing; send the proof again after it happened",
)
BEFORE_ISSUED: Final = StatusReasonV1(
    code="sent-before-issued",
    field="data.at",
    message="the time lies more than a day before the letter was handed over; correct it and send the proof again",
)


class LetterProofs:
    """Writes proofs of mailing."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def apply(self, proofs: Sequence[LetterSentV1]) -> Mapping[int, StatusReasonV1 | None]:
        """Store proofs; return the places of those refused with the reason, None where the version has other content."""
        with unstorable_data():
            async with self._engine.begin() as connection:
                return await _apply(connection, proofs)

    async def requests_of(self, letter_ids: Sequence[str]) -> Sequence[ClaimId]:
        """Return the pended claims that these letters request documents for."""
        if not letter_ids:
            return ()
        async with self._engine.connect() as connection:
            return [ClaimId(each) for each in await connection.scalars(_REQUESTS, {"ids": list(letter_ids)})]


async def _apply(connection: AsyncConnection, proofs: Sequence[LetterSentV1]) -> Mapping[int, StatusReasonV1 | None]:
    ids = {"ids": sorted({proof.letter_id for proof in proofs})}
    letters = {row.id: row for row in (await connection.execute(_LETTERS, ids)).all()}
    rows = (await connection.execute(_STORED, ids)).mappings().all()
    stored = {(row["letter_id"], row["version"]): dict(row) for row in rows}
    refused: dict[int, StatusReasonV1 | None] = {}
    new, now = [], datetime.now(UTC)
    for place, proof in enumerate(proofs):
        reason, row = _wrong(proof, letters.get(proof.letter_id), now), _row(proof)
        if reason is not None:
            refused[place] = reason
        elif stored.setdefault((proof.letter_id, proof.version), row) != row:
            refused[place] = None
        else:
            new.append({**row, "at": row["at"].isoformat()})
    if new:
        await connection.execute(_ADD, {"rows": orjson.dumps(new).decode()})
        await connection.execute(_OPEN, ids)
    return refused


def _wrong(proof: LetterSentV1, letter: Any, now: datetime) -> StatusReasonV1 | None:
    if letter is None:
        return UNKNOWN
    if proof.sha256 != letter.digest:
        return OTHER_TEXT
    if proof.at > now + _AHEAD:
        return IN_THE_FUTURE
    return BEFORE_ISSUED if proof.at < letter.queued_at - _BEHIND else None


def _row(proof: LetterSentV1) -> dict[str, Any]:
    return {
        "letter_id": proof.letter_id,
        "version": proof.version,
        "sha256": proof.sha256,
        "result": proof.result.value,
        "at": proof.at.astimezone(UTC),
        "carrier": proof.carrier,
        "reference": proof.reference,
        "reason": proof.reason,
    }
