"""`python -m benchmarks.large_claims`: latency of ordinary claims behind large ones, compared with the same load without large claims."""

from __future__ import annotations

import argparse
import asyncio

from rich.table import Table
from sqlalchemy import text

from benchmarks.bench_pipeline import MEMBERS, BenchPipeline, bench_pipeline
from benchmarks.designs import designs
from benchmarks.load import large_claims
from benchmarks.measure import LATENCY_SECONDS, latency
from contracts.events.topics import CLAIMS_SUBMITTED
from runtime import wiring
from runtime.clients.submit import publish
from runtime.clients.terminal import out, report
from runtime.processes.lifecycle import leave

_OF_LARGE = 500
"""The last members have the large claims, so that no ordinary claim waits for its own member's large one."""

_PHASES = 4
_DECIDED = text("SELECT count(*) FROM determinations JOIN claims USING (claim_id) WHERE control_number LIKE 'L%'")


def main() -> int:
    """Measure the ordinary load alone, behind large claims, and alone again; print the three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=64, help="large claims sent before the ordinary ones (default 64)")
    parser.add_argument("--lines", type=int, default=450, help="lines of a large claim (default 450)")
    parser.add_argument("--rate", type=float, default=20.0, help="ordinary claims a second (default 20)")
    arguments = parser.parse_args()
    most = (MEMBERS - _OF_LARGE) / LATENCY_SECONDS / _PHASES
    if arguments.rate > most:
        parser.error(f"--rate is at most {most:.0f}: each ordinary claim has a member to itself")
    with bench_pipeline(designs(0)[0], report) as pipeline:
        pipeline.start_design(report)
        asyncio.run(_latencies(pipeline, arguments.rate, 0))  # the first claims of a process take longer
        table = Table("ordinary claims", "sent", "p50 ms", "p99 ms", "longest ms", "large claims decided meanwhile")
        _row(table, "alone", pipeline, arguments.rate, 1)
        asyncio.run(publish(wiring.kafka(pipeline.settings), _large(arguments.large, arguments.lines)))
        _row(table, f"behind {arguments.large} of {arguments.lines} lines", pipeline, arguments.rate, 2)
        while asyncio.run(_decided(pipeline)) < arguments.large:
            report("large claims", f"{asyncio.run(_decided(pipeline))} of {arguments.large} decided")
        _row(table, "alone again", pipeline, arguments.rate, 3)
    out.print(table)
    return 0


def _large(count: int, lines: int) -> list[tuple[str, str, bytes]]:
    events = large_claims(count, lines, _OF_LARGE, first=MEMBERS - _OF_LARGE)
    return [(CLAIMS_SUBMITTED, key, value) for key, value in events]


async def _latencies(pipeline: BenchPipeline, rate: float, phase: int) -> list[float]:
    first = phase * int(rate * LATENCY_SECONDS)
    return sorted(await latency(wiring.kafka(pipeline.settings), rate, phase + 1, first))


def _row(table: Table, name: str, pipeline: BenchPipeline, rate: float, phase: int) -> None:
    report("large claims", f"{rate:.0f} ordinary claims/s {name}")
    before = asyncio.run(_decided(pipeline))
    found = asyncio.run(_latencies(pipeline, rate, phase))
    meanwhile = asyncio.run(_decided(pipeline)) - before
    times = (found[len(found) // 2], found[int(len(found) * 0.99)], found[-1])
    table.add_row(name, str(len(found)), *(f"{each * 1000:.0f}" for each in times), str(meanwhile))


async def _decided(pipeline: BenchPipeline) -> int:
    engine = wiring.database(pipeline.settings)
    try:
        async with engine.connect() as connection:
            return int(await connection.scalar(_DECIDED) or 0)
    finally:
        await engine.dispose()


if __name__ == "__main__":
    leave(main())
