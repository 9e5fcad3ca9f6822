"""The impact of another policy version is what adjudicating each recorded claim again by that version alone comes to."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from activities.readjudication.shadow import Shadows
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.readjudication.impact import Confidence, Direction, LineImpact
from adjudication.readjudication.shadow import Shadow
from cli.policy.recorded_claims import recorded_impact
from cli.policy.show_impact import write_csv, write_json
from rulebook.authoring.versions import find_version
from rulebook.library import PolicyLibrary, load_library
from runtime.clients import recorded_impact as recorded_impact_module
from runtime.clients.recorded_impact import Versions, judged_by, judging_processes
from runtime.processes.ports import shadow_ports
from storage.decisions.policy_traces import Concerned
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.recorded import decided, submitted
from tests.builders.policy.draft_folders import STRICTER, add_draft, boundary_charts, released_folder
from tests.builders.policy.policy_folders import sound_facts

pytestmark = pytest.mark.servers
NOW = datetime(2025, 9, 3, 9, 0, tzinfo=UTC)
_Outcome = tuple[str, Decimal, tuple[str, ...]]
_Differs = tuple[ClaimId, LineNumber, _Outcome, _Outcome]


@pytest.fixture
def in_force(tmp_path: Path) -> PolicyLibrary:
    return load_library(released_folder(tmp_path / "old"))


@pytest.fixture
def other(tmp_path: Path) -> ReferenceData:
    """The same folder in which the text of the other version alone is in force: what the oracle adjudicates by."""
    return load_library(released_folder(tmp_path / "new", *STRICTER)).reference


@pytest.fixture
def drafts(tmp_path: Path, in_force: PolicyLibrary) -> PolicyLibrary:
    """The folder in force with the other version as a draft next to it."""
    root = tmp_path / "old" / "policies"
    add_draft(root, *STRICTER)
    return load_library(root, with_drafts=True)


@pytest.fixture
def compared(drafts: PolicyLibrary) -> Versions:
    catalog = drafts.medical.catalog
    return find_version(catalog, "brain-mrs", "1.0"), find_version(catalog, "brain-mrs", "2.0")


async def _oracle(stores: Stores, one: ReferenceData, other: ReferenceData, claims: Iterable[ClaimId]) -> set[_Differs]:
    """Adjudicate each claim from the beginning by either version, one after the other, and keep the lines that differ."""
    ports = shadow_ports(stores.engine)
    found: set[_Differs] = set()
    for claim in claims:
        before, _ = await Shadows(ports, one, lambda: NOW).of(claim)
        after, work = await Shadows(ports, other, lambda: NOW).of(claim)
        for line in work.stored.claim.lines:
            was, now = _outcome(before, line.number), _outcome(after, line.number)
            if was != now:
                found.add((claim, line.number, was, now))
    return found


def _outcome(shadow: Shadow, number: LineNumber) -> _Outcome:
    line = shadow.lines.get(number)
    if line is not None:
        return (line.disposition.value, line.paid, ())
    return ("waits", Decimal(0), shadow.waits[number])


def _short(each: LineImpact) -> tuple[object, ...]:
    return (each.claim_id, each.line, each.before.disposition, each.after.disposition)


async def test_the_impact_is_what_adjudicating_again_by_the_other_version_comes_to(
    stores: Stores, in_force: PolicyLibrary, other: ReferenceData, drafts: PolicyLibrary, compared: Versions
) -> None:
    claims = [each.claim.claim_id for each in await decided(stores, in_force, *boundary_charts())]
    found, _ = await recorded_impact(stores.engine, drafts, compared, Concerned(frozenset({"76390", "72148"})))
    oracle = await _oracle(stores, in_force.reference, other, claims)
    expected = {(claim, line, was[0], now[0]) for claim, line, was, now in oracle}
    assert {_short(each) for each in found.impacts} == expected
    assert expected, "the charts lie on both sides of the boundary"
    assert {each.direction for each in found.impacts} >= {Direction.TO_REVIEW}
    paid = {(claim, line): was[1] for claim, line, was, _ in oracle}
    assert {
        (each.claim_id, each.line): each.amount for each in found.impacts if each.direction is Direction.TO_REVIEW
    } == {key: amount for key, amount in paid.items() if amount}
    assert found.claims == len(claims)
    assert await stores.rows("SELECT count(*) FROM reopenings") == [(0,)]


async def test_facts_that_came_after_the_decision_do_not_count_and_missing_ones_are_said(
    stores: Stores, in_force: PolicyLibrary, drafts: PolicyLibrary, compared: Versions
) -> None:
    """Eight weeks are too few for the draft; where the chart does not say whether a deficit is new, the draft asks for it."""
    recent = {"imaging_date": date(2025, 8, 1)}
    [known, open_still] = await decided(
        stores,
        in_force,
        submitted("C1", *sound_facts(**recent, pain_score=Decimal(9), deficit_new=False)),
        submitted("C2", *sound_facts(**recent, pain_score=Decimal(9)), member="SYN-000002"),
    )
    evidence = 'UPDATE claims SET payload = replace(payload::text, \'"number":"8"\', \'"number":"9"\')::json'
    concerned = Concerned(frozenset({"76390"}))
    before, _ = await recorded_impact(stores.engine, drafts, compared, concerned)
    await stores.execute(evidence)
    after, _ = await recorded_impact(stores.engine, drafts, compared, concerned)
    assert before.impacts == after.impacts
    sure = {each.claim_id: each.confidence for each in before.impacts}
    assert sure == {known.claim.claim_id: Confidence.CERTAIN, open_still.claim.claim_id: Confidence.FACTS_MISSING}


async def test_several_processes_find_what_one_process_finds(
    stores: Stores,
    in_force: PolicyLibrary,
    drafts: PolicyLibrary,
    compared: Versions,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await decided(stores, in_force, *boundary_charts())
    concerned = Concerned(frozenset({"76390"}))
    alone, _ = await recorded_impact(stores.engine, drafts, compared, concerned)
    monkeypatch.setenv("CLAIMWRIGHT_POSTGRES_DSN", database)
    monkeypatch.setattr(recorded_impact_module, "PAGE", 10)
    with judging_processes(drafts.reference, compared, 2) as pool:
        pages = [page async for page in judged_by(pool, stores.engine, concerned)]
    assert len(pages) == 3
    assert sum(page.claims for page in pages) == alone.claims
    together = [each for page in pages for each in page.impacts]
    assert sorted(together, key=str) == sorted(alone.impacts, key=str)
    assert together


async def test_files_hold_every_line_and_its_amount(
    stores: Stores, in_force: PolicyLibrary, drafts: PolicyLibrary, compared: Versions, tmp_path: Path
) -> None:
    await decided(stores, in_force, *boundary_charts())
    concerned = Concerned(frozenset({"76390"}), date(2025, 1, 1), date(2025, 12, 31))
    found, _ = await recorded_impact(stores.engine, drafts, compared, concerned)
    write_csv(found.impacts, tmp_path / "lines.csv")
    write_json({"policy": "brain-mrs"}, found.impacts, tmp_path / "impact.json")
    with (tmp_path / "lines.csv").open(encoding="utf-8") as opened:
        lines = list(csv.DictReader(opened))
    written = json.loads((tmp_path / "impact.json").read_text())
    assert len(lines) == len(written["lines"]) == len(found.impacts)
    sums = sum((Decimal(each["amount"]) for each in written["totals"]), Decimal(0))
    assert sums == sum((each.amount for each in found.impacts), Decimal(0))
    nothing, _ = await recorded_impact(
        stores.engine, drafts, compared, Concerned(frozenset({"76390"}), date(2026, 1, 1))
    )
    assert (nothing.claims, nothing.impacts) == (0, ())
