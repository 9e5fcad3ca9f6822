"""Changes to the audit trail that only the owner of the database can make."""

from __future__ import annotations

from sqlalchemy import text

from tests.builders.ledger.ledgers import Stores


async def tamper(stores: Stores, *statements: str) -> None:
    """Change the trail as the database's owner would: with the triggers and constraints standing aside."""
    async with stores.engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            assert (await connection.execute(text(statement))).rowcount, statement
