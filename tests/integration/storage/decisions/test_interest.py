"""Interest on money an appeal won after the law's time to pay, on a real database: shown, and put before a person."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import orjson
import pytest

from adjudication.deadlines.interest import Interest, LateInterest, Standing
from adjudication.model.determination import Determination
from adjudication.model.vocabulary import PendCode
from adjudication.review.claim_deadlines import Wait
from cli.claims.explain import explain
from contracts.event_builders.decisions import determination_messages
from contracts.events.determinations import DeterminationV1, InterestV1
from contracts.events.reopenings import Reason, ReopeningRaised
from contracts.events.topics import DETERMINATIONS, REVIEW_TASKS
from contracts.records.decisions import Publication
from storage.claims.claim_file import read_claim_file
from storage.claims.search import find_claims
from storage.invariants.ledger import ASKED, FOLLOWS
from tests.builders.ledger.appeal_cases import FILED, Office, a_denied_claim, a_filing, decides
from tests.builders.ledger.ledgers import DECIDED, Stores, approved
from tests.builders.ledger.submissions import RECEIVED, a_submission

pytestmark = pytest.mark.servers
DUE = date(2025, 10, 1)
IN_TIME, LATE = FILED + timedelta(days=5), FILED + timedelta(days=25)


@pytest.fixture
def office(stores: Stores) -> Office:
    return Office(stores.engine, stores.reference)


async def overturned(stores: Stores, office: Office, plan: str, decider: str, at: datetime) -> DeterminationV1:
    """A line is denied on the day after receipt; another person overturns that; what is shown then."""
    claim = await a_denied_claim(stores, plan)
    await office.file(a_filing(claim))
    assert (await office.does(decider, at, **decides("overturned"))).accepted
    event = [orjson.loads(m.value) for m in await stores.sent() if m.topic == DETERMINATIONS][-1]
    return DeterminationV1.model_validate_json(orjson.dumps(event["data"]))


async def reopenings(stores: Stores) -> list[ReopeningRaised]:
    tasks = [m.value for m in await stores.sent() if m.topic == REVIEW_TASKS and b"reopening" in m.value]
    return [ReopeningRaised.model_validate_json(task) for task in tasks]


def only(expected: DeterminationV1) -> InterestV1:
    assert expected.interest is not None
    [entry] = expected.interest
    return entry


async def test_new_york_counts_from_the_first_due_day_on_the_line_won_alone_and_our_reading_is_checked(
    stores: Stores, office: Office
) -> None:
    shown = await overturned(stores, office, "HUDSON-EP", "peer", LATE)
    late = only(shown)
    assert (late.standing, late.due_on, late.confidence) == ("owed", DUE, "low")
    assert late.on == shown.lines[0].payable < shown.payable, "the line that was paid before bears none"
    assert (late.days, late.amount, late.least) == (6, Decimal(0), Decimal(2)), (
        "six days make less than need be paid, so far"
    )
    [raised] = await reopenings(stores)
    newest = await stores.rows("SELECT event_id FROM determinations WHERE version = 2")
    assert (raised.data.reason, [(raised.data.cause,)]) == (Reason.INTEREST_UNSETTLED, newest)
    assert await stores.broken() == []
    [found] = await find_claims(stores.engine, "C1")
    words = "\n".join(explain(await read_claim_file(stores.engine, found["claim_id"])))
    assert f"owed: interest on ${late.on} (due October 1, 2025, decided October 7, 2025) is under $2.00 so far" in words
    assert f"{late.on} paid 2025-10-07, due 2025-10-01: 6 days late" in words
    assert "to be settled by a person[/yellow]: our reading of the law" in words


async def test_from_when_medicare_advantage_counts_is_not_known_and_that_is_shown_and_asked(
    stores: Stores, office: Office
) -> None:
    late = only(await overturned(stores, office, "CASCADE-MA", "appeals-md", LATE))
    assert (late.standing, late.amount, late.clock) == ("not-reckoned", None, "ma-clean-claim")
    assert len(late.why) == 2, "neither the contract of the provider nor the day is known"
    assert len(await reopenings(stores)) == 1
    assert await stores.broken() == []


async def test_a_line_won_before_the_first_due_day_bears_none(stores: Stores, office: Office) -> None:
    shown = await overturned(stores, office, "HUDSON-EP", "peer", IN_TIME)
    assert (shown.version, shown.interest) == (2, None)
    assert shown.lines[0].payable > 0
    assert await reopenings(stores) == []
    assert await stores.broken() == []


async def test_what_a_claim_waited_for_and_when_is_read_back(stores: Stores) -> None:
    batch, [stored] = await stores.accept(a_submission("C1"))
    await stores.decisions.commit(batch.batch_id, [stores.pended(stored)])
    await stores.decisions.commit(batch.batch_id, [stores.pended(stored, "P-DOC", round_number=1)])
    times = (await stores.decisions.case_times([stored.claim.claim_id]))[stored.claim.claim_id]
    assert (times.received_at, times.decided_at) == (RECEIVED, None)
    first, second = times.waits
    assert (first.code, second) == ("P-FAM", Wait(PendCode("P-DOC"), second.since, None))
    assert first.until is not None
    assert first.since <= first.until <= second.since


async def _commit_interest(stores: Stores, *, days: int, why: tuple[str, ...] = ()) -> None:
    """A determination with interest of 30 days at 12 percent on 500 dollars, shown with a number of days."""
    batch, [stored] = await stores.accept(a_submission("C1"))
    rule = stores.reference.deadlines.interest["ny-late-payment"]
    computed = Interest(Decimal("4.93"), Decimal(12), days, Decimal("0.164384"), ())
    through = DUE + timedelta(days=30)
    line = approved(stored.claim.lines[0])
    late = LateInterest(
        Standing.OWED, "ny-prompt-payment-electronic", line.paid, DUE, through, (), why, rule=rule, interest=computed
    )
    decision = Determination(stored.claim.claim_id, DECIDED, (line,), "synthetic-bundle", interest=(late,))
    messages = determination_messages(stored.claim, decision, stores.reference)
    await stores.decisions.commit(batch.batch_id, [Publication(stored, decision, 0, messages)])


async def test_the_check_of_the_ledger_finds_interest_that_does_not_follow_from_its_figures(stores: Stores) -> None:
    await _commit_interest(stores, days=31)
    assert await stores.broken() == [FOLLOWS]


async def test_the_check_of_the_ledger_finds_a_doubt_that_no_person_was_asked_about(stores: Stores) -> None:
    await _commit_interest(stores, days=30, why=("the contract of the provider is not known",))
    assert await stores.broken() == []
    await stores.execute("DELETE FROM reopenings")
    assert await stores.broken() == [ASKED]
