"""The staff who may work on claims, as the credentialing system reports them: roles, licenses, who reports to whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.vocabulary import DateRange
from adjudication.people import License, Role, StaffMember
from contracts.actions.people import PersonV1

_PUT: Final = text("SELECT person_id FROM change_people(CAST(:rows AS json)) AS changed(person_id)")
"""A function of the owner: no role may write the table. The transaction must also record each change in the trail."""

_GET: Final = text("SELECT * FROM people WHERE person_id = :person AND active")
_EVER: Final = text("SELECT * FROM people WHERE person_id = :person")
_LICENSES: Final = text("SELECT person_id, licences FROM people WHERE person_id = ANY(CAST(:people AS text[]))")
_ALL: Final = text("SELECT * FROM people WHERE active ORDER BY person_id")
_LINES: Final = text("SELECT person_id, reports_to FROM people")
_WITH_ROLES: Final = text("""
    SELECT * FROM people p WHERE active AND EXISTS (
        SELECT 1 FROM json_array_elements_text(p.roles) AS r(role) WHERE r.role = ANY(CAST(:roles AS text[])))
    ORDER BY person_id
""")


async def write_people(connection: AsyncConnection, people: Sequence[PersonV1]) -> frozenset[str]:
    """Add or update people within the caller's transaction; return the ids of those that changed."""
    newest: dict[str, PersonV1] = {}
    for person in people:
        if person.person_id not in newest or newest[person.person_id].version < person.version:
            newest[person.person_id] = person
    rows = [person.model_dump(mode="json") for person in newest.values()]
    changed = await connection.scalars(_PUT, {"rows": orjson.dumps(rows).decode()})
    return frozenset(changed.all())


async def find_person(connection: AsyncConnection, person_id: str) -> StaffMember | None:
    """Return an active person."""
    row = (await connection.execute(_GET, {"person": person_id})).mappings().first()
    return None if row is None else _person(dict(row))


async def find_acting(connection: AsyncConnection, person_id: str, roles: Sequence[str] | None) -> StaffMember | None:
    """Return an active person in the roles they acted in, as far as the staff list still gives them; None: in all."""
    person = await find_person(connection, person_id)
    if person is None or roles is None:
        return person
    return replace(person, roles=frozenset(role for role in person.roles if role.value in roles))


async def find_any_person(connection: AsyncConnection, person_id: str) -> StaffMember:
    """Return a person who is or was on the list: a signature stays valid after its author left."""
    return _person(dict((await connection.execute(_EVER, {"person": person_id})).mappings().one()))


async def licenses_of(connection: AsyncConnection, people: Iterable[str]) -> dict[str, tuple[License, ...]]:
    """Return the licenses of people, inactive ones too: earlier signatures were given under them."""
    rows = (await connection.execute(_LICENSES, {"people": sorted(set(people))})).all()
    return {row.person_id: tuple(_license(license) for license in row.licences) for row in rows}


async def active_people(engine: AsyncEngine) -> tuple[StaffMember, ...]:
    """Return the whole staff, by id."""
    async with engine.connect() as connection:
        return tuple(_person(dict(row)) for row in (await connection.execute(_ALL)).mappings())


async def reporting_lines(connection: AsyncConnection) -> dict[str, str | None]:
    """Return who reports to whom, inactive people too: independence looks back."""
    rows = (await connection.execute(_LINES)).all()
    return {row.person_id: row.reports_to for row in rows}


async def people_with_roles(connection: AsyncConnection, roles: Collection[Role]) -> tuple[StaffMember, ...]:
    """Return the active people who have one of these roles, by id."""
    rows = (await connection.execute(_WITH_ROLES, {"roles": sorted(role.value for role in roles)})).mappings().all()
    return tuple(_person(dict(row)) for row in rows)


def _person(row: Mapping[str, Any]) -> StaffMember:
    return StaffMember(
        person_id=row["person_id"],
        roles=frozenset(Role(role) for role in row["roles"]),
        licenses=tuple(_license(license) for license in row["licences"]),
        reports_to=row["reports_to"],
        conflicts=frozenset(row["conflicts"]),
    )


def _license(record: Mapping[str, Any]) -> License:
    ends = record.get("ends")
    return License(
        number=record["number"],
        state=record["state"],
        profession=record["profession"],
        expertise=frozenset(record["expertise"]),
        valid=DateRange(date.fromisoformat(record["starts"]), None if ends is None else date.fromisoformat(ends)),
        restricted=record.get("restricted", False),
    )
