"""A monitor judges each decision once by a draft, after it was made, and changes nothing that was decided."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.people import Refusal, Role, StaffMember
from cli.policy.recorded_claims import recorded_impact
from contracts.records.monitors import Monitor, MonitorFilter, MonitorView
from rulebook.authoring.versions import find_version
from rulebook.library import PolicyLibrary, load_library
from runtime.reconciliation.monitors import MonitorTurns
from storage.decisions.policy_traces import Concerned
from storage.monitors.store import Monitors
from storage.privileges.roles import DatabaseRole
from storage.reconciliation.stuck import MONITORS_STUCK, stuck_work
from tests.builders.console.office import person
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.recorded import DECIDED, decided
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.staff import put_people
from tests.builders.policy.draft_folders import STRICTER, add_draft, boundary_charts, released_folder

pytestmark = pytest.mark.servers

WHY = "The draft asks for nine points of pain, and ten weeks of treatment."
STARTED = DECIDED - timedelta(hours=1)
NOW = DECIDED + timedelta(minutes=5)
MONITOR = Monitor(
    "5b7c6a52-0b1f-4c3d-9a51-0d6a9ce4f001", "brain-mrs", "2.0", Decimal(1), WHY, date(2025, 9, 30), "OWNER", STARTED
)
OWNER = StaffMember("OWNER", frozenset({Role.POLICY_OWNER}))
ALL = MonitorFilter()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = released_folder(tmp_path / "data")
    add_draft(folder, *STRICTER)
    return folder


@pytest.fixture
def in_force(root: Path) -> PolicyLibrary:
    return load_library(root)


@pytest.fixture
async def monitors(stores: Stores) -> Monitors:
    await put_people(stores.engine, [person("OWNER", "policy-owner")])
    return Monitors(in_role(stores.engine, DatabaseRole.CONSOLE))


def turns(engine: AsyncEngine, library: PolicyLibrary, root: Path, now: datetime = NOW) -> MonitorTurns:
    async def quiet() -> bool:
        await asyncio.sleep(0)
        return False

    return MonitorTurns(in_role(engine, DatabaseRole.RECONCILER), library, root, quiet, lambda: now)


async def seen(monitors: Monitors, chosen: MonitorFilter = ALL) -> MonitorView:
    found = await monitors.view(MONITOR.monitor_id, chosen, 10_000)
    assert found is not None
    return found


async def test_a_monitor_finds_what_the_comparison_of_both_versions_finds(
    stores: Stores, monitors: Monitors, in_force: PolicyLibrary, root: Path
) -> None:
    claims = await decided(stores, in_force, *boundary_charts())
    assert await monitors.start(MONITOR, OWNER) == MONITOR
    await turns(stores.engine, in_force, root).turn()
    drafts = load_library(root, with_drafts=True)
    catalog = drafts.medical.catalog
    compared = find_version(catalog, "brain-mrs", "1.0"), find_version(catalog, "brain-mrs", "2.0")
    oracle, _ = await recorded_impact(stores.engine, drafts, compared, Concerned(frozenset({"76390", "72148"})))
    found = await seen(monitors)
    decisions = await stores.rows("SELECT claim_id::text FROM determinations")
    judged = {claim for (claim,) in decisions}
    wanted = {(e.claim_id, e.line, e.direction, e.amount) for e in oracle.impacts if e.claim_id in judged}
    assert {(e["claim"], e["line"], e["direction"], e["amount"]) for e in found.lines} == wanted
    assert wanted, "the charts lie on both sides of the boundary"
    assert found.run is not None
    assert (found.run.claims, found.run.differing) == (len(judged), len(wanted))
    assert len(judged) < len(claims), "claims that wait are judged when they are decided"
    assert {e["before_rule"] for e in found.lines} == {"brain-mrs 1.0 T-01"}
    assert all(e["after_rule"].startswith("brain-mrs 2.0") for e in found.lines)
    assert await stores.rows("SELECT count(*) FROM reopenings") == [(0,)]


async def test_no_decision_is_judged_twice_and_a_later_one_is_judged_next(
    stores: Stores, monitors: Monitors, in_force: PolicyLibrary, root: Path
) -> None:
    charts = list(boundary_charts())
    await decided(stores, in_force, *charts[:3])
    await monitors.start(MONITOR, OWNER)
    await turns(stores.engine, in_force, root).turn()
    first = await seen(monitors)
    for _ in range(2):
        await turns(stores.engine, in_force, root, NOW + timedelta(minutes=10)).turn()
    assert await seen(monitors) == replace(
        first, monitor=(await seen(monitors)).monitor, run=(await seen(monitors)).run
    )
    assert first.run is not None
    # Decided at the same time as the others, committed after the position moved on: the second look finds them.
    await decided(stores, in_force, *charts[3:])
    await asyncio.gather(*(turns(stores.engine, in_force, root, NOW + timedelta(minutes=16)).turn() for _ in range(2)))
    rows = await stores.rows("SELECT count(*), count(DISTINCT claim_id) FROM monitor_claims")
    [(decisions,)] = await stores.rows("SELECT count(*) FROM determinations")
    assert rows == [(decisions, decisions)]
    last = (await seen(monitors)).run
    assert last is not None
    assert last.claims == decisions > first.run.claims


async def test_a_changed_draft_is_judged_from_the_beginning(
    stores: Stores, monitors: Monitors, in_force: PolicyLibrary, root: Path
) -> None:
    await decided(stores, in_force, *boundary_charts())
    await monitors.start(MONITOR, OWNER)
    await turns(stores.engine, in_force, root).turn()
    before = await seen(monitors)
    add_draft(root)
    await turns(stores.engine, in_force, root).turn()
    after = await seen(monitors)
    assert before.run is not None
    assert after.run is not None
    assert (before.runs, after.runs) == (1, 2)
    assert before.run.draft_hash != after.run.draft_hash
    assert before.run.claims == after.run.claims
    assert (before.run.differing > 0, after.run.differing) == (True, 0)
    assert after.agreement == Decimal(100)
    said = await stores.rows(
        "SELECT content ->> 'action' FROM audit_trail WHERE subject LIKE 'monitor/%' ORDER BY number"
    )
    assert said == [("started",), ("judges",), ("judges",)]


async def test_a_draft_that_does_not_load_is_named_and_the_work_is_shown_as_stuck(
    stores: Stores, monitors: Monitors, in_force: PolicyLibrary, root: Path
) -> None:
    await monitors.start(MONITOR, OWNER)
    assert await stuck_work(stores.engine, STARTED + timedelta(minutes=5)) == ()
    (root / "medical/brain-mrs/2.0/general.yaml").write_text("parts: [")
    await turns(stores.engine, in_force, root).turn()
    trouble = (await seen(monitors)).monitor.trouble
    assert trouble is not None
    assert "general.yaml" in trouble
    [stuck] = await stuck_work(stores.engine, NOW)
    assert (stuck.what, stuck.count) == (MONITORS_STUCK, 1)
    await monitors.stop(MONITOR.monitor_id, OWNER, "The draft is written again from its source.", NOW)
    assert await stuck_work(stores.engine, NOW) == ()


async def test_a_monitor_takes_its_share_of_claims_and_ends_when_it_is_stopped(
    stores: Stores, monitors: Monitors, in_force: PolicyLibrary, root: Path
) -> None:
    await decided(stores, in_force, *boundary_charts())
    await monitors.start(replace(MONITOR, share=Decimal("0.5")), OWNER)
    await turns(stores.engine, in_force, root).turn()
    judged = {claim for (claim,) in await stores.rows("SELECT claim_id::text FROM monitor_claims")}
    all_decided = {claim for (claim,) in await stores.rows("SELECT claim_id::text FROM determinations")}
    assert judged == {claim for claim in all_decided if int(claim[:8], 16) < 2**31}
    assert 0 < len(judged) < len(all_decided)
    stopped = await monitors.stop(MONITOR.monitor_id, OWNER, "The figures are enough to release it.", NOW)
    assert isinstance(stopped, Monitor)
    assert await turns(stores.engine, in_force, root, NOW + timedelta(hours=1)).turn() == 15.0
    again = await monitors.stop(MONITOR.monitor_id, OWNER, "The figures are enough to release it.", NOW)
    assert isinstance(again, Refusal)
    assert again.code == "stopped"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM monitor_lines",
        "UPDATE monitor_claims SET differing = 0",
        "UPDATE monitors SET share = 0.1",
        "UPDATE monitor_runs SET draft_hash = 'other'",
        "UPDATE monitor_runs SET position_at = position_at - interval '1 day'",
    ],
)
async def test_nothing_that_was_judged_is_changed_or_judged_again(
    stores: Stores, monitors: Monitors, in_force: PolicyLibrary, root: Path, statement: str
) -> None:
    await decided(stores, in_force, *list(boundary_charts())[:3])
    await monitors.start(MONITOR, OWNER)
    await turns(stores.engine, in_force, root).turn()
    assert (await seen(monitors)).lines
    with pytest.raises(IntegrityError):
        await stores.execute(statement)
