"""Records the shipped policy releases at the first migration, and finds deciding policy data without a recorded release."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.policy.approval import Deciding, PolicyRelease, needs_release
from adjudication.policy.catalog import PolicyCatalog
from runtime import wiring
from runtime.database_access import owner_dsn
from runtime.settings import Settings
from storage.engine import create_engine
from storage.people.policy_releases import record_shipped, without_release

REMEDY = "have a policy owner and a medical director release it: claimwright policy release {0.policy} {0.version} --author ..."


def record_shipped_releases(settings: Settings) -> tuple[PolicyRelease, ...]:
    """Enter the releases of the policies folder into a ledger that has none yet, as the owner of the database."""
    return asyncio.run(_record(settings.policies_dir, owner_dsn(settings), pooler=settings.postgres_pooler))


async def _record(policies: Path, dsn: str, *, pooler: bool) -> tuple[PolicyRelease, ...]:
    # The models of policy data are slow to import, and commands that only start the processes import this module.
    from rulebook.authoring.releasing import approved_releases  # noqa: PLC0415

    engine = create_engine(dsn, pool_size=1, pooler=pooler)
    try:
        return await record_shipped(engine, approved_releases(policies), wiring.now())
    finally:
        await engine.dispose()


async def unrecorded(engine: AsyncEngine, catalog: PolicyCatalog) -> tuple[Deciding, ...]:
    """Return the policy data that decides claims today and has no release by two people in the ledger."""
    return await without_release(engine, needs_release(catalog, wiring.now().date()))
