"""CPU microseconds per claim of each step of a straight-through claim, in one process on a real PostgreSQL.

`python -m benchmarks.profile` decodes, registers, adjudicates and commits claims in batches and prints the median of the
batches. `--base REVISION` compares with another revision, in turn (A B A B). `--functions` prints the functions that cost
most under the standard profiler instead. For a flame graph run it under a sampler (docs/performance.md). Kafka, Temporal
and the publisher are not in it: `make bench-guard` measures all parts, and takes longer.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import os
import pstats
import statistics
import subprocess
import sys
import time
from asyncio import Runner
from collections.abc import Awaitable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

import orjson
import uvloop

from benchmarks.bench_pipeline import MEMBERS, bench_pipeline
from benchmarks.designs import designs
from benchmarks.guard import Costs, compared, other_tree
from benchmarks.load import straight_through_claims
from benchmarks.measure import FIXED_WORK, fixed_work
from benchmarks.mix import mixed_claims
from benchmarks.services import publication_step
from contracts.claim_intake.registration import Batch, RegistrationRequest, Submission
from contracts.workflow_messages.claims import ClaimBatch
from runtime import wiring
from runtime.clients.terminal import out, report
from runtime.processes.lifecycle import leave
from runtime.settings import REPOSITORY, Settings
from storage.claims.registration import PostgresLedger
from storage.privileges.roles import DatabaseRole
from streams.intake.decode import decode_submission
from streams.kafka.records import Record

CLAIMS: Final = 6000
_WARM_UP: Final = 2
"""Batches that are not counted: caches fill, and PostgreSQL plans its statements."""

Result = TypeVar("Result")


class Parts:
    """CPU microseconds per claim of each part, batch by batch."""

    def __init__(self) -> None:
        """Begin with nothing measured."""
        self._found: dict[str, list[float]] = {}
        self._since = time.process_time()

    def start(self) -> None:
        """Begin to measure a part."""
        self._since = time.process_time()

    def end(self, part: str, claims: int) -> None:
        """Note what this process used since the start."""
        self._found.setdefault(part, []).append((time.process_time() - self._since) / claims * 1e6)

    async def measured(self, part: str, claims: int, work: Awaitable[Result]) -> Result:
        """Measure one awaitable."""
        self.start()
        result = await work
        self.end(part, claims)
        return result

    def medians(self) -> dict[str, float]:
        """Return the median of the batches after the warm-up."""
        return {part: statistics.median(found[_WARM_UP:]) for part, found in self._found.items()}


def claims_of(mix: str, claims: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield claims that are `equal` but for member and day, `mixed` (charts that differ), or `pended`."""
    if mix == "equal":
        return straight_through_claims(claims, seed, MEMBERS)
    made = mixed_claims(claims, seed, MEMBERS, pending=1.0 if mix == "pended" else 0.0)
    return ((key, value) for key, value, _ in made)


async def run_steps(settings: Settings, claims: int, mix: str = "mixed", seed: int = 7) -> Parts:
    """Decode, register, adjudicate and commit claims, batch by batch."""
    intake, worker = wiring.database(settings, DatabaseRole.INTAKE), wiring.database(settings, DatabaseRole.WORKER)
    publication, ledger, parts = publication_step(worker, settings), PostgresLedger(intake), Parts()
    records = [
        Record("profile", 0, offset, wiring.now(), key.encode(), value)
        for offset, (key, value) in enumerate(claims_of(mix, claims, seed))
    ]
    limits = wiring.batch_limits(settings)
    gc.set_threshold(20_000, 10, 10)  # as in the processes of the product (runtime/processes/lifecycle.py)
    gc.collect()
    gc.freeze()
    for first in range(0, claims, settings.batch_size):
        batch = records[first : first + settings.batch_size]
        parts.start()
        decoded = [decode_submission(record) for record in batch]
        parts.end("intake: decode", len(batch))
        request = RegistrationRequest(tuple(one for one in decoded if isinstance(one, Submission)), ())
        done = await parts.measured("intake: register", len(batch), ledger.register(request, limits))
        for each in done.batches:
            await parts.measured("worker: steps and commit", len(batch), publication.publish(_batch(each)))
    await intake.dispose()
    await worker.dispose()
    return parts


def _batch(batch: Batch) -> ClaimBatch:
    return ClaimBatch(batch.batch_id, list(batch.claim_ids))


def measure(claims: int, mix: str) -> Costs:
    """Measure on a fresh stack."""
    design = next(design for design in designs(claims) if design.name == "plain")
    with bench_pipeline(design, lambda _name, _what: None) as pipeline, fixed_work() as taken:
        before = pipeline.cpu_seconds()["postgres"]
        with Runner(loop_factory=uvloop.new_event_loop) as runner:
            parts = runner.run(run_steps(pipeline.settings, claims, mix))
        used = pipeline.cpu_seconds()["postgres"] - before
        return {**parts.medians(), "PostgreSQL": used / claims * 1e6, FIXED_WORK: statistics.median(taken) * 1000}


def profile_functions(claims: int, mix: str) -> None:
    """Print the functions that cost most, by their own time."""
    design = next(design for design in designs(claims) if design.name == "plain")
    with bench_pipeline(design, report) as pipeline, Runner(loop_factory=uvloop.new_event_loop) as runner:
        profiler = cProfile.Profile()
        profiler.enable()
        runner.run(run_steps(pipeline.settings, claims, mix))
        profiler.disable()
    pstats.Stats(profiler, stream=sys.stdout).strip_dirs().sort_stats("tottime").print_stats(40)


def compare(revision: str, claims: int, mix: str, rounds: int) -> None:
    """Measure this tree and another one in turn, each in a separate process, and print both."""
    with other_tree(revision, report) as other:
        runs: Mapping[Path, list[Costs]] = {REPOSITORY: [], other: []}
        for number in range(rounds):
            for tree, found in runs.items():
                report("profile", f"round {number + 1} of {rounds}: {tree.name}")
                into = tree / ".local" / "bench" / "profile-run.json"
                into.parent.mkdir(parents=True, exist_ok=True)
                command = [str(tree / ".venv/bin/python"), "-m", "benchmarks.profile", "--measure-into", str(into)]
                command += ["--claims", str(claims), "--mix", mix]
                subprocess.run(command, cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, check=True)
                found.append(orjson.loads(into.read_bytes()))
    out.print(compared(*runs.values()))


def main() -> int:
    """Measure, compare or profile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=CLAIMS, help=f"claims per run (default {CLAIMS})")
    parser.add_argument("--base", default="", help="revision to compare with")
    parser.add_argument(
        "--mix", choices=("equal", "mixed", "pended"), default="mixed", help="which claims (default mixed)"
    )
    parser.add_argument("--rounds", type=int, default=2, help="runs of each tree (default 2)")
    parser.add_argument("--functions", action="store_true", help="profile by function instead")
    parser.add_argument("--measure-into", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.functions:
        profile_functions(arguments.claims, arguments.mix)
    elif arguments.base:
        compare(arguments.base, arguments.claims, arguments.mix, arguments.rounds)
    elif arguments.measure_into is not None:
        arguments.measure_into.write_bytes(orjson.dumps(measure(arguments.claims, arguments.mix)))
    else:
        for part, cost in measure(arguments.claims, arguments.mix).items():
            out.print(f"{part:26} {cost:7.0f} us")
    return 0


if __name__ == "__main__":
    leave(main())
