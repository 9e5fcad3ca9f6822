"""The stuck work: open in the ledger and without progress. Doctor, verify, the dashboard and readiness show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.records.reconciliation import Missing, Stuck, Work

LATE: Final = timedelta(minutes=2)
"""Batches take seconds and messages less: older work does not proceed by itself."""

UNSEEN: Final = timedelta(minutes=15)
"""Reconciliation compares all work every five minutes (runtime/reconciliation/service.py)."""

NOTICES_MISSED: Final = "notices were not mailed by their legal deadline"
LETTERS_STUCK: Final = "notices have letters that cannot be issued"
MONITORS_STUCK: Final = "monitors of drafts judge nothing"

_NOTE: Final = text("""
    INSERT INTO reconciliations AS r (work, looked_at, open, missing, started, since, started_ever)
    VALUES (:work, now(), :open, :missing, :started, :since, :started)
    ON CONFLICT (work) DO UPDATE SET looked_at = excluded.looked_at, open = excluded.open, missing = excluded.missing,
        started = excluded.started, since = excluded.since, started_ever = r.started_ever + excluded.started
""")
_LOOKED: Final = text("SELECT work, looked_at, missing, started, since FROM reconciliations")
_LATE: Final = text("""
    SELECT 'batches' AS what, count(*) AS entries, min(registered_at) AS since FROM batches
    WHERE finished_at IS NULL AND registered_at < :late
    UNION ALL SELECT 'outbox', count(*), min(created_at) FROM outbox WHERE published_at IS NULL AND created_at < :late
    UNION ALL SELECT 'actions', count(*), min(submitted_at) FROM
        (SELECT submitted_at FROM review_actions a WHERE accepted IS NULL AND submitted_at BETWEEN :day_ago AND :late
            AND EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = a.claim_id AND p.closed_at IS NULL)
         UNION ALL SELECT submitted_at FROM appeal_actions a JOIN appeals USING (appeal_id)
         WHERE accepted IS NULL AND submitted_at BETWEEN :day_ago AND :late AND NOT closed) unanswered
    UNION ALL SELECT 'withheld', count(*), min(withheld_at) FROM withheld_events w JOIN determinations d USING (event_id)
        WHERE differs AND NOT EXISTS (SELECT 1 FROM determinations n WHERE n.claim_id = d.claim_id AND n.version > d.version)
    UNION ALL SELECT 'not-restored', count(*), min(recorded_at) FROM published_decisions p
        WHERE standing <> 'restored'
          AND NOT EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = p.claim_id AND d.version >= p.version)
    UNION ALL SELECT 'notices', count(*), min(due_at) FROM notices_due
        WHERE sent_at IS NULL AND NOT superseded AND due_at < :late
    UNION ALL SELECT 'letters', count(*), min(decided_at) FROM notices_due
        WHERE sent_at IS NULL AND NOT superseded AND stuck IS NOT NULL
    UNION ALL SELECT 'monitors', count(*), min(coalesce(looked_at, started_at)) FROM monitors m
        WHERE NOT EXISTS (SELECT 1 FROM monitor_stops s WHERE s.monitor_id = m.monitor_id)
          AND ends_on >= (CAST(:now AS timestamptz) AT TIME ZONE 'UTC')::date
          AND (trouble IS NOT NULL OR coalesce(looked_at, started_at) < :unseen)
""")
_OPEN: Final = text("""
    SELECT EXISTS (SELECT 1 FROM pends WHERE closed_at IS NULL) AS claims,
           EXISTS (SELECT 1 FROM appeals WHERE NOT closed AND path IS NOT NULL) AS appeals
