"""Straight-through throughput with and without many claims open in review, in the same run: `python -m benchmarks.open_reviews`.

A pended claim keeps a workflow, its timers and its rows in the ledger for weeks. This measures the slowdown of claims
that need no reviewer. On a shared host only the ratio is meaningful.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import mean

import orjson

from benchmarks.bench_pipeline import CHUNK, MEMBERS, BenchPipeline, bench_pipeline
from benchmarks.designs import designs
from benchmarks.load import NPI, member_id
from benchmarks.measure import determinations, middle_rate, publish_backlog
from contracts.events.codec import envelope
from contracts.events.topics import CLAIMS_SUBMITTED
from contracts.workflow_messages.claims import ADJUDICATE_CLAIMS, REVIEW_CLAIM
from runtime import wiring
from runtime.clients.submit import member_reference, publish
from runtime.clients.terminal import out, report
from runtime.processes.lifecycle import leave

REPEATS = 2
CODE = "0609T"
"""Experimental under the plan of the benchmark: every such line pends for a physician."""

_RUNNING = "WorkflowType = '{}' AND ExecutionStatus = 'Running'"


def main() -> int:
    """Measure twice, open the reviews, and measure twice again. The two equal measurements show the noise of the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", type=int, default=25_000, help="claims kept open in review (default 25000)")
    parser.add_argument("--claims", type=int, default=10_000, help="straight-through claims per measurement")
    arguments = parser.parse_args()
    product = designs(arguments.claims)[0]
    with bench_pipeline(product, report, (2 * REPEATS + 1) * MEMBERS) as pipeline:
        pipeline.start_design(report)
        without = [_measure(pipeline, arguments.claims, already) for already in range(REPEATS)]
        began = time.monotonic()
        _open_reviews(pipeline, arguments.open)
        opened = arguments.open / (time.monotonic() - began)
        with_open = [_measure(pipeline, arguments.claims, REPEATS + already) for already in range(REPEATS)]
    for open_now, measured in ((0, without), (arguments.open, with_open)):
        for one in measured:
            used = ", ".join(f"{name} {spent:.2f}" for name, spent in one.cpu_ms.items())
            out.print(f"{open_now} open: {one.rate:.0f} claims/s; ms CPU per claim: {used}")
    ratio = mean(one.rate for one in with_open) / mean(one.rate for one in without)
    out.print(f"{ratio:.2f}x the throughput (means); reviews were opened at {opened:.0f} a second")
    return 0


@dataclass(frozen=True, slots=True)
class _Measured:
    rate: float
    cpu_ms: dict[str, float]


def _measure(pipeline: BenchPipeline, claims: int, measured: int) -> _Measured:
    """Measure once. Each measurement has its own members, because a longer claim history costs time too."""
    kafka = wiring.kafka(pipeline.settings)
    report(pipeline.design.name, f"publishing {claims} claims that need no reviewer")
    publish_backlog(kafka, claims, measured + 1, (measured + 1) * MEMBERS)
    before = pipeline.cpu_seconds()
    times = asyncio.run(determinations(kafka, (measured + 1) * claims, report, pipeline.design.name))
    cpu = {name: (after - before[name]) * 1000 / claims for name, after in pipeline.cpu_seconds().items()}
    return _Measured(middle_rate(times[measured * claims :]), cpu)


def _open_reviews(pipeline: BenchPipeline, count: int) -> None:
    kafka = wiring.kafka(pipeline.settings)
    claims = list(_pended_claims(count))
    for start in range(0, count, CHUNK):
        asyncio.run(publish(kafka, claims[start : start + CHUNK]))
    await_reviews(pipeline, count)


def await_reviews(pipeline: BenchPipeline, count: int) -> None:
    """Wait until `count` claims are open in review; TimeoutError where none is begun for a minute."""
    last, stalled = -1, time.monotonic()
    while (held := asyncio.run(_held(pipeline))) < count:
        report(pipeline.design.name, f"{held} of {count} in review")
        if held != last:
            last, stalled = held, time.monotonic()
        if time.monotonic() - stalled > 60:
            raise TimeoutError(f"only {held} of {count} reviews were begun; see the worker's log")
        time.sleep(2)


async def _held(pipeline: BenchPipeline) -> int:
    """Count the running review workflows, less the batches still running, which may start more of them."""
    client = await wiring.temporal(pipeline.settings)
    on_their_way = await client.count_workflows(_RUNNING.format(ADJUDICATE_CLAIMS))
    held = await client.count_workflows(_RUNNING.format(REVIEW_CLAIM))
    return held.count - on_their_way.count


def _pended_claims(count: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield claims of one acquisition each, of members without other claims, never two per member and day."""
    for number in range(count):
        member = member_id(number % MEMBERS)
        day = date(2025, 5, 1) + timedelta(days=number // MEMBERS)
        data = {
            "submitter": "SYN-BENCH",
            "first_filed_on": "2025-11-20",
            "claim_control_number": f"OPEN-{number}",
            "form": "professional",
            "place_of_service": "11",
            "member": {
                "member_id": member,
                "birth_date": "1980-01-01",
                "family_name": "Testcase",
                "given_name": "Bench",
            },
            "billing": {"npi": NPI, "taxonomy": "261QM1200X"},
            "diagnoses": ["M51.360"],
            "lines": [
                {
                    "number": 1,
                    "code": CODE,
                    "units": "1",
                    "charge": "900.00",
                    "service_date": day.isoformat(),
                    "diagnosis_pointers": [1],
                }
            ],
        }
        event = envelope("claim.submitted", f"open-{number}", "bench", "2025-11-01T08:00:00Z", data)
        yield CLAIMS_SUBMITTED, member_reference(member), orjson.dumps(event)


if __name__ == "__main__":
    leave(main())
