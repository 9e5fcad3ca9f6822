"""`python -m benchmarks.console`: server time of each page of the console, with many claims in the ledger.

Requests go to the application in this process over a real database, so that only the server's time is measured: guard,
session, queries, rendering. Kafka and Temporal are not running, which delays no page.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from httpx import ASGITransport, AsyncClient
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from benchmarks.console_ledger import fill
from console.dashboard.sampler import Sampler
from console.sign_in import cookies
from console.web.app import create_app
from contracts.actions.people import PersonV1
from contracts.records.sessions import Session
from deploy.local.stack import LocalStack
from rulebook.library import load_library
from runtime import wiring
from runtime.clients.terminal import out, report
from runtime.console.dashboard import sampler_over
from runtime.console.service import UNAVAILABLE, console_over
from runtime.database_access import owner_dsn
from runtime.logging import configure_logging
from runtime.processes.lifecycle import leave
from runtime.settings import REPOSITORY, Settings
from storage.engine import create_engine
from storage.migrate import migrate
from storage.people.sessions import Sessions
from storage.people.staff import Staff

HERE = "http://127.0.0.1:1"
PEOPLE = {"ops": "BENCH-OPS", "supervisor": "BENCH-BOSS", "nurse": "BENCH-NURSE", "appeals-specialist": "BENCH-APPEALS"}
PAGES = {
    "/dashboard": "ops",
    "/dashboard/lists/received": "ops",
    "/dashboard/lists/waiting": "ops",
    "/dashboard/lists/clocks": "ops",
    "/dashboard/lists/outcome?key=approved%7CCO%7C45": "ops",
    "/dashboard/lists/policy?key=spine-imaging-guideline%7C1.0.2025.2%7Cmeets": "ops",
    "/worklist": "supervisor",
    "/claims?q=C-77777": "supervisor",
    "/claims/{determined}": "supervisor",
    "/claims/{waiting}": "supervisor",
    "/claims/{waiting}/policy": "supervisor",
    "/review/{waiting}": "nurse",
    "/appeals": "appeals-specialist",
    "/mail": "ops",
    "/desk": "nurse",
    "/desk/workload": "supervisor",
    "/reopenings": "supervisor",
    "/documents/unmatched": "ops",
    "/audit": "supervisor",
    "/dead-letters": "ops",
    "/bulk-retries": "supervisor",
    "/bulk-retries/new": "supervisor",
    "/bulk-retries/new?code=P-DOC": "supervisor",
}
"""The measured pages and the person who opens them; a screen registers its pages here."""

_WAITING = "SELECT claim_id::text FROM pends WHERE closed_at IS NULL LIMIT 1"
_DETERMINED = "SELECT claim_id::text FROM determinations LIMIT 1"


@dataclass(frozen=True, slots=True)
class Timed:
    """Server time of one page in milliseconds; `cpu` is this process's own, which other processes do not increase."""

    path: str
    status: int
    p50: float
    p95: float
    cpu: float


@contextmanager
def bench_database() -> Iterator[Settings]:
    """A fresh PostgreSQL of the bench's own; stopped and deleted afterwards."""
    settings = Settings(state_dir=REPOSITORY / ".local" / "bench" / "console", log_level="WARNING")
    stack = LocalStack(settings.state_dir, settings.cache_dir)
    stack.down(lambda _name, _what: None)
    shutil.rmtree(settings.state_dir, ignore_errors=True)
    try:
        stack.up(report, only={"postgres"})
        migrate(owner_dsn(settings))
        yield settings
    finally:
        stack.down(lambda _name, _what: None)
        shutil.rmtree(settings.state_dir, ignore_errors=True)


async def measure(engine: AsyncEngine, settings: Settings, times: int) -> list[Timed]:
    """Request each page several times; the first answer, which compiles templates and plans, is not counted."""
    found = {}
    async with engine.connect() as connection:
        for name, query in {"waiting": _WAITING, "determined": _DETERMINED}.items():
            found[name] = await connection.scalar(text(query)) or ""
    async with _office(engine, settings) as (client, cookies_of):
        return [
            await _timed(client, path.format_map(found), path, cookies_of[role], times) for path, role in PAGES.items()
        ]