""")
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "batches": (
        "batches of claims are registered but not decided",
        "look at the worker's log and at `claimwright status`; `claimwright reconcile` starts those that Temporal lost",
    ),
    "outbox": (
        "entries of the outbox are not published",
        "look at the publisher's log; it sends them as soon as Kafka takes them",
    ),
    "actions": (
        "actions of reviewers have no answer",
        "run `claimwright reconcile`, then ask the reviewer to send the action again",
    ),
    "notices": (
        NOTICES_MISSED,
        "see `claimwright letters due` for what each lacks, and ask the mail house for what it has not confirmed",
    ),
    "letters": (
        LETTERS_STUCK,
        "see `claimwright letters due` or the mail page for what each lacks; they are issued by themselves once it is there",
    ),
    "monitors": (
        MONITORS_STUCK,
        "see `claimwright monitor list` for why; correct the draft, start the reconciler, or stop the monitor",
    ),
    "withheld": (
        "decisions are withheld: before the restore, another decision was published for the claim",
        "compare the two as docs/operations/restore.md says, then correct the claim",
    ),
    "not-restored": (
        "published decisions are not in the ledger again",
        "see docs/operations/restore.md: a clinical denial needs a physician's signature again",
    ),
    Work.CLAIMS: (
        "pended claims had no workflow and could not be started",
        "look at the reconciler's log, then run `claimwright reconcile`",
    ),
    Work.MISSED_EVENTS: (
        "pended claims wait for what is in the ledger, and could not be tried again",
        "look at the reconciler's log, then run `claimwright reconcile`",
    ),
    Work.APPEALS: (
        "open appeals had no workflow and could not be started",
        "look at the reconciler's log, then run `claimwright reconcile`",
    ),
    Work.BULK_RETRIES: (
        "bulk retries had no workflow and could not be started",
        "look at the reconciler's log, then run `claimwright reconcile`",
    ),
    Work.CAMPAIGNS: (
        "campaigns had no workflow and could not be started",
        "look at the reconciler's log, then run `claimwright reconcile`",
    ),
    Work.REOPENINGS: (
        "open reopenings had no workflow and could not be started",
        "look at the reconciler's log, then run `claimwright reconcile`",
    ),
}
_UNSEEN_WORDS: Final = "kinds of open work were not compared with Temporal lately"
_UNSEEN_REMEDY: Final = "start the reconciler with `claimwright up`, or run `claimwright reconcile` once"


async def note_looks(engine: AsyncEngine, looks: Iterable[Missing]) -> None:
    """Record the result of comparing each kind of work."""
    rows = [
        {"work": look.work, "open": look.open, "missing": look.missing, "started": look.started, "since": look.since}
        for look in looks
    ]
    if rows:
        async with engine.begin() as connection:
            await connection.execute(_NOTE, rows)


async def stuck_work(engine: AsyncEngine, now: datetime) -> tuple[Stuck, ...]:
    """Return the stuck work; empty when there is none."""
    async with engine.connect() as connection:
        late = (await connection.execute(_LATE, _times(now))).all()
        looked = (await connection.execute(_LOOKED)).all()
        unseen = await _unseen(connection, looked, now)
    found = [_stuck(row.what, row.entries, row.since) for row in late if row.entries]
    found += [
        _stuck(row.work, row.missing - row.started, row.since)
        for row in looked
        if row.work in _WORDS and row.work != Work.BATCHES and row.missing > row.started
    ]
    return (*found, *unseen)


def _times(now: datetime) -> dict[str, datetime]:
    return {"late": now - LATE, "day_ago": now - timedelta(days=1), "now": now, "unseen": now - UNSEEN}


def _stuck(what: str, count: int, since: datetime | None) -> Stuck:
    words, remedy = _WORDS[what]
    return Stuck(words, count, since, remedy)


class StuckQueries:
    """Reads the stuck work, for the dashboard."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def stuck(self, now: datetime) -> tuple[Stuck, ...]:
        """Return the stuck work; empty when there is none."""
        return await stuck_work(self._engine, now)


async def _unseen(connection: AsyncConnection, looked: Sequence[Row[Any]], now: datetime) -> tuple[Stuck, ...]:
    """Report that open claims and appeals were not compared with Temporal lately."""
    row = (await connection.execute(_OPEN)).one()
    newest = {each.work: each.looked_at for each in looked}
    seen = [newest.get(work) for work, is_open in ((Work.CLAIMS, row.claims), (Work.APPEALS, row.appeals)) if is_open]
    if all(at is not None and now - at < UNSEEN for at in seen):
        return ()
    since = min((at for at in seen if at is not None), default=None)
    return (Stuck(_UNSEEN_WORDS, len(seen), since, _UNSEEN_REMEDY),)
