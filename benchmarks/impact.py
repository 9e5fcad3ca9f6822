"""`python -m benchmarks.impact`: how many recorded claims `policy diff` judges by two versions of a policy in a second.

A few claims are adjudicated by the product and multiplied by SQL, each with its own member and coverage. It reports
claims per second of the whole command's judging, with the start of the processes, and CPU per claim of each part.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time

import psutil
from sqlalchemy import text

from adjudication.policy.tree import differing_codes
from benchmarks.bench_pipeline import cpu_of
from benchmarks.console import bench_database
from benchmarks.console_ledger import fill
from cli.policy.recorded_claims import impact_by_processes
from deploy.local.stack import LocalStack
from rulebook.authoring.versions import find_version
from rulebook.library import load_library
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
        asyncio.run(_fill(settings, asked.claims))
        _measure(settings, asked)
    return 0


async def _fill(settings: Settings, claims: int) -> None:
    engine = create_engine(owner_dsn(settings), pool_size=4)
    await fill(engine, settings, claims)
    async with engine.begin() as connection:
        await connection.execute(text(COVERAGE))
    await engine.dispose()


def _measure(settings: Settings, asked: argparse.Namespace) -> None:
    library = load_library(settings.policies_dir, with_drafts=True)
    catalog = library.medical.catalog
    versions = find_version(catalog, asked.policy, asked.old), find_version(catalog, asked.policy, asked.new)
    postgres = LocalStack(settings.state_dir, settings.cache_dir).process("postgres").find()
    began, own, theirs = time.perf_counter(), psutil.Process(), cpu_of(postgres)
    before = own.cpu_times()
    found, _ = impact_by_processes(library, versions, Concerned(differing_codes(*versions)), asked.processes, 10)
    took, after = time.perf_counter() - began, own.cpu_times()
    shown = f"{found.claims} claims, {found.lines} governed lines, {len(found.impacts)} lines differ"
    out.print(f"{shown}, {asked.processes} process(es)")
    out.print(f"{found.claims / took:.0f} claims/s ({took:.1f} s, with the start of the processes); CPU ms per claim:")
    parts = {
        "this process": after.user + after.system - before.user - before.system,
        "processes that judge": after.children_user
        + after.children_system
        - before.children_user
        - before.children_system,
        "PostgreSQL": cpu_of(postgres) - theirs,
    }
    for name, seconds in {**parts, "together": sum(parts.values())}.items():
        out.print(f"  {name:<21} {seconds * 1000 / found.claims:.2f}")


if __name__ == "__main__":
    raise SystemExit(main())
