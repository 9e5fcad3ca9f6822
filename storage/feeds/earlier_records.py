"""Earlier versions of coverage, authorizations and the roster: stores replaced versions, and reads the state at an instant.

A record received again with the same content is not stored twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.readjudication.attribution import Source
from contracts.records.campaigns import AsOf, FeedsThen
from storage.feeds.authorizations import COLUMNS as AUTHORIZATION_COLUMNS
from storage.feeds.authorizations import authorization_of
from storage.feeds.coverage import SPAN_COLUMNS, span_of
from storage.feeds.roster import PROVIDER_COLUMNS, provider_of

_KEYS: Final = {
    "coverage": ("coverage_id", "member_id"),
    "authorizations": ("number", "member_id"),
    "providers": ("npi", "npi"),
}
"""Per table: the column with the record's id, and the column with its member or provider."""

# What the sender does not state stays as it is; `reported_on` and the times are ours.
_KEEP: Final = {
    table: text(f"""
        INSERT INTO earlier_feed_records (feed, record_id, owner, version, until, content)
        SELECT '{table}', c.{key}, c.{owner}, c.version, now(), to_jsonb(c)
        FROM {table} c JOIN json_to_recordset(CAST(:rows AS json)) AS n(named text, newer bigint, stated jsonb) ON n.named = c.{key}
        WHERE c.version < n.newer AND to_jsonb(c) IS DISTINCT FROM to_jsonb(c) || n.stated
        ORDER BY c.{key} FOR UPDATE OF c
        ON CONFLICT DO NOTHING
    """)
    for table, (key, owner) in _KEYS.items()
}
_VERSIONS: Final = {
    table: text(f"""
        WITH named AS (SELECT {key} AS id FROM {table} WHERE {owner} = ANY(:owners)
                       UNION SELECT record_id FROM earlier_feed_records WHERE feed = '{table}' AND owner = ANY(:owners))
        SELECT {columns}, first_at, changed_at, until FROM (
            SELECT (jsonb_populate_record(CAST(NULL AS {table}), content)).*, until FROM earlier_feed_records
            WHERE feed = '{table}' AND record_id IN (SELECT id FROM named)
            UNION ALL SELECT c.*, NULL FROM {table} c WHERE {key} IN (SELECT id FROM named)) v
        ORDER BY {key}, until NULLS LAST
    """)
    for table, columns in (
        ("coverage", f"{SPAN_COLUMNS}, voided"),
        ("authorizations", AUTHORIZATION_COLUMNS),
        ("providers", PROVIDER_COLUMNS),
    )
    for key, owner in [_KEYS[table]]
}


async def keep_replaced(connection: AsyncConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store the versions that these rows are about to replace with other content, in the caller's transaction."""
    key, _ = _KEYS[table]
    newer = [
        {"named": row[key], "newer": row["version"], "stated": {name: row[name] for name in row if _states(row, name)}}
        for row in rows
    ]
    if newer:
        await connection.execute(_KEEP[table], {"rows": orjson.dumps(newer).decode()})


def _states(row: Mapping[str, Any], name: str) -> bool:
    """Return whether a row changes a column; the version is not compared, and an event without other payers changes none."""
    return name != "version" and not (name == "other_coverage" and row[name] is None)


class EarlierRecords:
    """Reads the feeds as of an earlier instant."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def as_were(self, asked: Sequence[AsOf]) -> Sequence[FeedsThen]:
        """Return the state of the feeds for each claim's member and providers at its instant, in the order of the requests."""
        members = sorted({each.member_id for each in asked})
        npis = sorted({npi for each in asked for npi in each.npis})
        async with self._engine.connect() as connection:
            found = {
                table: _Records((await connection.execute(_VERSIONS[table], {"owners": owners})).all(), *_KEYS[table])
                for table, owners in (("coverage", members), ("authorizations", members), ("providers", npis))
            }
        return [_then(each, found) for each in asked]


@dataclass(slots=True)
class _Records:
    """The versions of records, oldest first, by record; and by owner the records that ever were the owner's."""

    rows: Sequence[Row[Any]]
    key: str
    owner: str
    versions: dict[str, list[Row[Any]]] = field(default_factory=dict)
    of: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            named = getattr(row, self.key)
            self.versions.setdefault(named, []).append(row)
            self.of.setdefault(getattr(row, self.owner), set()).add(named)

    def at(self, owner: str, at: datetime) -> tuple[list[Row[Any]], bool]:
        """Return the records of an owner at an instant, and whether they differ from the present ones."""
        found, other = [], False
        for named in sorted(self.of.get(owner, ())):
            versions = self.versions[named]
            row = next((each for each in versions if each.until is None or each.until > at), versions[-1])
            known = row.first_at or row.changed_at
            # Replaced before versions were kept, so the earlier content is not known.
            there = known <= at or row.first_at is None
            if there and getattr(row, self.owner) == owner:
                found.append(row)
            other = other or not there or row.until is not None
        return found, other


def _then(asked: AsOf, records: Mapping[str, _Records]) -> FeedsThen:
    coverage, coverage_other = records["coverage"].at(asked.member_id, asked.at)
    authorizations, authorizations_other = records["authorizations"].at(asked.member_id, asked.at)
    providers = {npi: records["providers"].at(npi, asked.at) for npi in sorted(asked.npis)}
    spans = [span_of(row) for row in coverage if not row.voided]
    changed = {
        Source.COVERAGE: coverage_other,
        Source.AUTHORIZATIONS: authorizations_other,
        Source.PROVIDERS: any(other for _, other in providers.values()),
    }
    return FeedsThen(
        tuple(sorted(spans, key=lambda span: (span.span.starts, span.coverage_id))),
        tuple(authorization_of(row) for row in authorizations),
        {npi: provider_of(row) for npi, (rows, _) in providers.items() for row in rows},
        frozenset(source for source, other in changed.items() if other),
    )
