"""Every process and server is killed with kill -9; nothing is lost or decided twice, and everything is ready again."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import orjson
import psutil
import pytest
from sqlalchemy import text

from benchmarks.load import coverage_events, straight_through_claims
from contracts.events.topics import (
    AUTHORIZATIONS_CHANGED,
    CLAIMS_SUBMITTED,
    COVERAGE_CHANGED,
    DETERMINATIONS,
    PROVIDERS_CHANGED,
)
from deploy.local.part_status import PartStatus
from deploy.local.pipeline import Pipeline
from deploy.local.processes import Process
from deploy.local.stack import SERVERS
from runtime import wiring
from runtime.clients.submit import member_reference, publish
from runtime.clients.topic_reader import TopicTail
from runtime.processes.services import SERVICES
from runtime.settings import REPOSITORY, Settings
from storage.invariants.ledger import violations
from tests.builders.events import a_provider_event
from tests.builders.pipeline.feeds import await_feeds

pytestmark = [pytest.mark.servers, pytest.mark.resilience, pytest.mark.timeout(900)]

MEMBERS = 600
CLAIMS = 4000
AUTHORIZED = 40
UNDER_LOAD = ("intake", "worker", "publisher", "temporal", "postgres", "streams")
"""What is killed in turn while claims flow; the rest is killed afterwards."""
PATIENCE_SECONDS = 300
STARTED = datetime.now(UTC)


def _silent(_service: str, _what: str) -> None:
    return


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    settings = Settings(
        state_dir=tmp_path_factory.mktemp("resilience"), cache_dir=REPOSITORY / ".local" / "cache", batch_size=32
    )
    running = Pipeline(settings)
    try:
        running.up(_silent)
        yield running
    finally:
        running.down(_silent)


def _authorization(number: int) -> tuple[str, str, bytes]:
    """One unit of 72158 for a Medicare member: two claims will ask for it."""
    member = f"SYN-R-{number:04d}"
    event = {
        "specversion": "1.0",
        "id": f"auth-{number}",
        "source": "tests",
        "type": "com.claimwright.authorization.changed.v1",
        "time": "2025-10-01T00:00:00Z",
        "data": {
            "authorization_number": f"SYN-PA-R{number}",
            "member_id": member,
            "plan_id": "HUDSON-MA",
            "status": "approved",
            "services": [{"code": "72158", "units": "1", "starts": "2025-09-01", "ends": "2025-12-01"}],
            "version": 1,
        },
    }
    return AUTHORIZATIONS_CHANGED, member_reference(member), orjson.dumps(event)


def _medicare_coverage(number: int) -> tuple[str, str, bytes]:
    _, value = next(coverage_events(1))
    event = orjson.loads(value)
    member = f"SYN-R-{number:04d}"
    event["data"] |= {"coverage_id": f"SYN-COV-R{number}", "member_id": member, "plan_id": "HUDSON-MA"}
    return COVERAGE_CHANGED, member_reference(member), orjson.dumps(event)


def _the_provider() -> tuple[str, str, bytes]:
    """Who bills them all, on the roster of the Medicare plan."""
    npi = orjson.loads(next(straight_through_claims(1, 99, 1))[1])["data"]["billing"]["npi"]
    event = a_provider_event(npi, contracts=[{"plan_id": "HUDSON-MA", "starts": "2025-01-01"}])
    return PROVIDERS_CHANGED, npi, orjson.dumps(event)


def _authorized_claims() -> Iterator[tuple[str, str, bytes]]:
    """Two claims a member, of different days, for the one unit both name."""
    template = orjson.loads(next(straight_through_claims(1, 99, 1))[1])
    for number in range(AUTHORIZED):
        member = f"SYN-R-{number:04d}"
        for turn in range(2):
            event = orjson.loads(orjson.dumps(template))
            event["id"] = f"r-{number}-{turn}"
            data = event["data"]
            data["claim_control_number"] = f"R-{number}-{turn}"
            data["member"]["member_id"] = member
            data["authorization_number"] = f"SYN-PA-R{number}"
            data["lines"] = [{**data["lines"][0], "code": "72158", "service_date": f"2025-09-1{turn}"}]
            yield CLAIMS_SUBMITTED, member_reference(member), orjson.dumps(event)


def _publish(pipeline: Pipeline, records: list[tuple[str, str, bytes]]) -> None:
    asyncio.run(publish(wiring.addresses(pipeline.settings).kafka_bootstrap, records))


def _kill(pipeline: Pipeline, name: str) -> None:
    """Kill a part as a power cut would, and return once its supervisor has started it again."""
    process = pipeline.process(name)
    before = process.find()
    assert before is not None, f"{name} was not running when it should be killed"
    process.kill()
    _until(lambda: (now := process.find()) is not None and now.pid != before.pid, f"{name} runs again")
    print(f"killed {name}; it runs again", flush=True)


def _until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not so after {PATIENCE_SECONDS} seconds: {what}"
        time.sleep(0.2)


def _parts(pipeline: Pipeline) -> dict[str, PartStatus]:
    return {part.name: part for part in pipeline.status()}


async def _determinations(pipeline: Pipeline, wanted: int) -> dict[str, set[bytes]]:
    """Event bytes of every determination by event id, read until there are enough claims or patience ends."""
    tail = TopicTail(wiring.addresses(pipeline.settings).kafka_bootstrap, (DETERMINATIONS,))
    await tail.start(from_end=False)
    found: dict[str, set[bytes]] = defaultdict(set)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(found) < wanted and time.monotonic() < deadline:
        for _, _, value in await tail.read(500):
            found[orjson.loads(value)["id"]].add(value)
    await asyncio.sleep(3)  # a publisher that sends something twice does so within its next turn
    for _, _, value in await tail.read(500):
        found[orjson.loads(value)["id"]].add(value)
    await tail.stop()
    return found


def test_killing_everything_in_turn_loses_nothing_and_decides_nothing_twice(pipeline: Pipeline) -> None:
    feeds = [(COVERAGE_CHANGED, key, value) for key, value in coverage_events(MEMBERS)]
    feeds += [_medicare_coverage(number) for number in range(AUTHORIZED)]
    feeds += [_authorization(number) for number in range(AUTHORIZED)]
    _publish(pipeline, [*feeds, _the_provider()])
    await_feeds(pipeline.settings, MEMBERS + 2 * AUTHORIZED + 1)
    claims = [(CLAIMS_SUBMITTED, key, value) for key, value in straight_through_claims(CLAIMS, 5, MEMBERS)]
    load = [*claims, *_authorized_claims()]
    share = len(load) // len(UNDER_LOAD) + 1
    for turn, victim in enumerate(UNDER_LOAD):
        _publish(pipeline, load[turn * share : (turn + 1) * share])
        time.sleep(0.3)
        _kill(pipeline, victim)
    found = asyncio.run(_determinations(pipeline, len(load)))
    assert len(found) == len(load)
    assert [event for event, versions in found.items() if len(versions) > 1] == []
    claims_decided = {orjson.loads(next(iter(v)))["data"]["claim_control_number"] for v in found.values()}
    assert len(claims_decided) == len(load)
    assert asyncio.run(_broken(pipeline)) == []
    assert asyncio.run(_units(pipeline)) == (AUTHORIZED, AUTHORIZED)


def test_what_was_killed_is_ready_again_and_status_says_how_it_ended(pipeline: Pipeline) -> None:
    for each in sorted({*SERVERS, *SERVICES} - set(UNDER_LOAD)):
        _kill(pipeline, each)
    _until(lambda: all(part.ready for part in pipeline.status()), "every part is ready")
    parts = pipeline.status()
    assert {part.name for part in parts} == {*SERVERS, *SERVICES}
    for part in parts:
        assert part.restarts >= 1, part
        assert part.last_end == "terminated by SIGKILL" or part.restarts > 1, part
        assert part.since is not None
        assert part.since > STARTED


def test_processes_wait_for_servers_that_are_down_at_their_start(pipeline: Pipeline) -> None:
    for server in SERVERS:
        pipeline.stop_process(server)
    for name in (killed := ("intake", "publisher", "api")):
        pipeline.process(name).kill()
    early: list[str] = []
    for server in SERVERS:  # in the order in which processes wait for them
        waiting = [name for name in killed if server in SERVICES[name].needs]
        _until(lambda n=waiting, s=server: _all_wait(pipeline, n, s), f"{waiting} wait for {server}")  # type: ignore[misc]
        early = [*early, *(name for name in waiting if _parts(pipeline)[name].ready)]
        pipeline.supervisor.run(server, pipeline.stack.command(server, _silent))
        _until(lambda s=server: pipeline.stack.answers(s), f"{server} answers")  # type: ignore[misc]
    assert early == []
    _until(lambda: all(part.ready for part in pipeline.status()), "every part is ready")


def _all_wait(pipeline: Pipeline, names: list[str], server: str) -> bool:
    states = _parts(pipeline)
    return all(states[name].state.startswith(f"waiting for {server} at ") for name in names)


def test_down_stops_everything_after_the_supervisor_and_half_the_processes_were_killed(pipeline: Pipeline) -> None:
    pids = {part.name: part.pid for part in pipeline.status()}
    Process("supervisor", pipeline.stack.state_dir).send(signal.SIGKILL)
    for name in ("worker", "intake", "kafka"):
        pipeline.process(name).kill()
    assert {part.state for part in pipeline.status()} == {"stopped", "runs unsupervised"}
    assert not any(part.ready for part in pipeline.status())
    pipeline.down(_silent)
    assert {part.state for part in pipeline.status()} == {"stopped"}
    assert [name for name, pid in pids.items() if pid is not None and psutil.pid_exists(pid)] == []


async def _broken(pipeline: Pipeline) -> list[object]:
    engine = wiring.database(pipeline.settings)
    try:
        return list(await violations(engine))
    finally:
        await engine.dispose()


async def _units(pipeline: Pipeline) -> tuple[int, int]:
    """Units held in all, and authorizations that hold exactly their one unit."""
    engine = wiring.database(pipeline.settings)
    async with engine.connect() as connection:
        held = await connection.scalar(text("SELECT sum(units) FROM authorization_uses WHERE released_at IS NULL"))
        exact = await connection.scalar(
            text(
                "SELECT count(*) FROM (SELECT number FROM authorization_uses WHERE released_at IS NULL "
                "GROUP BY number HAVING sum(units) = 1) t"
            )
        )
    await engine.dispose()
    return int(held or 0), int(exact or 0)
