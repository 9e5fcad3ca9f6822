"""The staff list for the console, and the audit trail of changes to it and of views of member data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from adjudication.people import StaffMember
from contracts.actions.people import PersonV1
from storage.audit.trail import Entry, append_locked
from storage.people.accounts import find_person, write_people


class Staff:
    """Reads and changes people, and keeps the trail of views."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def find(self, person_id: str) -> StaffMember | None:
        """Return an active person."""
        async with self._engine.connect() as connection:
            return await find_person(connection, person_id)

    async def put(self, people: Sequence[PersonV1], by: str, role: str, at: datetime) -> int:
        """Add or update people and record each change, together or not at all; return how many changed."""
        async with self._engine.begin() as connection:
            changed = await write_people(connection, people)
            # In order of id: two supervisors who change the same people may not wait for each other.
            for person in sorted((p for p in people if p.person_id in changed), key=lambda p: p.person_id):
                content = orjson.dumps({"action": "changed", **person.model_dump(mode="json")}).decode()
                await append_locked(connection, Entry(f"people/{person.person_id}", at, by, role, None, content))
        return len(changed)

    async def viewed(self, claim_id: ClaimId, by: str, role: str, at: datetime) -> None:
        """Record a view of a claim's member data, in an audit chain separate from the claim's history."""
        async with self._engine.begin() as connection:
            await append_locked(connection, Entry(f"view/{claim_id}", at, by, role, None, '{"action":"viewed"}'))
