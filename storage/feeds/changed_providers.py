"""Raises reopenings for decided claims whose providers changed on the roster for days already decided.

No decision changes here: people approve what the reopening proposes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model import outcomes
from adjudication.model.vocabulary import ClaimId, DateRange
from adjudication.steps.roster import Roster, RosteredProvider
from adjudication.steps.roster_changes import ProviderChange, provider_change
from contracts.events.reopenings import Reason, Reopening
from contracts.records.decisions import DecidedBy
from storage.decisions.reopenings import WAITS_FOR_REASON, raise_reopenings
from storage.feeds.roster import CLAIM_PROVIDERS, read_roster
from storage.feeds.unseen import unseen
from storage.outbox import queue

NPIS: Final = "jsonb_path_query_array(CAST(c.payload AS jsonb), 'strict $.**.npi')"
"""SQL: each NPI of claim `c`, exactly as `claims_npis` is built."""

_STATUS: Final = ", ".join(
    f"'{each}'"
    for each in (outcomes.PROVIDER_CONTRACTED, outcomes.PROVIDER_NOT_CONTRACTED, outcomes.PROVIDER_NOT_ON_ROSTER)
)
# A contract counts where the decision depended on it: its findings name the plan. An event too large for its findings may have named it.
_CONTRACT_COUNTED: Final = f"""(v.event -> 'data' -> 'findings_left_out' IS NOT NULL OR EXISTS (
        SELECT 1 FROM json_array_elements(v.event -> 'data' -> 'lines') x, json_array_elements(x -> 'findings') f
        WHERE CAST(x ->> 'line' AS integer) = l.line AND f ->> 'outcome' IN ({_STATUS})
        AND (n.plan IS NULL OR plan_of_finding(CAST(f AS jsonb)) = n.plan)))"""
# An investigation counts as of the day of adjudication. A repeated line stands in later versions, so each version counts.
_ADJUDICATED_THEN: Final = f"""(n.npi = ANY {CLAIM_PROVIDERS} AND EXISTS (
        SELECT 1 FROM determinations w WHERE w.claim_id = l.claim_id
        AND CAST(w.decided_at AT TIME ZONE 'UTC' AS date) >= n.starts
        AND CAST(w.decided_at AT TIME ZONE 'UTC' AS date) < coalesce(n.ends, 'infinity')))"""
_DECIDED: Final = text(f"""
    SELECT DISTINCT l.claim_id::text AS claim, n.npi, n.version, now() AS at
    FROM json_to_recordset(CAST(:rows AS json)) AS n(claim uuid, npi text, version bigint, what text, plan text, starts date, ends date)
    JOIN claims c ON {NPIS} ? n.npi AND (n.claim IS NULL OR c.claim_id = n.claim)
    JOIN claim_lines l USING (claim_id)
    JOIN determination_lines d ON d.claim_id = l.claim_id AND d.line = l.line AND NOT d.superseded
        AND d.disposition IN ('approved', 'denied')
    JOIN determinations v ON v.claim_id = d.claim_id AND v.version = d.version
    WHERE NOT {WAITS_FOR_REASON} AND CASE n.what
        WHEN 'contract' THEN l.billing_npi = n.npi AND l.service_date >= n.starts
            AND l.service_date < coalesce(n.ends, 'infinity') AND {_CONTRACT_COUNTED}
        WHEN 'investigated' THEN d.disposition = 'approved' AND {_ADJUDICATED_THEN}
        WHEN 'cleared' THEN d.disposition = 'denied' AND {_ADJUDICATED_THEN}
        WHEN 'taxonomy' THEN jsonb_path_exists(CAST(c.payload AS jsonb),
            'strict $.** ? (@.npi == $npi && (!exists(@.taxonomy) || @.taxonomy == null))', jsonb_build_object('npi', n.npi))
        ELSE true END
    ORDER BY 1, 2
""")
_MEANWHILE: Final = text(f"""
    SELECT w.claim_id, v.npi
    FROM json_to_recordset(CAST(:rows AS json)) AS w(claim_id text, npi text, read_at timestamptz, snapshot text)
    JOIN providers v USING (npi) WHERE {unseen("v", "changed_at", "w")}
""")


async def raise_changed_providers(connection: AsyncConnection, npis: Sequence[str], before: Roster) -> None:
    """Raise decided claims of these providers, in the caller's transaction, after the roster is written."""
    now = await read_roster(connection, npis)
    changed = [
        (None, provider, provider_change(before.get(npi), provider))
        for npi, provider in now.items()
        if npi not in before or before[npi].version < provider.version
    ]
    await _raise(connection, [row for each in changed for row in _rows(*each)])


async def raise_missed_providers(connection: AsyncConnection, decided: Sequence[DecidedBy]) -> None:
    """Raise claims whose providers' roster was committed after they were read. Call it after the decisions are committed."""
    asked = [
        {"claim_id": each.claim_id, "npi": npi, "read_at": each.read_at, "snapshot": each.snapshot}
        for each in decided
        for npi in sorted(each.npis)
    ]
    if not asked:
        return
    found = (await connection.execute(_MEANWHILE, {"rows": orjson.dumps(asked).decode()})).all()
    if not found:
        return
    now = await read_roster(connection, sorted({row.npi for row in found}))
    known = {each.claim_id: each.roster for each in decided}
    rows: list[dict[str, Any]] = []
    for row in found:
        roster, provider = known[ClaimId(row.claim_id)], now[row.npi]
        change = None if roster is None else provider_change(roster.get(row.npi), provider)
        rows += _rows(ClaimId(row.claim_id), provider, change)
    await _raise(connection, rows)


def _rows(claim: ClaimId | None, provider: RosteredProvider, change: ProviderChange | None) -> Iterator[dict[str, Any]]:
    """Yield the parameters of `_DECIDED`. Without a change that is known, whatever was decided may be another."""
    named: dict[str, Any] = {"claim": claim, "npi": provider.npi, "version": provider.version}
    if change is None:
        yield named | {"what": "unknown"}
        return
    for plan, span in change.contracts:
        yield named | {"what": "contract", "plan": plan} | _days(span)
    for what, spans in (("investigated", change.investigated), ("cleared", change.cleared)):
        yield from (named | {"what": what} | _days(span) for span in spans)
    if change.taxonomy:
        yield named | {"what": "taxonomy"}


def _days(span: DateRange) -> dict[str, Any]:
    return {"starts": span.starts, "ends": span.ends}


async def _raise(connection: AsyncConnection, rows: Iterable[Mapping[str, Any]]) -> None:
    keys = {"rows": orjson.dumps(list(rows)).decode(), "raised": Reason.PROVIDER_CHANGED.value}
    if keys["rows"] == "[]":
        return
    raised: dict[str, Reopening] = {}
    for row in (await connection.execute(_DECIDED, keys)).all():
        cause = f"{row.npi}/{row.version}"
        raised.setdefault(row.claim, Reopening(ClaimId(row.claim), Reason.PROVIDER_CHANGED, cause, row.at))
    await queue.put(connection, await raise_reopenings(connection, raised.values()))
