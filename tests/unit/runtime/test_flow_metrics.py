from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

from prometheus_client import generate_latest
from prometheus_client.core import CollectorRegistry

from console.dashboard.legal_deadlines import DeadlinesAtRisk
from console.dashboard.ports import OpenWorkflows, Orchestration, PartitionLag, ProcessState, TopicLag, WorkerSeen
from console.dashboard.sampler import Sampler
from console.dashboard.snapshot import FlowSeen, Sampled, Snapshot
from contracts.records.dashboard import (
    DeadLetterGroup,
    Latency,
    OpenBatches,
    OutboxShard,
    Publishing,
    Waiting,
    WaitingReason,
)
from runtime.console.flow_metrics import GAUGES, show_flow

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
T = TypeVar("T")


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


@dataclass
class Seen:
    """What of a sampler is shown."""

    snapshot: Snapshot


def read(value: T) -> Sampled[T]:
    return Sampled(value, ago(seconds=4))


OUTBOX = (OutboxShard(3, 5, ago(seconds=90)), OutboxShard(None, 2, ago(minutes=4)))
SNAPSHOT = Snapshot(
    flow=read(FlowSeen((), Latency(0), Publishing(OUTBOX, Latency(0)))),
    batches=read(OpenBatches(3, ago(seconds=20))),
    lags=read(
        (TopicLag("claims.submitted", "g", (PartitionLag(0, 5, ago(minutes=2)), PartitionLag(1, 0, ago(days=9)))),)
    ),
    waiting=read(
        Waiting(
            4,
            (
                WaitingReason("P-DOC", 3, ago(days=2), ago(hours=1), (3, 0, 0, 0, 0)),
                WaitingReason("P-SYS", 2, ago(days=1), ago(hours=-1), (2, 0, 0, 0, 0)),
            ),
        )
    ),
    clocks=read(DeadlinesAtRisk(1, (2, 3, 4), 5, 6)),
    dead_letters=read(
        (
            DeadLetterGroup("claims.submitted", "invalid", "a", 2, ago(days=1)),
            DeadLetterGroup("claims.submitted", "invalid", "b", 1, ago(days=3)),
        )
    ),
    orchestration=read(
        Orchestration(
            "adjudication",
            (WorkerSeen("1@host", "", "workflows", NOW),),
            9,
            timedelta(seconds=30),
            (OpenWorkflows("ReviewClaimWorkflow", 4),),
        )
    ),
    processes=read((ProcessState("worker", ready=True, kept="running", restarts=2), ProcessState("api", ready=False))),
)


def shown(snapshot: Snapshot) -> set[str]:
    registry = CollectorRegistry()
    show_flow(cast("Sampler", Seen(snapshot)), lambda: NOW, registry)
    lines = generate_latest(registry).decode().splitlines()
    return {line.removeprefix("claimwright_") for line in lines if not line.startswith("#")}


def test_backlogs_are_shown_with_their_ages() -> None:
    assert {
        'outbox_pending{shard="3"} 5.0',
        'outbox_oldest_age_seconds{shard="3"} 90.0',
        "open_batches 3.0",
        "open_batches_oldest_age_seconds 20.0",
        'unread_records{group="g",partition="0",topic="claims.submitted"} 5.0',
        'unread_oldest_age_seconds{group="g",partition="0",topic="claims.submitted"} 120.0',
        "temporal_backlog 9.0",
        "temporal_backlog_age_seconds 30.0",
        "temporal_workers 1.0",
        'open_workflows{workflow="ReviewClaimWorkflow"} 4.0',
        'observed_age_seconds{part="lags"} 4.0',
    } <= shown(SNAPSHOT)


def test_every_shard_of_the_outbox_is_shown_and_rows_without_one_while_there_are_some() -> None:
    ages = {line for line in shown(SNAPSHOT) if line.startswith("outbox_oldest_age_seconds")}
    empty = {f'outbox_oldest_age_seconds{{shard="{shard}"}} 0.0' for shard in (0, 1, 2, 4, 5, 6, 7)}
    waiting = {'outbox_oldest_age_seconds{shard="3"} 90.0', 'outbox_oldest_age_seconds{shard="none"} 240.0'}
    assert ages == empty | waiting
    published = Snapshot(flow=read(FlowSeen((), Latency(0), Publishing((), Latency(0)))))
    assert not [line for line in shown(published) if 'shard="none"' in line]


def test_a_partition_that_is_read_whole_has_no_age_however_old_its_last_record_is() -> None:
    assert 'unread_oldest_age_seconds{group="g",partition="1",topic="claims.submitted"} 0.0' in shown(SNAPSHOT)


def test_each_deadline_is_counted_under_what_is_left_of_it() -> None:
    counts = {"overdue": 1, "4h": 2, "24h": 3, "72h": 4, "later": 5, "unknown": 6}
    assert {f'legal_deadlines{{left="{left}"}} {float(count)}' for left, count in counts.items()} <= shown(SNAPSHOT)


def test_a_pend_is_overdue_only_once_its_time_has_passed() -> None:
    assert {
        "pended_claims 4.0",
        'pended_claims_by_code{code="P-DOC"} 3.0',
        'pend_overdue_seconds{code="P-DOC"} 3600.0',
        'pend_overdue_seconds{code="P-SYS"} 0.0',
    } <= shown(SNAPSHOT)


def test_dead_letters_of_one_topic_and_refusal_are_added_up() -> None:
    assert {
        'open_dead_letters{refusal="invalid",topic="claims.submitted"} 3.0',
        f"open_dead_letters_oldest_age_seconds {timedelta(days=3).total_seconds()}",
    } <= shown(SNAPSHOT)


def test_processes_of_the_host_are_shown_with_their_restarts() -> None:
    found = shown(SNAPSHOT)
    assert {
        'supervised_ready{process="worker"} 1.0',
        'supervised_ready{process="api"} 0.0',
        'supervised_restarts{process="worker"} 2.0',
    } <= found
    assert not [line for line in found if line.startswith('supervised_restarts{process="api"')]


def test_a_part_that_was_never_read_shows_nothing_instead_of_zero() -> None:
    assert shown(Snapshot()) == set()


def test_a_part_that_fails_keeps_its_value_and_grows_old() -> None:
    old = Snapshot(batches=Sampled(OpenBatches(0, None), ago(minutes=10), ago(minutes=9), "OSError"))
    assert shown(old) == {
        "open_batches 0.0",
        "open_batches_oldest_age_seconds 0.0",
        'observed_age_seconds{part="batches"} 600.0',
    }


def test_every_gauge_that_is_declared_is_shown_by_a_whole_snapshot() -> None:
    names = {line.split("{")[0].split(" ")[0] for line in shown(SNAPSHOT)}
    assert {f"claimwright_{name}" for name in names} == set(GAUGES)
