"""Stores issued letters byte for byte, and hands them to the mail. The audit trail records each by id and hash; an issued letter is never rendered again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.issued_letters import IssuedLetter
from storage.audit.trail import Entry, append_locked
from storage.letters.mail_queue import hand_over

_ISSUE: Final = text("""
    INSERT INTO issued_letters (claim_id, appeal_id, kind, audience, step, body, digest, policy_bundle, issued_by, role,
                                issued_at, addressed_by, layout)
    VALUES (CAST(:claim_id AS uuid), CAST(:appeal_id AS uuid), :kind, :audience, :step, :body, sha256(:body),
            :policy_bundle, :issued_by, :role, :issued_at, :addressed_by,
            CAST(:layout AS json))
    ON CONFLICT DO NOTHING RETURNING 1
""")
_OF: Final = text("""
    SELECT claim_id::text, appeal_id::text, kind, audience, step, body, policy_bundle, issued_by, role, issued_at,
           addressed_by, layout::text
    FROM issued_letters
    WHERE claim_id = CAST(:claim AS uuid) AND appeal_id IS NOT DISTINCT FROM CAST(:appeal AS uuid) AND audience = :audience
    ORDER BY issued_at, kind, step
""")


class IssuedLetters:
    """Stores issued letters."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def issue(self, letter: IssuedLetter, day: str) -> bool:
        """Store a letter, hand it to the mail and record who issued it, in one transaction; False if it was issued before.

        `day`: the legal day of the plan, which names the batch.

        The trail holds only ids and the hash, because the text of a letter may be health data.
        """
        action = {"action": "issued", "kind": letter.kind, "audience": letter.audience, "step": letter.step}
        content = orjson.dumps({**action, "appeal": letter.appeal_id, "sha256": letter.digest}).decode()
        subject = f"letters/{letter.claim_id}"
        entry = Entry(subject, letter.issued_at, letter.issued_by, letter.role, None, content)
        async with self._engine.begin() as connection:
            if (await connection.execute(_ISSUE, asdict(letter))).first() is None:
                return False
            await append_locked(connection, entry)
            await hand_over(connection, letter, 1, letter.issued_by, letter.issued_at, day)
        return True

    async def of(self, claim_id: str, appeal_id: str | None, audience: str) -> tuple[IssuedLetter, ...]:
        """Return the letters issued to an audience on a claim, or on one appeal of it, the oldest first."""
        key = {"claim": claim_id, "appeal": appeal_id, "audience": audience}
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_OF, key)).mappings().all()
        return tuple(IssuedLetter(**{**row, "body": bytes(row["body"])}) for row in rows)
