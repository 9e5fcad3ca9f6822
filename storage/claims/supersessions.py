"""Claims that give way to a replacement or void, in the transaction that decides it: all of it or nothing.

May not decide what gives way: adjudication/corrections/judge.py did, on what it read. Here that is checked again under lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.determination import Determination
from adjudication.model.vocabulary import Frequency
from contracts.records.decisions import Publication, StoredClaim, SupersededClaim

# Conflicts with the lock a determination's foreign key takes: whoever decides one of them comes before or after us.
_LOCK: Final = text("SELECT 1 FROM claims WHERE claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY claim_id FOR UPDATE")
# Asked in a statement of its own: one that waited for its lock still reads what it saw before.
_VERSIONS: Final = text("""
    SELECT claim_id::text, max(version) AS version FROM determinations WHERE claim_id = ANY(CAST(:ids AS uuid[])) GROUP BY 1
""")
_TAKE: Final = text("""
    INSERT INTO supersessions (claim_id, by_claim, version)
    SELECT t.claim_id, CAST(:by AS uuid), t.version
    FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS integer[])) AS t(claim_id, version)
    ON CONFLICT (claim_id) DO UPDATE SET by_claim = EXCLUDED.by_claim, version = EXCLUDED.version, recorded_at = now()
    WHERE supersessions.version IS NULL
      AND (supersessions.by_claim = EXCLUDED.by_claim OR supersessions.by_claim = ANY(CAST(:ids AS uuid[])))
    RETURNING claim_id
""")
_RETURN_UNITS: Final = text("""
    UPDATE authorization_uses SET released_at = now()
    WHERE claim_id = ANY(CAST(:ids AS uuid[])) AND released_at IS NULL
""")
_FREE: Final = text("DELETE FROM supersessions WHERE by_claim = ANY(CAST(:ids AS uuid[])) AND version IS NULL")

Taken = tuple[Publication, Determination]


class ChangedMeanwhileError(Exception):
    """A claim that was to give way is no longer as it was read; its correction is refused and reads again."""

    def __init__(self) -> None:
        """Say it without naming anybody's claim."""
        super().__init__("what gives way changed after it was read; the correction is tried again on what it is now")


async def give_way(connection: AsyncConnection, publications: Sequence[Publication]) -> list[Taken]:
    """Record what gives way to these claims, return its units, and hand back its determinations to be written.

    Raises ChangedMeanwhileError when one of them was decided, replaced or voided since it was read.
    """
    taken: list[Taken] = []
    for publication in publications:
        if publication.gives_way:
            await _take(connection, publication)
            taken += [
                (Publication(StoredClaim(g.claim, 0, determined=True), d, publication.round, g.messages), d)
                for g in publication.gives_way
                if (d := g.determination) is not None
            ]
    return taken


async def free_reservations(connection: AsyncConnection, publications: Sequence[Publication]) -> None:
    """Let go of what corrections that are decided, or gave way themselves, had reserved and did not take."""
    corrections = [p.stored.claim for p in publications if p.stored.claim.frequency is not Frequency.ORIGINAL]
    if corrections:
        await connection.execute(_FREE, {"ids": [claim.claim_id for claim in corrections]})


async def _take(connection: AsyncConnection, publication: Publication) -> None:
    ids = [given.claim.claim_id for given in publication.gives_way]
    await connection.execute(_LOCK, {"ids": ids})
    rows = (await connection.execute(_VERSIONS, {"ids": ids})).all()
    now: dict[str, int] = {row.claim_id: row.version for row in rows}
    if any(now.get(given.claim.claim_id, 0) != given.version for given in publication.gives_way):
        raise ChangedMeanwhileError
    values: dict[str, Any] = {"ids": ids, "versions": [_version(given) for given in publication.gives_way]}
    taken = (await connection.scalars(_TAKE, {**values, "by": publication.stored.claim.claim_id})).all()
    if len(taken) != len(ids):
        raise ChangedMeanwhileError
    final = [given.claim.claim_id for given in publication.gives_way if given.determination is not None]
    if final:
        await connection.execute(_RETURN_UNITS, {"ids": final})


def _version(given: SupersededClaim) -> int | None:
    return None if given.determination is None else given.determination.version
