"""Bulk releases on a real database: what is chosen, who may agree, and what no statement gets past."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import PlanId
from adjudication.review.bulk_retry import Selection, Stage
from contracts.records.bulk_retries import BulkRetryRecord, DryRun
from storage.audit.trail import broken
from storage.bulk_retries.proposals import BulkRetries
from tests.builders.ledger.bulk_cases import (
    AT,
    BOSS,
    LIMITS,
    OPS,
    OTHER,
    a_release,
    code_of,
    opened,
    seen,
    take,
    waiting,
)
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import SERVICE_DATE

pytestmark = pytest.mark.servers


@pytest.fixture
async def releases(engine: AsyncEngine) -> BulkRetries:
    return await opened(engine)


async def test_a_dry_run_counts_and_sums_and_keeps_nothing(stores: Stores, releases: BulkRetries) -> None:
    await waiting(stores, "C1", "C2")
    await waiting(stores, "C3", code="P-AUTH")
    found = await releases.dry_run(Selection(frozenset({"P-DOC", "P-AUTH"})), AT)
    assert isinstance(found, DryRun)
    assert (found.claims, found.billed, found.held) == (3, Decimal(750), 0)
    assert [(share.name, share.claims, share.billed) for share in found.by_code] == [
        ("P-DOC", 2, Decimal(500)),
        ("P-AUTH", 1, Decimal(250)),
    ]
    assert len(found.sample) == 3
    assert await stores.rows("SELECT count(*) FROM bulk_releases") == [(0,)]


@pytest.mark.parametrize(
    ("selection", "claims"),
    [
        (Selection(frozenset({"P-DOC"})), 2),
        (Selection(frozenset({"P-ELIG"})), 0),
        (Selection(frozenset({"P-DOC"}), served_from=SERVICE_DATE, served_to=SERVICE_DATE), 2),
        (Selection(frozenset({"P-DOC"}), served_from=SERVICE_DATE + timedelta(days=1)), 0),
        (Selection(frozenset({"P-DOC"}), served_to=date(2025, 1, 1)), 0),
        (Selection(frozenset({"P-DOC"}), due_before=datetime(2025, 9, 15, 9, 0, tzinfo=UTC)), 0),
        (Selection(frozenset({"P-DOC"}), due_before=datetime(2025, 9, 15, 9, 1, tzinfo=UTC)), 2),
        (Selection(frozenset({"P-DOC"}), plan=PlanId("HUDSON-COMM")), 1),
        (Selection(frozenset({"P-DOC"}), policy="hudson-6.01.03"), 1),
        (Selection(frozenset({"P-DOC"}), policy="hudson-6.01.03", version="2"), 0),
    ],
)
async def test_every_filter_narrows(stores: Stores, releases: BulkRetries, selection: Selection, claims: int) -> None:
    one, _ = await waiting(stores, "C1", "C2")
    finding = '[{"line": 1, "evidence": [{"name": "plan", "value": "HUDSON-COMM"}]}]'
    legs = '[{"line": 1, "legs": [{"policy": "hudson-6.01.03", "version": "1"}]}]'
    await stores.execute(
        f"UPDATE traces SET findings = '{finding}' WHERE claim_id = '{one}'",
        f"INSERT INTO policy_traces VALUES ('{one}', 0, 'bundle', '{legs}', '[]')",
    )
    found = await releases.dry_run(selection, AT)
    assert isinstance(found, DryRun)
    assert found.claims == claims


async def test_what_a_person_holds_is_left_out_unless_it_is_wanted(stores: Stores, releases: BulkRetries) -> None:
    one, two = await waiting(stores, "C1", "C2")
    await take(stores, one, AT - timedelta(minutes=5))
    await take(stores, two, AT - timedelta(minutes=31))
    found = await releases.dry_run(Selection(frozenset({"P-DOC"})), AT)
    assert isinstance(found, DryRun)
    assert (found.claims, found.held) == (1, 1)
    assert [chosen.claim_id for chosen in found.sample] == [two]
    both = await releases.dry_run(Selection(frozenset({"P-DOC"}), held_too=True), AT)
    assert isinstance(both, DryRun)
    assert (both.claims, both.held) == (2, 1)


async def test_a_proposal_holds_exactly_the_claims_that_waited_then(stores: Stores, releases: BulkRetries) -> None:
    chosen = await waiting(stores, "C1", "C2")
    proposed = seen(await releases.propose(a_release(), OPS, AT))
    await waiting(stores, "C3")
    page = await releases.claims(proposed.release_id, 0)
    assert {claim.claim_id for claim in page.claims} == set(chosen)
    assert (proposed.proposal.claims, proposed.proposal.billed) == (2, Decimal(500))
    assert proposed.stage is Stage.PROPOSED
    assert [words async for words in broken(stores.engine)] == []


async def test_a_proposal_sent_again_is_the_same_one_also_at_once(stores: Stores, releases: BulkRetries) -> None:
    await waiting(stores, "C1")
    new = a_release()
    answers = await asyncio.gather(*(releases.propose(new, OPS, AT) for _ in range(4)))
    assert {seen(answer).release_id for answer in answers} == {new.key}
    assert await stores.rows("SELECT count(*) FROM audit_trail WHERE subject LIKE 'release/%'") == [(1,)]
    assert code_of(await releases.propose(new, OTHER, AT)) == "idempotency-key-reused"
    assert code_of(await releases.propose(replace(new, per_second=1), OPS, AT)) == "idempotency-key-reused"


async def test_too_many_claims_are_refused_and_nothing_is_kept(engine: AsyncEngine, stores: Stores) -> None:
    await waiting(stores, "C1", "C2")
    narrow = BulkRetries(engine, replace(LIMITS, most_claims=1))
    assert code_of(await narrow.dry_run(Selection(frozenset({"P-DOC"})), AT)) == "too-many"
    assert code_of(await narrow.propose(a_release(), OPS, AT)) == "too-many"
    assert await stores.rows("SELECT count(*) FROM bulk_releases") == [(0,)]


async def test_another_person_agrees_and_the_trail_states_it(stores: Stores, releases: BulkRetries) -> None:
    await waiting(stores, "C1")
    release = seen(await releases.propose(a_release(), OPS, AT)).release_id
    assert code_of(await releases.approve(release, OPS, AT)) == "own-proposal"
    first, second = await asyncio.gather(releases.approve(release, OTHER, AT), releases.approve(release, BOSS, AT))
    agreed = [answer for answer in (first, second) if isinstance(answer, BulkRetryRecord)]
    assert [answer.stage for answer in agreed] == [Stage.RUNNING]
    again = seen(await releases.approve(release, OTHER if agreed[0].approved_by == "OPS-2" else BOSS, AT))
    assert again.approved_by == agreed[0].approved_by
    entries = await stores.rows(
        "SELECT content->>'action' FROM audit_trail WHERE subject LIKE 'release/%' ORDER BY number"
    )
    assert entries == [("proposed",), ("approved",)]
    assert [words async for words in broken(stores.engine)] == []


async def test_a_proposal_a_day_old_is_shown_as_expired_and_refused(stores: Stores, releases: BulkRetries) -> None:
    await waiting(stores, "C1")
    release = seen(await releases.propose(a_release(), OPS, AT)).release_id
    late = AT + timedelta(hours=24)
    assert seen(await releases.one(release, late)).stage is Stage.EXPIRED
    assert code_of(await releases.approve(release, BOSS, late)) == "not-proposed"
    assert [one.stage for one in await releases.newest(late)] == [Stage.EXPIRED]


async def test_a_cancelled_release_stays_cancelled(stores: Stores, releases: BulkRetries) -> None:
    await waiting(stores, "C1")
    release = seen(await releases.propose(a_release(), OPS, AT)).release_id
    await releases.approve(release, OTHER, AT)
    assert seen(await releases.change(release, Stage.CANCELLED, BOSS, AT)).ended_by == "BOSS"
    assert seen(await releases.change(release, Stage.CANCELLED, OPS, AT)).ended_by == "BOSS"
    assert code_of(await releases.change(release, Stage.RUNNING, OPS, AT)) == "not-now"
    assert await releases.change(str(uuid4()), Stage.CANCELLED, OPS, AT) is None


BYPASSES: Sequence[tuple[str, str]] = (
    ("UPDATE bulk_releases SET approved_by = 'OPS-1', approved_at = proposed_at", "four_eyes"),
    ("UPDATE bulk_releases SET stage = 'running'", "runs_only_agreed"),
    ("UPDATE bulk_releases SET approved_by = 'OPS-2'", "agreed_by_somebody"),
    (
        "UPDATE bulk_releases SET approved_by = 'OPS-2', approved_at = proposed_at + interval '24 hours'",
        "agreed_within_a_day",
    ),
    ("UPDATE bulk_releases SET claims = 99", "release_stands"),
    ("UPDATE bulk_releases SET proposed_by = 'BOSS'", "release_stands"),
    ("UPDATE bulk_releases SET selection = '{}'", "release_stands"),
    ("DELETE FROM bulk_releases", "release_stands"),
    ("DELETE FROM bulk_release_claims", "release_claims_stand"),
    ("UPDATE bulk_release_claims SET billed = 0", "release_claims_stand"),
)


@pytest.mark.parametrize(("statement", "constraint"), BYPASSES, ids=[f"{n}-{c}" for n, (_, c) in enumerate(BYPASSES)])
async def test_no_statement_gets_past_four_eyes(
    stores: Stores, releases: BulkRetries, statement: str, constraint: str
) -> None:
    await waiting(stores, "C1")
    await releases.propose(a_release(), OPS, AT)
    assert await refused_by(stores, statement) == constraint


async def test_no_claim_comes_in_after_a_person_agreed(stores: Stores, releases: BulkRetries) -> None:
    await waiting(stores, "C1")
    release = seen(await releases.propose(a_release(), OPS, AT)).release_id
    await releases.approve(release, OTHER, AT)
    [late] = await waiting(stores, "C2")
    insert = (
        f"INSERT INTO bulk_release_claims (release_id, claim_id, place, billed) VALUES ('{release}', '{late}', 9, 1)"
    )
    assert await refused_by(stores, insert) == "release_claims_stand"
    assert await refused_by(stores, "UPDATE bulk_releases SET approved_by = 'BOSS'") == "release_stands"


async def refused_by(stores: Stores, statement: str) -> str | None:
    with pytest.raises(IntegrityError) as refused:
        await stores.execute(statement)
    assert isinstance(refused.value.orig, psycopg.Error)
    return refused.value.orig.diag.constraint_name
