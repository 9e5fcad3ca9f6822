from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from adjudication.model.vocabulary import ClaimId
from console.dashboard.legal_deadlines import ClaimDeadline, DeadlinesAtRisk, LegalDeadlines
from contracts.records.dashboard import WaitingTimes
from storage.dashboard.waiting import WaitingQueries
from tests.builders.console.office import NOW, Office
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers
FAR = timedelta(days=400)


class Counting(WaitingQueries):
    """The real reads; remembers which claims were asked for."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.engine)
        self.asked: list[ClaimId] = []

    async def times(self, claim_ids: Sequence[ClaimId]) -> tuple[WaitingTimes, ...]:
        self.asked += claim_ids
        return await super().times(claim_ids)


@pytest.fixture
def reads(office: Office) -> Counting:
    return Counting(office)


@pytest.fixture
def clocks(office: Office, reads: Counting) -> LegalDeadlines:
    return LegalDeadlines(reads, office.library.reference)


async def first_due(clocks: LegalDeadlines) -> datetime:
    await clocks.refresh(NOW)
    [clock] = clocks.due(NOW + FAR)
    assert clock.due_at is not None
    return clock.due_at


async def test_a_waiting_claim_has_the_clock_that_is_due_first_with_its_source(
    clocks: LegalDeadlines, study: ClaimId
) -> None:
    await clocks.refresh(NOW)
    [clock] = clocks.due(NOW + FAR)
    assert clock.claim_id == study
    assert clock.due_at is not None
    # Received on 2025-09-01 in New York: 30 days of the law of employer plans and of prompt payment.
    assert clock.due_at.date().isoformat() == "2025-10-02"
    assert clock.rule
    assert clock.source


@pytest.mark.parametrize(
    ("before", "counted"),
    [
        (timedelta(hours=1), DeadlinesAtRisk(0, (1, 0, 0), 0, 0)),
        (timedelta(hours=23), DeadlinesAtRisk(0, (0, 1, 0), 0, 0)),
        (timedelta(hours=71), DeadlinesAtRisk(0, (0, 0, 1), 0, 0)),
        (timedelta(days=9), DeadlinesAtRisk(0, (0, 0, 0), 1, 0)),
        (timedelta(hours=-1), DeadlinesAtRisk(1, (0, 0, 0), 0, 0)),
    ],
)
async def test_clocks_are_counted_by_what_is_left(
    clocks: LegalDeadlines, study: ClaimId, before: timedelta, counted: DeadlinesAtRisk
) -> None:
    due = await first_due(clocks)
    assert await clocks.refresh(due - before) == counted


async def test_only_what_changed_is_computed_again(
    office: Office, clocks: LegalDeadlines, reads: Counting, study: ClaimId
) -> None:
    await clocks.refresh(NOW)
    assert reads.asked == [study]
    await clocks.refresh(NOW + timedelta(minutes=1))
    assert reads.asked == [study]
    [other] = await office.waiting(a_submission("SCAN-1", "72148"))
    await clocks.refresh(NOW + timedelta(minutes=2))
    assert reads.asked == [study, other]


async def test_a_request_for_documents_moves_the_clock(office: Office, clocks: LegalDeadlines, study: ClaimId) -> None:
    due = await first_due(clocks)
    await office.act(study, "NURSE", action="take")
    asked = await office.act(study, "NURSE", action="request-documents", kinds=["clinical-note"])
    assert asked.status_code == 200, asked.text
    later = NOW + timedelta(hours=1)
    await clocks.refresh(later)
    [clock] = clocks.due(later + FAR)
    assert clock.due_at is not None
    # The law of employer plans is stopped and extended; that of prompt payment is what is due first now, or later.
    assert clock.due_at >= due


async def test_who_no_longer_waits_is_forgotten(office: Office, clocks: LegalDeadlines, study: ClaimId) -> None:
    await clocks.refresh(NOW)
    await office.stores.execute("UPDATE pends SET closed_at = now()")
    assert await clocks.refresh(NOW) == DeadlinesAtRisk(0, (0, 0, 0), 0, 0)


async def test_a_claim_whose_clock_cannot_be_computed_is_distinguished(
    office: Office, clocks: LegalDeadlines, study: ClaimId
) -> None:
    await office.stores.execute("UPDATE pends SET code = 'P-UNHEARD-OF'")
    assert await clocks.refresh(NOW) == DeadlinesAtRisk(0, (0, 0, 0), 0, 1)
    assert [clock.claim_id for clock in clocks.without()] == [study]
    assert list(clocks.without(after=study)) == []


async def test_a_list_of_clocks_goes_on_behind_the_last_one_shown(office: Office, clocks: LegalDeadlines) -> None:
    await office.waiting(*(a_submission(f"SCAN-{n}", "72148") for n in range(3)))
    await clocks.refresh(NOW)
    first, *rest = clocks.due(NOW + FAR)
    assert first.due_at is not None
    assert list(clocks.due(NOW + FAR, (first.due_at, first.claim_id))) == rest
    assert len(rest) == 2
    assert all(isinstance(clock, ClaimDeadline) for clock in rest)
