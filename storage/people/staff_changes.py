"""Keeps proposals to change the staff list and carries out what a second person approved, with its entries of the trail.

PostgreSQL refuses a ruling of the proposer or of the person concerned, and the console's role can change people only through
an approved proposal (functions `apply_staff_change` and `suspend_person` of the owner).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

import orjson
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.people import Refusal, RefusalKind
from adjudication.staff_changes import Ruling, StaffChange, refuse_proposal, refuse_ruling
from contracts.actions.people import PersonV1
from contracts.records.staff_list import ProposedChange, StaffAct
from storage.audit.trail import Entry, append_locked

_PROPOSE: Final = text("""
    INSERT INTO staff_changes (change_id, person_id, content, reason, proposed_by, proposed_role, proposed_at)
    VALUES (CAST(:change_id AS uuid), :person_id, CAST(:content AS json), :reason, :by, :role, :at)
""")
_RULE: Final = text("""
    INSERT INTO staff_change_rulings (change_id, ruling, reason, ruled_by, ruled_role, ruled_at)
    VALUES (CAST(:change_id AS uuid), :ruling, :reason, :by, :role, :at)
""")
_CHANGES: Final = """
    SELECT c.change_id::text, c.person_id, c.content, c.reason, c.proposed_by, c.proposed_at,
           r.ruling, r.reason AS ruling_reason, r.ruled_by, r.ruled_at
    FROM staff_changes c LEFT JOIN staff_change_rulings r USING (change_id)
"""
_ONE: Final = text(f"{_CHANGES} WHERE c.change_id = CAST(:change_id AS uuid)")
_NEWEST: Final = text(f"{_CHANGES} ORDER BY r.ruling IS NOT NULL, c.proposed_at DESC LIMIT :limit")
_APPLY: Final = text("SELECT person_id FROM apply_staff_change(CAST(:change_id AS uuid)) AS changed(person_id)")
_SUSPEND: Final = text("SELECT person_id FROM suspend_person(:person_id) AS changed(person_id)")
_PEOPLE: Final = text("SELECT * FROM people ORDER BY NOT active, person_id")
_PERSON: Final = text("SELECT * FROM people WHERE person_id = :person_id")
_NO_SUCH: Final = Refusal(
    "no-such-change", "no proposal has this id; the staff list shows those there are", RefusalKind.NOT_FOUND
)
_CHANGED_SINCE: Final = Refusal(
    "record-changed", "this person's record was changed after the proposal; refuse it, and propose again"
)


class StaffChanges:
    """The staff list as the console shows and changes it."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def people(self) -> tuple[PersonV1, ...]:
        """Return all who are or were on the list, those who work here first."""
        async with self._engine.connect() as connection:
            return tuple(_record(row) for row in (await connection.execute(_PEOPLE)).mappings())

    async def person(self, person_id: str) -> PersonV1 | None:
        """Return the whole record of a person, active or not."""
        async with self._engine.connect() as connection:
            return await _find(connection, person_id)

    async def newest(self, limit: int = 50) -> tuple[ProposedChange, ...]:
        """Return proposals, those that wait first."""
        async with self._engine.connect() as connection:
            return tuple(_change(row) for row in (await connection.execute(_NEWEST, {"limit": limit})).mappings())

    async def propose(self, people: Sequence[PersonV1], act: StaffAct) -> tuple[str, ...] | Refusal:
        """Keep a proposal per person, all or none; return their ids. The version of each follows the one on the list."""
        for person in people:
            refused = refuse_proposal(act.by, person.person_id, act.reason)
            if refused is not None:
                return refused
        async with self._engine.begin() as connection:
            return tuple([await _keep(connection, person, act) for person in people])

    async def rule(self, change_id: str, ruling: Ruling, act: StaffAct) -> Refusal | None:
        """Approve, refuse or withdraw a proposal; what is approved takes effect in the same transaction."""
        try:
            async with self._engine.begin() as connection:
                refused = await _ruled(connection, change_id, ruling, act)
                if refused is not None:
                    await connection.rollback()
                return refused
        except IntegrityError as error:
            if "staff_change_rulings_pkey" not in str(error.orig):
                raise
            return Refusal("already-ended", "another person ended this proposal meanwhile; the list shows by whom")

    async def suspend(self, person_id: str, act: StaffAct) -> Refusal | None:
        """Suspend a person at once; their signatures stay valid."""
        refused = refuse_proposal(act.by, person_id, act.reason)
        if refused is not None:
            return refused
        async with self._engine.begin() as connection:
            changed = (await connection.execute(_SUSPEND, {"person_id": person_id})).all()
            person = await _find(connection, person_id)
            if not changed or person is None:
                return Refusal("not-active", "no active person has this id; the staff list shows all ids")
            content = {"action": "suspended", "reason": act.reason, **person.model_dump(mode="json")}
            await _enter(connection, f"people/{person_id}", act, content)
        return None


