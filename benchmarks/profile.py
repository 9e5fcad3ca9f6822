"""Profiles the product's steps on real claims and a real database, under the standard profiler.

`python -m benchmarks.profile` prints the functions that cost most, by their own time. It profiles the plain
consumer's path, which is the worker's without Temporal, because there the steps run in one thread of one process.
"""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import sys
import time

from benchmarks.bench_pipeline import MEMBERS, bench_pipeline
from benchmarks.designs import designs
from benchmarks.load import straight_through_claims
from benchmarks.services import InlineStarter, publication_step
from contracts.claim_intake.registration import RegistrationRequest, Submission
from runtime import wiring
from runtime.clients.terminal import out, report
from runtime.processes.lifecycle import leave
from runtime.settings import Settings
from storage.claims.registration import PostgresLedger
from storage.privileges.roles import DatabaseRole
from streams.intake.decode import decode_submission
from streams.kafka.records import Record

CLAIMS = 6000


async def profile(settings: Settings) -> None:
    """Register, adjudicate and commit claims, and print the profile."""
    engine, worker = wiring.database(settings, DatabaseRole.INTAKE), wiring.database(settings, DatabaseRole.WORKER)
    starter = InlineStarter(publication_step(worker, settings))
    ledger = PostgresLedger(engine)
    records = [
        Record("profile", 0, offset, wiring.now(), key.encode(), value)
        for offset, (key, value) in enumerate(straight_through_claims(CLAIMS, 7, MEMBERS))
    ]
    profiler = cProfile.Profile()
    begin, cpu = time.perf_counter(), time.process_time()
    profiler.enable()
    for first in range(0, CLAIMS, settings.batch_size):
        decoded = [decode_submission(record) for record in records[first : first + settings.batch_size]]
        submissions = tuple(one for one in decoded if isinstance(one, Submission))
        done = await ledger.register(RegistrationRequest(submissions, ()), wiring.batch_limits(settings))
        for batch in done.batches:
            await starter.start(batch)
    profiler.disable()
    wall, used = time.perf_counter() - begin, time.process_time() - cpu
    out.print(
        f"{CLAIMS} claims under the profiler: {used / CLAIMS * 1e6:.0f} us CPU, {wall / CLAIMS * 1e6:.0f} us wall each"
    )
    pstats.Stats(profiler, stream=sys.stdout).strip_dirs().sort_stats("tottime").print_stats(25)
    await engine.dispose()
    await worker.dispose()


def main() -> int:
    """Profile on a separate stack."""
    design = next(design for design in designs(CLAIMS) if design.name == "plain")
    with bench_pipeline(design, report) as pipeline:
        asyncio.run(profile(pipeline.settings))
    return 0


if __name__ == "__main__":
    leave(main())
