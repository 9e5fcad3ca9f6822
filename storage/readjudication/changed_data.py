"""Raises the campaigns of changed policy data: one comparison per pair of loads, in one transaction with its campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.readjudication.campaigns import CampaignSelection
from adjudication.readjudication.changed_data import DataChange
from contracts.ids import name_based
from storage.audit.trail import Entry, append_locked
from storage.readjudication.campaigns import selection_json
from storage.readjudication.writing import SYSTEM

# The policy data kept before these; nothing where these are not the newest (an earlier load in force again), or are compared already.
_BEFORE: Final = text("""
    SELECT b.policy_bundle FROM policy_bundles b JOIN policy_bundles n ON n.policy_bundle = :now
    WHERE b.policy_bundle <> :now AND NOT EXISTS (SELECT 1 FROM policy_bundles l WHERE l.kept_at > n.kept_at)
      AND NOT EXISTS (SELECT 1 FROM policy_data_compared c WHERE c.policy_bundle = :now)
    ORDER BY b.kept_at DESC LIMIT 1
""")
_COMPARED: Final = text("""
    INSERT INTO policy_data_compared (policy_bundle, earlier, compared_at) VALUES (:now, :earlier, :at)
    ON CONFLICT DO NOTHING RETURNING 1
""")
_DECIDED: Final = text("""
    SELECT q.code FROM unnest(CAST(:codes AS text[])) AS q(code)
    WHERE EXISTS (
        SELECT 1 FROM claim_lines l JOIN determinations d ON d.claim_id = l.claim_id AND d.decides AND d.policy_bundle <> :now
        WHERE l.code = q.code AND (CAST(:first AS date) IS NULL OR l.service_date >= :first))
    ORDER BY 1
""")
_START: Final = text("""
    INSERT INTO campaigns (campaign_id, kind, why, selection, per_second, takes_back, started_by, started_at)
    VALUES (CAST(:id AS uuid), :kind, :why, CAST(:selection AS json), :per_second, false, NULL, :at)
""")
_PER_SECOND: Final = 5


class ChangedData:
    """Comparisons of policy data, and the campaigns that they raise."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def before(self, now: str) -> str | None:
        """Return the hash of the policy data kept before these, if these are the newest and were not compared yet."""
        async with self._engine.connect() as connection:
            found: str | None = await connection.scalar(_BEFORE, {"now": now})
        return found

    async def start(
        self, now: str, earlier: str, changes: Sequence[DataChange], codes: frozenset[str], at: datetime
    ) -> int:
        """Start a campaign for each change that concerns decided claims; return how many. Another worker may have been first.

        `codes`: the codes that stand for any code.
        """
        async with self._engine.begin() as connection:
            pair = {"now": now, "earlier": earlier, "at": at}
            if (await connection.execute(_COMPARED, pair)).first() is None:
                return 0
            started = 0
            for change in changes:
                asked = sorted(codes if change.codes is None else change.codes)
                values = {"codes": asked, "now": now, "first": change.first}
                decided = (await connection.scalars(_DECIDED, values)).all()
                if decided:
                    selection = CampaignSelection(tuple(decided), tuple(sorted(change.plans)), change.first)
                    await _start(connection, pair, change, selection, at)
                    started += 1
        return started


async def _start(
    connection: AsyncConnection, pair: dict[str, object], change: DataChange, selection: CampaignSelection, at: datetime
) -> None:
    now, earlier = str(pair["now"]), str(pair["earlier"])
    campaign_id = name_based(f"campaign:{earlier}:{now}:{change.kind}")
    why = f"Policy data {now[:12]} differ from {earlier[:12]}, by which claims were decided: {change.what}."
    row = {"id": campaign_id, "kind": change.kind.value, "why": why, "selection": selection_json(selection)}
    await connection.execute(_START, {**row, "per_second": _PER_SECOND, "at": at})
    content = {"action": "started", "kind": change.kind.value, "why": why, "policy_data": now, "earlier": earlier}
    await append_locked(
        connection, Entry(f"campaign/{campaign_id}", at, SYSTEM, SYSTEM, None, orjson.dumps(content).decode())
    )
