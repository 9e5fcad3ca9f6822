"""Reads the address and language of the letters about a claim, from enrollment, the roster and the claim."""

from __future__ import annotations

from datetime import date
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.letters.letter import Audience
from adjudication.model.claim import Claim
from contracts.events.addresses import AddressV1
from contracts.stored import read_stored_by

# Persons of one member id may live apart: the address is that of a span that covers this person, today's before others.
_MEMBER: Final = text("""
    SELECT (patient -> 'address')::text FROM coverage
    WHERE member_id = :member AND birth_date = :born AND NOT voided AND (patient -> 'address') IS NOT NULL
      AND (patient ->> 'given_name' IS NULL OR lower(patient ->> 'given_name') = lower(:given))
    ORDER BY (starts <= :day AND (ends IS NULL OR ends > :day)) DESC, changed_at DESC, coverage_id LIMIT 1
""")
# The roster is the plan's own record; the claim has the biller's address at the time of billing (837 2010AA).
_PROVIDER: Final = text("""
    SELECT coalesce((SELECT address::text FROM providers WHERE npi = :npi),
                    (SELECT payload -> 'billing' ->> 'address' FROM claims WHERE claim_id = CAST(:claim_id AS uuid)))
""")
_LANGUAGE: Final = text("""
    SELECT patient ->> 'language' FROM coverage
    WHERE member_id = :member AND birth_date = :born AND NOT voided AND (patient ->> 'language') IS NOT NULL
      AND (patient ->> 'given_name' IS NULL OR lower(patient ->> 'given_name') = lower(:given))
    ORDER BY (starts <= :day AND (ends IS NULL OR ends > :day)) DESC, changed_at DESC, coverage_id LIMIT 1
""")
_ADDRESS: Final = TypeAdapter(AddressV1)


async def language_of(engine: AsyncEngine, claim: Claim, day: date) -> str | None:
    """Return the language that enrollment states for the person of a claim (ISO 639); None if it states none."""
    member = claim.member
    person = {"member": member.member_id, "born": member.birth_date, "given": member.given_name, "day": day}
    async with engine.connect() as connection:
        found: str | None = await connection.scalar(_LANGUAGE, person)
    return found


async def addresses_of(engine: AsyncEngine, claim: Claim, day: date) -> dict[Audience, tuple[str, ...]]:
    """Return the printed lines of the address by reader as of a day; a reader without an address of record is absent."""
    member = claim.member
    person = {"member": member.member_id, "born": member.birth_date, "given": member.given_name, "day": day}
    provider = {"npi": claim.billing.npi, "claim_id": claim.claim_id}
    async with engine.connect() as connection:
        stored = {
            Audience.MEMBER: await connection.scalar(_MEMBER, person),
            Audience.PROVIDER: await connection.scalar(_PROVIDER, provider),
        }
    return {
        audience: read_stored_by(_ADDRESS, found).printed for audience, found in stored.items() if found is not None
    }
