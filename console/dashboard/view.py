"""The content of the dashboard, from the readings of the sampler. Pure: reads neither a time source nor a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlencode

from adjudication.model.reference import PendRule
from adjudication.model.vocabulary import PendCode
from console.dashboard.charts import Chart, charts
from console.dashboard.legal_deadlines import HORIZONS
from console.dashboard.policy_versions import PolicyInForce
from console.dashboard.readings import RECENT
from console.dashboard.snapshot import FlowSeen, Sampled, Snapshot
from contracts.records.dashboard import AGE_LIMITS, Latency, Totals

WINDOWS: Final = {"hour": "last hour", "day": "last 24 hours", "week": "last 7 days"}
PARTS: Final = {
    "flow": "The flow of claims",
    "lags": "Kafka",
    "processes": "The processes",
    "waiting": "Waiting claims",
    "dead_letters": "Dead letters",
    "orchestration": "Temporal",
    "stuck": "Work that is stuck",
    "totals": "The counts by minute",
    "clocks": "The legal deadlines",
    "ledger": "The size of the ledger",
}
"""The name of each part of the snapshot in messages about parts that cannot be read."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A part that could not be read: since when, why, and how old the shown values are."""

    what: str
    since: datetime
    why: str
    shown_from: datetime | None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the flow: claims per second over the last minute, and claims in the window; no `href`: the list is not for this viewer."""

    key: str
    label: str
    rate: str
    total: str
    href: str


@dataclass(frozen=True, slots=True)
class Stat:
    """One number and the list behind it; no `href`: the list is not for this viewer."""

    label: str
    value: str
    href: str
    note: str = ""
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Claims that wait for one reason; `ages` are counts with the address of each one's list."""

    code: str
    label: str
    owner: str
    claims: int
    href: str
    ages: tuple[tuple[str, int, str], ...]
    oldest_at: datetime
    next_due_at: datetime


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """Lines with the same decision, and the list of their claims."""

    name: str
    detail: str
    lines: int
    href: str
    kind: str


