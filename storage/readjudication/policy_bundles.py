"""Keeps the policy data by which claims were decided, as archives by their hash: a campaign judges with the data of the decision."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_KEPT: Final = text("SELECT content FROM policy_bundles WHERE policy_bundle = :bundle")
_KEEP: Final = text("""
    INSERT INTO policy_bundles (policy_bundle, content) VALUES (:bundle, :content) ON CONFLICT DO NOTHING
""")


class PolicyBundles:
    """Archives of policy data."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def read(self, bundle: str) -> bytes | None:
        """Return the archive of policy data; None where they are not kept."""
        async with self._engine.connect() as connection:
            found = await connection.scalar(_KEPT, {"bundle": bundle})
        return None if found is None else bytes(found)

    async def keep(self, bundle: str, content: bytes) -> None:
        """Store an archive; one that is kept already stays as it is."""
        async with self._engine.begin() as connection:
            await connection.execute(_KEEP, {"bundle": bundle, "content": content})
