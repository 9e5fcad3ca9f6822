"""The staff list of a test's ledger, changed as the product changes it: with an entry of the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.actions.people import PersonV1
from storage.people.staff import Staff

_AT = datetime(2025, 1, 2, 9, 0, tzinfo=UTC)


async def put_people(engine: AsyncEngine, people: Sequence[PersonV1]) -> int:
    """Add or update people; an older version changes nothing; return how many rows changed."""
    return await Staff(engine).put(people, "test", "ops", _AT)


async def change_people(engine: AsyncEngine, *people: str, **changes: Any) -> None:
    """Change something of people who are on the list, and nothing else of them; of all when none is named."""
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM people ORDER BY person_id"))).mappings().all()
    changed = []
    for row in rows:
        if not people or row["person_id"] in people:
            person = {**row, "licenses": row["licences"], "version": row["version"] + 1, **changes}
            del person["licences"]
            changed.append(PersonV1.model_validate_json(orjson.dumps(person, default=str)))
    assert await put_people(engine, changed) == len(changed) > 0
