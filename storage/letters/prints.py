"""Keeps the prints of issued letters byte for byte: a print is made only once."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.issued_letters import IssuedLetter
from storage.audit.trail import Entry, append_locked

_OF: Final = text("SELECT body FROM letter_prints WHERE letter_id = CAST(:id AS uuid) AND form = :form")
_KEEP: Final = text("""
    INSERT INTO letter_prints (letter_id, form, body, digest, made_at)
    VALUES (CAST(:id AS uuid), :form, :body, sha256(:body), :at) ON CONFLICT DO NOTHING RETURNING 1
""")


class PrintArchive:
    """Stores prints."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def of(self, letter_id: str, form: str) -> bytes | None:
        """Return a print that was made; None if it was not."""
        async with self._engine.connect() as connection:
            body = await connection.scalar(_OF, {"id": letter_id, "form": form})
        return None if body is None else bytes(body)

    async def keep(self, letter: IssuedLetter, form: str, body: bytes, by: tuple[str, str], at: datetime) -> None:
        """Store a print, and its hash in the audit trail, unless one is stored. `by`: the requesting person, and their role."""
        made = {"action": "printed", "letter": letter.letter_id, "form": form, "sha256": sha256(body).hexdigest()}
        entry = Entry(f"letters/{letter.claim_id}", at, *by, None, orjson.dumps(made).decode())
        async with self._engine.begin() as connection:
            row = {"id": letter.letter_id, "form": form, "body": body, "at": at}
            if (await connection.execute(_KEEP, row)).first() is not None:
                await append_locked(connection, entry)
