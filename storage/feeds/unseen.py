"""The condition on a row of a feed that was committed after a claim was read, so that the claim was decided without it.

A row carries the time at which its transaction began. A feed process that is stopped in its transaction, or waits for the disk, commits
minutes later, so that times prove nothing. PostgreSQL's snapshot of the reading does: it names the transactions that had not ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from contracts.records.decisions import DecidedBy

MARGIN: Final = "60 seconds"
"""The time before the reading within which a row still counts as unseen, if no snapshot of the reading is stored."""

# The system column holds the low 32 bits of the transaction id. The next id, which is larger, completes it.
_NEXT: Final = "CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)"
_WRITTEN_BY: Final = (
    f"CAST(CAST({_NEXT} - (({_NEXT} - CAST(CAST({{row}}.xmin AS text) AS bigint)) & 4294967295) AS text) AS xid8)"
)


def unseen(row: str, at: str, reading: str) -> str:
    """Return the condition on a row with the column `at`; `reading` has `read_at` and `snapshot`, which may be null.

    The time bounds the rows by snapshot too, since ids come again after four billion transactions. A snapshot that is ahead of
    PostgreSQL is from before a restore.
    """
    return f"""(CASE WHEN coalesce(pg_snapshot_xmax(CAST({reading}.snapshot AS pg_snapshot)) > pg_snapshot_xmax(pg_current_snapshot()), true)
        THEN {row}.{at} > {reading}.read_at - interval '{MARGIN}'
        ELSE {row}.{at} > {reading}.read_at - interval '1 day'
             AND NOT pg_visible_in_snapshot({_WRITTEN_BY.format(row=row)}, CAST({reading}.snapshot AS pg_snapshot)) END)"""


def read_when(decided: Sequence[DecidedBy]) -> dict[str, str]:
    """Return the parameter of a statement that takes claims with their readings as `:rows`."""
    rows = [
        {"claim_id": each.claim_id, "member_id": each.member_id, "read_at": each.read_at, "snapshot": each.snapshot}
        for each in decided
    ]
    return {"rows": orjson.dumps(rows).decode()}