async def _keep(connection: AsyncConnection, person: PersonV1, act: StaffAct) -> str:
    """Keep the proposal of one record under a new id."""
    change_id, now = str(uuid4()), await _find(connection, person.person_id)
    next_one = person.model_copy(update={"version": 1 if now is None else now.version + 1})
    content = next_one.model_dump(mode="json")
    row = {"change_id": change_id, "person_id": person.person_id, **_row(act)}
    await connection.execute(_PROPOSE, {**row, "content": orjson.dumps(content).decode()})
    entry = {"action": "proposed", "reason": act.reason, "change": content}
    await _enter(connection, f"staff-change/{change_id}", act, entry)
    return change_id


async def _ruled(connection: AsyncConnection, change_id: str, ruling: Ruling, act: StaffAct) -> Refusal | None:
    row = (await connection.execute(_ONE, {"change_id": change_id})).mappings().first()
    if row is None:
        return _NO_SUCH
    found = _change(row)
    refused = refuse_ruling(act.by, found.change, ruling, act.at)
    if refused is not None:
        return refused
    await connection.execute(_RULE, {"change_id": change_id, "ruling": ruling.value, **_row(act)})
    await _enter(connection, f"staff-change/{change_id}", act, {"action": ruling.value, "reason": act.reason})
    if ruling is not Ruling.APPROVED:
        return None
    if not (await connection.execute(_APPLY, {"change_id": change_id})).all():
        return _CHANGED_SINCE
    content = {"action": "changed", "staff_change": change_id, **found.person.model_dump(mode="json")}
    await _enter(connection, f"people/{found.person.person_id}", act, content)
    return None


def _row(act: StaffAct) -> dict[str, Any]:
    return {"reason": act.reason, "by": act.by.person_id, "role": act.role, "at": act.at}


async def _find(connection: AsyncConnection, person_id: str) -> PersonV1 | None:
    row = (await connection.execute(_PERSON, {"person_id": person_id})).mappings().first()
    return None if row is None else _record(row)


async def _enter(connection: AsyncConnection, subject: str, act: StaffAct, content: Mapping[str, Any]) -> None:
    written = orjson.dumps(content).decode()
    await append_locked(connection, Entry(subject, act.at, act.by.person_id, act.role, None, written))


def _record(row: Mapping[Any, Any]) -> PersonV1:
    named = {name: row[name] for name in ("person_id", "roles", "reports_to", "conflicts", "active", "version")}
    return PersonV1.model_validate_json(orjson.dumps({**named, "licenses": row["licences"]}))


def _change(row: Mapping[Any, Any]) -> ProposedChange:
    change = StaffChange(row["change_id"], row["person_id"], row["reason"], row["proposed_by"], row["proposed_at"])
    if row["ruling"] is not None:
        change = replace(change, ruling=Ruling(row["ruling"]))
    person = PersonV1.model_validate_json(orjson.dumps(row["content"]))
    return ProposedChange(change, person, row["ruling_reason"] or "", row["ruled_by"], row["ruled_at"])