@dataclass(frozen=True, slots=True)
class DashboardView:
    """The whole page."""

    now: datetime
    over: str
    moving: bool
    windows: tuple[tuple[str, str, bool], ...]
    snapshot: Snapshot
    troubles: tuple[Trouble, ...]
    behind: datetime | None
    stages: Mapping[str, Stage]
    stats: tuple[Stat, ...]
    clocks: tuple[Stat, ...]
    reasons: tuple[ReasonRow, ...]
    age_names: tuple[str, ...]
    carcs: tuple[OutcomeRow, ...]
    by_policy: tuple[OutcomeRow, ...]
    policies: tuple[PolicyInForce, ...]
    bundle: str
    charts: tuple[Chart, ...]

    @property
    def stale(self) -> int:
        """Policy versions in force whose review is overdue."""
        return sum(policy.stale and policy.in_force for policy in self.policies)


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of pend codes and policies, which do not change while the process runs."""

    pends: Mapping[PendCode, PendRule]
    policies: tuple[PolicyInForce, ...]
    bundle: str


def dashboard(
    snapshot: Snapshot, words: Words, now: datetime, over: str, *, moving: bool = True, letters: bool = True
) -> DashboardView:
    """Draw the page from a snapshot, for one of WINDOWS; `letters`: the viewer may open the dead letters."""
    dead = "/dead-letters" if letters else ""
    totals = _totals(snapshot, over)
    return DashboardView(
        now=now,
        over=over,
        moving=moving,
        windows=tuple((key, label, key == over) for key, label in WINDOWS.items()),
        snapshot=snapshot,
        troubles=tuple(_troubles(snapshot)),
        behind=snapshot.totals.value.behind if snapshot.totals.value else None,
        stages={stage.key: stage for stage in _stages(snapshot.flow.value, totals, over, dead)},
        stats=tuple(_stats(snapshot, totals, over, dead)),
        clocks=tuple(_clocks(snapshot)),
        reasons=tuple(_reasons(snapshot, words)),
        age_names=AGE_NAMES,
        carcs=tuple(_carcs(totals, over)),
        by_policy=tuple(_by_policy(totals, over)),
        policies=words.policies,
        bundle=words.bundle,
        charts=charts(snapshot.flow.value),
    )


def list_address(name: str, **asked: str) -> str:
    """Return the address of the list behind a number."""
    query = urlencode({key: value for key, value in asked.items() if value})
    return f"/dashboard/lists/{name}" + (f"?{query}" if query else "")


def _troubles(snapshot: Snapshot) -> Iterator[Trouble]:
    for name, what in PARTS.items():
        part: Sampled[Any] = getattr(snapshot, name)
        if part.failing_since is not None:
            yield Trouble(what, part.failing_since, part.trouble, part.at)


def _totals(snapshot: Snapshot, over: str) -> Totals | None:
    seen = snapshot.totals.value
    if seen is None:
        return None
    return {"hour": seen.hour, "day": seen.day, "week": seen.week}[over]


_STAGES: Final = {
    "received": "Received",
    "straight_through": "Straight through",
    "pended": "Must wait",
    "determined": "Determined",
    "appealed": "Appealed",
    "dead_letters": "Dead letters",
}


def _stages(flow: FlowSeen | None, totals: Totals | None, over: str, dead: str) -> Iterator[Stage]:
    recent = () if flow is None else flow.series[-int(RECENT / timedelta(seconds=5)) :]
    for key, label in _STAGES.items():
        rate = None if flow is None else sum(getattr(p.flow, key) for p in recent) / RECENT.total_seconds()
        total = None if totals is None else getattr(totals, key)
        href = dead if key == "dead_letters" else list_address(key.replace("_", "-"), over=over)
        yield Stage(key, label, _rate(rate), "not read yet" if total is None else f"{total:,}", href)


def _rate(rate: float | None) -> str:
    if rate is None:
        return "–"
    return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s" if rate == 0 or rate >= 0.1 else f"{rate * 60:.0f}/min"


def _stats(snapshot: Snapshot, totals: Totals | None, over: str, dead: str) -> Iterator[Stat]:
    share = totals.first_pass if totals else None
    first = "–" if share is None else f"{share:.1%}"
    yield Stat(
        "First pass",
        first,
        list_address("pended", over=over),
        f"decided without a person, of first tries in the {WINDOWS[over]}",
    )
    waiting = snapshot.waiting.value
    yield Stat(
        "Waiting now",
        _count(waiting.claims if waiting else None),
        list_address("waiting"),
        "claims that wait for a person or an event",
    )
    if snapshot.flow.value:
        spread, publishing = snapshot.flow.value.latency, snapshot.flow.value.publishing
        note = f"p95 {_seconds(spread.p95)}, p99 {_seconds(spread.p99)}; receipt to decision, 10 min, straight through"
        yield Stat("Latency p50", _seconds(spread.p50), list_address("straight-through", over="hour"), note)
        yield _publishing(publishing.took, publishing.pending)
    letters = snapshot.dead_letters.value
    refused = None if letters is None else sum(group.letters for group in letters)
    kind = "bad" if refused else "plain"
    yield Stat("Dead letters", _count(refused), dead, "refused and not yet replayed", kind)
    yield Stat(
        "In the ledger",
        _count(snapshot.ledger.value),
        list_address("received", over=over),
        "claims, counted every minute",
    )


def _publishing(took: Latency, pending: int) -> Stat:
    note = f"p95 {_seconds(took.p95)} to publish; {pending:,} of the outbox unpublished"
    return Stat("Publishing p50", _seconds(took.p50), list_address("outbox"), note)


def _clocks(snapshot: Snapshot) -> Iterator[Stat]:
    clocks = snapshot.clocks.value
    if clocks is None:
        return
    hours = [int(limit / timedelta(hours=1)) for limit in HORIZONS]
    yield Stat(
        "Overdue",
        f"{clocks.overdue:,}",
        list_address("clocks", within="overdue"),
        "",
        "bad" if clocks.overdue else "plain",
    )
    before = 0
    for hour, count, kind in zip(hours, clocks.within, ("bad", "warn", "info"), strict=True):
        label = f"Under {hour} h" if not before else f"{before} to {hour} h"
        yield Stat(label, f"{count:,}", list_address("clocks", within=str(hour)), "", kind if count else "plain")
        before = hour
    yield Stat("Later", f"{clocks.later:,}", list_address("clocks", within="later"))
    kind = "warn" if clocks.without else "plain"
    yield Stat(
        "No deadline", f"{clocks.without:,}", list_address("clocks", within="none"), "none could be computed", kind
    )
    notices = snapshot.notices.value
    if notices is not None:
        note = f"{notices.missed:,} past their deadline, {notices.at_risk:,} due within three days, {notices.stuck:,} cannot be issued"
        kind = "bad" if notices.missed or notices.stuck else "warn" if notices.at_risk else "plain"
        yield Stat("Notices not mailed", f"{notices.open:,}", "/mail", note, kind)


def _age_names() -> Iterator[str]:
    days = [limit.days for limit in AGE_LIMITS]
    yield f"under {days[0]} d"
    yield from (f"{low} to {high} d" for low, high in pairwise(days))
    yield f"over {days[-1]} d"


AGE_NAMES: Final = tuple(_age_names())


def _reasons(snapshot: Snapshot, words: Words) -> Iterator[ReasonRow]:
    for reason in snapshot.waiting.value.reasons if snapshot.waiting.value else ():
        rule = words.pends.get(PendCode(reason.code))
        ages = zip(AGE_NAMES, reason.ages, strict=True)
        yield ReasonRow(
            code=reason.code,
            label=rule.label if rule else "not in the tables",
            owner=rule.owner if rule else "",
            claims=reason.claims,
            href=list_address("waiting", key=reason.code),
            ages=tuple(
                (name, count, list_address("waiting", key=reason.code, age=str(place)))
                for place, (name, count) in enumerate(ages)
            ),
            oldest_at=reason.oldest_at,
            next_due_at=reason.next_due_at,
        )


def _carcs(totals: Totals | None, over: str) -> Iterator[OutcomeRow]:
    for line in totals.lines if totals else ():
        name = f"{line.group_code}-{line.carc}" if line.carc else "no adjustment"
        key = f"{line.disposition}|{line.group_code}|{line.carc}"
        kind = "bad" if line.disposition == "denied" else "ok"
        yield OutcomeRow(name, line.disposition, line.lines, list_address("outcome", key=key, over=over), kind)


_RESULTS: Final = {"meets": "ok", "adverse": "bad", "documents": "warn", "contradiction": "warn"}


def _by_policy(totals: Totals | None, over: str) -> Iterator[OutcomeRow]:
    rows = sorted(totals.policies, key=lambda each: (each.policy, each.version, -each.lines)) if totals else ()
    for row in rows:
        key = f"{row.policy}|{row.version}|{row.result}"
        href = list_address("policy", key=key, over=over)
        yield OutcomeRow(f"{row.policy} {row.version}", row.result, row.lines, href, _RESULTS.get(row.result, "info"))


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s" if value < 120 else f"{value / 60:.0f} min"


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
