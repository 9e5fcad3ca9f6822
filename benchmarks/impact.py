"""`python -m benchmarks.impact`: how many recorded claims `policy diff` judges by two versions of a policy in a second.

A few claims are adjudicated by the product and multiplied by SQL, each with its own member and coverage. It reports
claims per second of the whole command's judging, and CPU per claim of the processes that judge (PostgreSQL apart).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import time

from sqlalchemy import text

from benchmarks.console import bench_database
from benchmarks.console_ledger import fill
from rulebook.authoring.versions import find_version
from rulebook.library import load_library
from runtime.clients.recorded_impact import Comparison, judged
from runtime.clients.terminal import out
from runtime.database_access import owner_dsn
from runtime.logging import configure_logging
from runtime.settings import Settings
from storage.decisions.policy_traces import Concerned
from storage.engine import create_engine

COVERAGE = """
    INSERT INTO coverage (coverage_id, member_id, plan_id, birth_date, starts, version, reported_on, voided)
    SELECT 'SYN-COV-' || p.member_id, p.member_id, 'HUDSON-COMM', CAST(p.birth_date AS date), date '2025-01-01', 1,
           date '2025-01-01', false
    FROM persons p WHERE p.member_id LIKE 'SYN-C-%'"""


def main() -> int:
    """Fill a ledger, judge it, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--policy", default="spine-imaging-guideline")
    parser.add_argument("--old", required=True)
    parser.add_argument("--new", required=True)
    asked = parser.parse_args()
    with bench_database() as settings:
        configure_logging("bench", "WARNING", "console")
        os.environ["CLAIMWRIGHT_STATE_DIR"] = str(settings.state_dir)
        asyncio.run(_measure(settings, asked))
    return 0


async def _measure(settings: Settings, asked: argparse.Namespace) -> None:
    engine = create_engine(owner_dsn(settings), pool_size=4)
    await fill(engine, settings, asked.claims)
    async with engine.begin() as connection:
        await connection.execute(text(COVERAGE))
    library = load_library(settings.policies_dir, with_drafts=True)
    comparison = Comparison(settings.policies_dir, asked.policy, asked.old, asked.new)
    versions = [find_version(library.medical.catalog, asked.policy, each) for each in (asked.old, asked.new)]
    concerned = Concerned(versions[0].codes | versions[1].codes)
    began = time.perf_counter()
    claims = lines = turned = 0
    async for page in judged(engine, library, comparison, concerned, asked.processes):
        claims, lines, turned = claims + page.claims, lines + page.lines, turned + len(page.impacts)
    took = time.perf_counter() - began
    of = resource.RUSAGE_CHILDREN if asked.processes > 1 else resource.RUSAGE_SELF
    used = resource.getrusage(of)
    cpu = (used.ru_utime + used.ru_stime) * 1000 / claims
    out.print(f"{claims} claims, {lines} governed lines, {turned} lines differ, {asked.processes} process(es)")
    out.print(
        f"{claims / took:.0f} claims/s ({took:.1f} s, with the start of the processes); CPU {cpu:.2f} ms per claim"
    )
    await engine.dispose()


if __name__ == "__main__":
    raise SystemExit(main())
