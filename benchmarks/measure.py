"""Measures one design: throughput on a backlog, then latency at half of that rate.

Throughput is taken between the tenth and the ninetieth percent of determinations by their Kafka timestamps, so
that starting and draining do not count. Latency is from the intended send time (open loop, so that a stall is not
hidden by a sender that waits) to the determination's timestamp.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import psutil
from aiokafka import AIOKafkaProducer

from benchmarks.bench_pipeline import CHUNK, MEMBERS, BenchPipeline
from benchmarks.load import straight_through_claims
from benchmarks.mix import mixed_claims
from contracts.events.topics import CLAIMS_SUBMITTED, DETERMINATIONS
from deploy.local.processes import Report
from runtime import wiring
from runtime.clients.submit import publish
from streams.kafka.connection import KafkaConnection

LATENCY_SECONDS = 15
FIXED_WORK = "fixed work"
"""Among the costs: CPU milliseconds of a small work that is the same in every tree."""

_OTHER_MONTH = "2025-10"
"""Of the claims under half load: the backlog billed the same services for the same members in the month before."""


@dataclass(slots=True)
class Measured:
    """The measurements of one design. Rates in claims per second, times in milliseconds."""

    label: str
    claims: int
    rate: float
    cpu_ms: dict[str, float]
    latency_p50: float = 0.0
    latency_p99: float = 0.0
    half_rate: float = 0.0
    history_events: float = 0.0
    history_bytes: float = 0.0
    unused: float = 0.0
    load: float = 0.0


def measure(pipeline: BenchPipeline, seed: int, report: Report, pending: float | None = None) -> Measured:
    """Run the backlog, then the half load. `pending`: send mixed claims, of which this share pends; None: equal ones.

    `unused` is the share of all processors that was idle meanwhile, `load` the load at the end of it: a design that
    waits, or runs next to other load, appears slower than it is.
    """
    design = pipeline.design
    kafka = wiring.kafka(pipeline.settings)
    report(design.name, f"publishing {design.claims} claims")
    wanted = publish_backlog(kafka, design.claims, seed, pending=pending)
    pipeline.start_design(report)
    before, idle = pipeline.cpu_seconds(), psutil.cpu_times()
    times = asyncio.run(determinations(kafka, wanted, report, design.name))
    after, unused = pipeline.cpu_seconds(), _unused(idle)
    rate = middle_rate(times) * design.claims / wanted
    cpu = {name: (after[name] - before[name]) * 1000 / design.claims for name in after}
    result = Measured(design.label, design.claims, rate, cpu, unused=unused, load=os.getloadavg()[0])
    result.history_events, result.history_bytes = asyncio.run(_histories(pipeline))
    result.half_rate = rate / 2
    report(design.name, f"{rate:.0f} claims/s; now latency at {result.half_rate:.0f}/s")
    latencies = sorted(asyncio.run(latency(kafka, result.half_rate, seed + 1000)))
    result.latency_p50 = latencies[len(latencies) // 2] * 1000
    result.latency_p99 = latencies[int(len(latencies) * 0.99)] * 1000
    return result


def cpu_per_claim(pipeline: BenchPipeline, warm_up: int, report: Report) -> dict[str, float]:
    """Return CPU milliseconds per claim by part, on a backlog, after a warm-up with claims of other members."""
    design, kafka = pipeline.design, wiring.kafka(pipeline.settings)
    pipeline.start_design(lambda _name, _what: None)
    publish_backlog(kafka, warm_up, seed=2, first_member=MEMBERS)
    asyncio.run(determinations(kafka, warm_up, report, "warm-up"))
    before = pipeline.cpu_seconds()
    with fixed_work() as taken:
        publish_backlog(kafka, design.claims, seed=1)
        asyncio.run(determinations(kafka, warm_up + design.claims, report, design.name))
    after = pipeline.cpu_seconds()
    costs = {name: (after[name] - before[name]) * 1000 / design.claims for name in after}
    return {**costs, FIXED_WORK: statistics.median(taken)}


@contextmanager
def fixed_work() -> Iterator[list[float]]:
    """Do the same small work again and again during the benchmark; yield the CPU milliseconds that each took.

    Other load on shared caches and cores increases the CPU time of equal work; this measures by how much.
    """
    taken: list[float] = []
    done = threading.Event()
    text = orjson.dumps([{"number": number, "words": str(number) * 4} for number in range(400)])

    def work() -> None:
        while not done.wait(0.2):
            began = time.thread_time()
            for _ in range(8):
                sorted(orjson.loads(text), key=lambda each: str(each["words"]))
            taken.append((time.thread_time() - began) * 1000)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        yield taken
    finally:
        done.set()
        worker.join()


def _unused(since: Any) -> float:
    """Return the share of processor time since then in which processors were idle."""
    now = psutil.cpu_times()
    return float((now.idle - since.idle) / max(sum(now) - sum(since), 0.001))


def publish_backlog(
    kafka: KafkaConnection, claims: int, seed: int, first_member: int = 0, pending: float | None = None
) -> int:
    """Put claims on Kafka, all at once; return how many of them need no reviewer. `pending` as `measure` has it."""
    chunk: list[tuple[str, str, bytes]] = []
    wanted = 0
    for key, value, pends in _claims(claims, seed, first_member, pending):
        wanted += not pends
        chunk.append((CLAIMS_SUBMITTED, key, value))
        if len(chunk) == CHUNK:
            asyncio.run(publish(kafka, chunk))
            chunk = []
    asyncio.run(publish(kafka, chunk))
    return wanted


def _claims(claims: int, seed: int, first_member: int, pending: float | None) -> Iterator[tuple[str, bytes, bool]]:
    if pending is not None:
        return mixed_claims(claims, seed, MEMBERS, first_member, pending)
    return ((*each, False) for each in straight_through_claims(claims, seed, MEMBERS, first_member))


async def determinations(kafka: KafkaConnection, count: int, report: Report, name: str) -> list[float]:
    """Wait for all determinations and return their Kafka timestamps in seconds."""
    consumer = kafka.consumer(DETERMINATIONS, auto_offset_reset="earliest")
    await consumer.start()
    times: list[float] = []
    reported = last = time.monotonic()
    try:
        while len(times) < count:
            fetched = await consumer.getmany(timeout_ms=500, max_records=5000)
            times += [record.timestamp / 1000 for records in fetched.values() for record in records]
            now = time.monotonic()
            last = now if fetched else last
            if now - last > 60:
                raise TimeoutError(f"{name}: only {len(times)} of {count} determinations came; see its logs")
            if now - reported > 2:
                report(name, f"{len(times)} of {count} determined")
                reported = now
    finally:
        await consumer.stop()
    return sorted(times)


def middle_rate(times: list[float]) -> float:
    """Return determinations per second between the tenth and the ninetieth percent."""
    low, high = len(times) // 10, len(times) * 9 // 10
    return (high - low) / max(times[high] - times[low], 0.001)


async def latency(kafka: KafkaConnection, rate: float, seed: int, first_member: int = 0) -> list[float]:
    """Send at a fixed rate and pair every determination with its intended send time."""
    count = max(50, int(rate * LATENCY_SECONDS))
    consumer = kafka.consumer(DETERMINATIONS, auto_offset_reset="latest")
    producer = kafka.producer(linger_ms=0)
    await consumer.start()
    await consumer.seek_to_end()
    await producer.start()
    intended: dict[str, float] = {}
    claims = straight_through_claims(count, seed, MEMBERS, first_member, _OTHER_MONTH)
    sender = asyncio.create_task(_send(producer, rate, claims, seed, intended))
    found: list[float] = []
    deadline = time.monotonic() + LATENCY_SECONDS * 4
    try:
        while len(found) < count and time.monotonic() < deadline:
            fetched = await consumer.getmany(timeout_ms=200, max_records=5000)
            for record in (record for records in fetched.values() for record in records):
                sent = intended.get(orjson.loads(record.value)["data"]["claim_control_number"])
                if sent is not None:
                    found.append(record.timestamp / 1000 - sent)
    finally:
        await sender
        await producer.stop()
        await consumer.stop()
    return found


async def _send(
    producer: AIOKafkaProducer, rate: float, claims: Iterable[tuple[str, bytes]], seed: int, intended: dict[str, float]
) -> None:
    begin = time.time() + 0.5
    for number, (key, value) in enumerate(claims):
        due = begin + number / rate
        if (delay := due - time.time()) > 0:
            await asyncio.sleep(delay)
        intended[f"B{seed}-{number}"] = due
        await producer.send(CLAIMS_SUBMITTED, value=value, key=key.encode())
    await producer.flush()


async def _histories(pipeline: BenchPipeline) -> tuple[float, float]:
    """Average history events and bytes per claim over some closed workflows."""
    client = await wiring.temporal(pipeline.settings)
    events = size = claims = 0
    async for execution in client.list_workflows("ExecutionStatus = 'Completed'", page_size=20, limit=20):
        history = await client.get_workflow_handle(execution.id, run_id=execution.run_id).fetch_history()
        events += len(history.events)
        size += sum(event.ByteSize() for event in history.events)
        first = history.events[0].workflow_execution_started_event_attributes
        claims += len((await client.data_converter.decode(list(first.input.payloads)))[0]["claim_ids"])
    return (events / claims, size / claims) if claims else (0.0, 0.0)
