"""Exposes the dashboard's last sample as metrics, so that a scrape queries no server.

Every console process shows the same figures; alert rules take the largest. `claimwright_observed_age_seconds` is the age of
each part. Labels are topics, groups, codes and process names, never claim data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from console.dashboard.legal_deadlines import HORIZONS, DeadlinesAtRisk
from console.dashboard.ports import Orchestration, ProcessState, TopicLag
from console.dashboard.sampler import Sampler
from console.dashboard.snapshot import FlowSeen, Sampled, Snapshot
from contracts.records.dashboard import DeadLetterGroup, OpenBatches, Waiting
from contracts.time_source import TimeSource
from storage.outbox.shards import SHARDS

_PARTITION: Final = ("topic", "group", "partition")

GAUGES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "claimwright_observed_age_seconds": ("How long ago a part of the flow was read", ("part",)),
    "claimwright_outbox_pending": ("Entries of the outbox that are not published, by shard", ("shard",)),
    "claimwright_outbox_oldest_age_seconds": ("Age of the oldest entry that is not published, by shard", ("shard",)),
    "claimwright_open_batches": ("Batches of claims that are registered and not committed", ()),
    "claimwright_open_batches_oldest_age_seconds": ("Age of the oldest batch that is not committed", ()),
    "claimwright_unread_records": ("Records that a group has not acknowledged", _PARTITION),
    "claimwright_unread_oldest_age_seconds": ("Age of the oldest record that is not acknowledged", _PARTITION),
    "claimwright_pended_claims": ("Pended claims", ()),
    "claimwright_pended_claims_by_code": ("Pended claims by pend code; a claim may have several", ("code",)),
    "claimwright_pend_overdue_seconds": (
        "How long the most overdue pend of a code is past its due time; 0 if none is",
        ("code",),
    ),
    "claimwright_legal_deadlines": (
        "Pended claims by the time left of their first legal deadline: overdue, 4h, 24h, 72h, later, unknown",
        ("left",),
    ),
    "claimwright_open_dead_letters": ("Dead letters neither replayed nor closed", ("topic", "refusal")),
    "claimwright_open_dead_letters_oldest_age_seconds": ("Age of the oldest dead letter that is open", ()),
    "claimwright_temporal_workers": ("Workers that poll Temporal for claims", ()),
    "claimwright_temporal_backlog": ("Tasks that wait in Temporal for a worker", ()),
    "claimwright_temporal_backlog_age_seconds": ("Age of the oldest task that waits in Temporal", ()),
    "claimwright_open_workflows": ("Workflows that run, by type", ("workflow",)),
    "claimwright_supervised_ready": ("1 while a process of the console's host is ready", ("process",)),
    "claimwright_supervised_restarts": ("Restarts by the process supervisor of the console's host", ("process",)),
}
"""Every gauge: its help text and its labels."""

Reading = tuple[str, tuple[str, ...], float]
"""The name of a gauge without `claimwright_`, the values of its labels, and its value."""


class FlowMetrics(Collector):
    """Gauges drawn from a snapshot at each scrape; a part that was never read shows nothing."""

    def __init__(self, sampler: Sampler, now: TimeSource) -> None:
        """Show the readings of this sampler."""
        self._sampler, self._now = sampler, now

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges that have a value."""
        families = {family.name: family for family in self.describe()}
        for name, labels, value in readings(self._sampler.snapshot, self._now()):
            families[f"claimwright_{name}"].add_metric(labels, value)
        yield from (family for family in families.values() if family.samples)

    def describe(self) -> Sequence[GaugeMetricFamily]:
        """Return every gauge without values."""
        return [GaugeMetricFamily(name, text, labels=labels) for name, (text, labels) in GAUGES.items()]


def show_flow(sampler: Sampler, now: TimeSource, registry: CollectorRegistry = REGISTRY) -> None:
    """Register the flow's gauges at /metrics of this process."""
    registry.register(FlowMetrics(sampler, now))


def readings(seen: Snapshot, now: datetime) -> Iterator[Reading]:
    """Yield every value of a snapshot."""
    for part, read in _READ.items():
        sampled: Sampled[Any] = getattr(seen, part)
        if sampled.at is not None and sampled.value is not None:
            yield "observed_age_seconds", (part,), _age(sampled.at, now)
            yield from read(sampled.value, now)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _outbox(flow: FlowSeen, now: datetime) -> Iterator[Reading]:
    """Yield every shard, also those that are empty; rows without a shard only while there are some."""
    waiting = {each.shard: each for each in flow.publishing.shards}
    for shard in (*range(SHARDS), *({None} & waiting.keys())):
        found, label = waiting.get(shard), ("none" if shard is None else str(shard),)
        yield "outbox_pending", label, 0 if found is None else found.pending
        yield "outbox_oldest_age_seconds", label, 0.0 if found is None else _age(found.oldest_at, now)


def _batches(found: OpenBatches, now: datetime) -> Iterator[Reading]:
    yield "open_batches", (), found.batches
    yield "open_batches_oldest_age_seconds", (), _age(found.oldest_at, now)


def _lags(topics: Sequence[TopicLag], now: datetime) -> Iterator[Reading]:
    for topic in topics:
        for part in topic.partitions:
            labels = (topic.topic, topic.group, str(part.partition))
            yield "unread_records", labels, part.unread
            yield "unread_oldest_age_seconds", labels, _age(part.oldest_at, now) if part.unread else 0.0


def _waiting(waiting: Waiting, now: datetime) -> Iterator[Reading]:
    yield "pended_claims", (), waiting.claims
    for reason in waiting.reasons:
        yield "pended_claims_by_code", (reason.code,), reason.claims
        yield "pend_overdue_seconds", (reason.code,), _age(reason.next_due_at, now)


def _deadlines(found: DeadlinesAtRisk, _now: datetime) -> Iterator[Reading]:
    names = ("overdue", *(f"{int(limit.total_seconds()) // 3600}h" for limit in HORIZONS), "later", "unknown")
    counts = (found.overdue, *found.within, found.later, found.without)
    for name, count in zip(names, counts, strict=True):
        yield "legal_deadlines", (name,), count


def _dead_letters(groups: Sequence[DeadLetterGroup], now: datetime) -> Iterator[Reading]:
    letters: dict[tuple[str, str], int] = {}
    for each in groups:
        letters[each.topic, each.refusal] = letters.get((each.topic, each.refusal), 0) + each.letters
    for labels, count in letters.items():
        yield "open_dead_letters", labels, count
    yield "open_dead_letters_oldest_age_seconds", (), _age(min((each.oldest_at for each in groups), default=None), now)


def _orchestration(seen: Orchestration, _now: datetime) -> Iterator[Reading]:
    yield "temporal_workers", (), len(seen.workers)
    yield "temporal_backlog", (), seen.backlog
    yield "temporal_backlog_age_seconds", (), seen.oldest.total_seconds()
    for each in seen.open:
        yield "open_workflows", (each.workflow,), each.open


def _processes(states: Sequence[ProcessState], _now: datetime) -> Iterator[Reading]:
    for state in states:
        yield "supervised_ready", (state.name,), float(state.ready)
        if state.kept is not None:
            yield "supervised_restarts", (state.name,), state.restarts


_READ: Final[Mapping[str, Callable[[Any, datetime], Iterator[Reading]]]] = {
    "flow": _outbox,
    "batches": _batches,
    "lags": _lags,
    "waiting": _waiting,
    "clocks": _deadlines,
    "dead_letters": _dead_letters,
    "orchestration": _orchestration,
    "processes": _processes,
}
"""The parts of a snapshot, each with the function that reads its gauges."""