async def _timed(client: AsyncClient, address: str, path: str, cookie: str, times: int) -> Timed:
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Cookie": f"claimwright-session={cookie}"}
    taken, worked, status = [], [], 0
    for _ in range(times + 1):
        began, cpu = time.perf_counter(), time.process_time()
        status = (await client.get(address, headers=headers)).status_code
        taken.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - cpu) * 1000)
    p50, p95 = statistics.median(taken[1:]), sorted(taken[1:])[int(0.95 * (times - 1))]
    return Timed(path, status, p50, p95, statistics.median(worked[1:]))


@asynccontextmanager
async def _office(engine: AsyncEngine, settings: Settings) -> AsyncIterator[tuple[AsyncClient, Mapping[str, str]]]:
    """The application with people signed in, and the ledger's parts of the dashboard read once."""
    library = load_library(settings.policies_dir)
    temporal = await Client.connect("127.0.0.1:1", lazy=True)
    sampler = sampler_over(settings, engine, temporal, library)
    console = console_over(settings, engine, temporal, sampler, library, HERE)
    await _sample(sampler)
    signed_in = await _sign_in(engine)
    transport = ASGITransport(create_app(console, UNAVAILABLE), raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url=HERE, timeout=60) as client:
        yield client, signed_in


async def _sample(sampler: Sampler) -> None:
    """Measure the cost of each console query while the pipeline adjudicates claims."""
    for probe in sampler.probes():
        if probe.part in ("lags", "orchestration", "processes"):
            continue
        began = time.perf_counter()
        await sampler.sample(probe)
        while probe.part == "totals" and (seen := sampler.snapshot.totals.value) and seen.behind:
            await sampler.sample(probe)
        first, began = time.perf_counter() - began, time.perf_counter()
        await sampler.sample(probe)
        again = time.perf_counter() - began
        out.print(
            f"reading {probe.part}: first {first * 1000:.0f} ms, then {again * 1000:.1f} ms every {probe.every:.0f} s"
        )


async def _sign_in(engine: AsyncEngine) -> dict[str, str]:
    now = wiring.now()
    staff = [
        PersonV1.model_validate_json(f'{{"person_id": "{each}", "roles": ["{role}"]}}') for role, each in PEOPLE.items()
    ]
    await Staff(engine).put(staff, "bench", "ops", now)
    signed_in = {role: cookies.fresh() for role in PEOPLE}
    for role, value in signed_in.items():
        session = Session(str(uuid4()), PEOPLE[role], None, now, now, now + timedelta(hours=8))
        await Sessions(engine).start(cookies.hashed(value), session, None)
    return signed_in


async def _run(settings: Settings, claims: int, times: int, open_letters_every: int) -> list[Timed]:
    engine = create_engine(owner_dsn(settings))
    began = time.perf_counter()
    await fill(engine, settings, claims, open_letters_every)
    out.print(f"{claims:,} claims put into the ledger in {time.perf_counter() - began:.0f} s")
    try:
        return await measure(engine, settings, times)
    finally:
        await engine.dispose()


def main() -> int:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=100_000, help="claims in the ledger (default 100000)")
    parser.add_argument("--open-letters-every", type=int, default=50, help="one letter in so many is open (default 50)")
    parser.add_argument("--times", type=int, default=20, help="requests a page (default 20)")
    arguments = parser.parse_args()
    configure_logging("bench", "WARNING", "console")
    with bench_database() as settings:
        results = asyncio.run(_run(settings, arguments.claims, arguments.times, arguments.open_letters_every))
    table = Table("page", "status", "p50 ms", "p95 ms", "CPU ms")
    for each in results:
        table.add_row(each.path, str(each.status), f"{each.p50:.1f}", f"{each.p95:.1f}", f"{each.cpu:.1f}")
    out.print(table)
    return 0


if __name__ == "__main__":
    leave(main())
