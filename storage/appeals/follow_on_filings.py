"""Filings under another reference that continue an existing appeal: kept next to its own filings, used once.

Senders number the versions per reference, so these filings have separate rows: versions of different references are unrelated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.appeals.deciding import as_earlier_appeal
from adjudication.appeals.follow_on_filings import EarlierAppeal
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from contracts.events.appeals import AppealFiledV1
from contracts.stored import read_stored
from storage.appeals.event_history import read_appeals

_EARLIER: Final = text("""
    SELECT appeal_id::text FROM appeals WHERE claim_id = CAST(:claim AS uuid) AND path = :path
      AND appeal_id <> CAST(:but AS uuid) ORDER BY filed_at, appeal_id
""")
# Before the claim's lock, in the order of actions on appeals.
LOCK_APPEALS: Final = text(
    "SELECT 1 FROM appeals WHERE claim_id = CAST(:claim AS uuid) ORDER BY appeal_id FOR NO KEY UPDATE"
)
_GOES_WITH: Final = text("""
    SELECT appeal_id::text FROM appeal_continuations WHERE submitter = :submitter AND appeal_reference = :reference LIMIT 1
""")
_KEEP: Final = text("""
    INSERT INTO appeal_continuations (submitter, appeal_reference, version, appeal_id, opens, content)
    VALUES (:submitter, :reference, :version, CAST(:appeal AS uuid), :opens, CAST(:content AS json))
    ON CONFLICT DO NOTHING
""")
# An older version that arrives after a newer one is stored and has no effect.
_UNTAKEN: Final = text("""
    SELECT submitter, appeal_reference, version, opens, content::text FROM appeal_continuations c
    WHERE appeal_id = CAST(:appeal AS uuid) AND NOT taken AND NOT EXISTS (
        SELECT 1 FROM appeal_continuations n WHERE n.taken AND n.submitter = c.submitter
          AND n.appeal_reference = c.appeal_reference AND n.version > c.version)
    ORDER BY recorded_at, version
""")
_TAKEN: Final = text("""
    UPDATE appeal_continuations SET taken = true
    WHERE submitter = :submitter AND appeal_reference = :reference AND version = :version
""")
_RECEIVED: Final = text("""
    SELECT content::text FROM appeal_filings WHERE appeal_id = CAST(:appeal AS uuid) AND version = :version
    UNION ALL SELECT content::text FROM appeal_continuations
    WHERE submitter = :submitter AND appeal_reference = :reference AND version = :version
""")


@dataclass(frozen=True, slots=True)
class Continuation:
    """A filing that continues an appeal. `opens`: the level that it reaches if it names none."""

    filed: AppealFiledV1
    opens: str | None

    @property
    def name(self) -> str:
        """Its sender, reference and version: how the trail and the documents of the appeal name it."""
        return f"{self.filed.submitter}/{self.filed.appeal_reference}/{self.filed.version}"

    def asking(self) -> AppealFiledV1:
        """Return its request to the appeal; the filing itself counts as a document of the appeal."""
        changes = {"level": self.opens or self.filed.level, "documents": (self.name, *self.filed.documents)}
        return self.filed.model_copy(update=changes)


async def read_earlier(
    connection: AsyncConnection, filing: tuple[str, ClaimId], path: str, reference: ReferenceData
) -> tuple[EarlierAppeal, ...]:
    """Read the other appeals of a claim under one path, for a filing (its id, its claim); the caller holds the claim's lock.

    Raises PathGoneError where the rules of one are not loaded any more.
    """
    but, claim = filing
    ids = (await connection.scalars(_EARLIER, {"claim": claim, "but": but, "path": path})).all()
    found = await read_appeals(connection, ids, reference) if ids else {}
    held = [found[appeal] for appeal in ids]
    return tuple(as_earlier_appeal(each.state, each.filed.appeal_reference) for each in held if each.state is not None)


async def goes_with(connection: AsyncConnection, filed: AppealFiledV1) -> str | None:
    """Return the appeal that filings under this reference continue, or None."""
    key = {"submitter": filed.submitter, "reference": filed.appeal_reference}
    return (await connection.scalars(_GOES_WITH, key)).first()


async def received_otherwise(connection: AsyncConnection, appeal: str, filed: AppealFiledV1) -> bool:
    """Return whether this version of a filing was received before with other content."""
    before = await connection.scalars(_RECEIVED, _key(filed) | {"appeal": appeal})
    return any(read_stored(AppealFiledV1, content) != filed for content in before.all())


async def keep(connection: AsyncConnection, appeal: str, continuation: Continuation) -> None:
    """Store a filing with the appeal that it continues; the same filing again changes nothing."""
    content = {"content": continuation.filed.model_dump_json(exclude_none=True), "opens": continuation.opens}
    await connection.execute(_KEEP, _key(continuation.filed) | content | {"appeal": appeal})


async def untaken(connection: AsyncConnection, appeal: str) -> tuple[Continuation, ...]:
    """Return the filings for an appeal under other references that were not used yet."""
    rows = (await connection.execute(_UNTAKEN, {"appeal": appeal})).all()
    return tuple(Continuation(read_stored(AppealFiledV1, row.content), row.opens) for row in rows)


async def take(connection: AsyncConnection, continuations: Sequence[Continuation]) -> None:
    """Record that these filings were used."""
    for each in continuations:
        await connection.execute(_TAKEN, _key(each.filed))


def _key(filed: AppealFiledV1) -> dict[str, object]:
    return {"submitter": filed.submitter, "reference": filed.appeal_reference, "version": filed.version}
