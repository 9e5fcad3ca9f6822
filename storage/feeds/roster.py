"""Reads the provider roster in the newest version that the roster feed sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.appeals.superseding import Before
from adjudication.model.findings import Finding
from adjudication.model.vocabulary import DateRange, PlanId
from adjudication.steps.roster import (
    Investigation,
    ProviderContract,
    RosteredProvider,
    asked_of_roster,
    verify_providers,
)

CLAIM_PROVIDERS: Final = """(
    ARRAY[c.payload -> 'billing' ->> 'npi', c.payload -> 'rendering' ->> 'npi']
    || ARRAY(SELECT l -> 'rendering' ->> 'npi' FROM json_array_elements(c.payload -> 'lines') l))"""
"""SQL: the NPIs of claim `c` that the roster is checked for, its billing provider and all rendering providers."""

PROVIDER_COLUMNS: Final = "npi, version, contracts, investigations, taxonomy"
"""The columns that `provider_of` reads."""

_PROVIDERS: Final = text(f"SELECT {PROVIDER_COLUMNS} FROM providers WHERE npi = ANY(:npis)")


class PostgresRoster:
    """Reads the roster by provider."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def providers(self, npis: Sequence[str]) -> Mapping[str, RosteredProvider]:
        """Return those of the providers (NPI) that are on the roster."""
        async with self._engine.connect() as connection:
            return await read_roster(connection, npis)


async def read_status(connection: AsyncConnection, before: Before) -> tuple[Finding, ...]:
    """Return the present roster status of a determined claim's providers; empty if none of its plans keeps a roster."""
    npis = asked_of_roster(before.claim, before.plans)
    if not npis:
        return ()
    roster = await read_roster(connection, sorted(npis))
    return verify_providers(before.claim, before.plans, roster, before.decided_at.date())


async def read_roster(connection: AsyncConnection, npis: Sequence[str]) -> dict[str, RosteredProvider]:
    """Return the providers that are on the roster, as the caller's transaction sees them."""
    rows = (await connection.execute(_PROVIDERS, {"npis": list(npis)})).all()
    return {row.npi: provider_of(row) for row in rows}


def provider_of(row: Any) -> RosteredProvider:
    """Return a provider from its stored row."""
    return RosteredProvider(
        npi=row.npi,
        version=row.version,
        contracts=tuple(ProviderContract(PlanId(each["plan_id"]), _span(each)) for each in row.contracts),
        investigations=tuple(Investigation(each["case_reference"], _span(each)) for each in row.investigations),
        taxonomy=row.taxonomy,
    )


def _span(stored: Mapping[str, str]) -> DateRange:
    ends = stored.get("ends")
    return DateRange(date.fromisoformat(stored["starts"]), None if ends is None else date.fromisoformat(ends))
