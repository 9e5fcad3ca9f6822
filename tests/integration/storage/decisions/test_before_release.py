"""A supervisor and quality look at decisions before release, on PostgreSQL: what is held, by whom it is let go or sent back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.claim_intake.registration import Submission
from contracts.ids import batch_id
from contracts.workflow_messages.claims import STEP_ORDER, ClaimBatch
from tests.builders.ledger.desks import Desk, a_desk, a_staff_member, documented, with_claim_fields
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import a_submission
from tests.builders.prerelease_holds import a_sample, an_authority, holding

pytestmark = pytest.mark.servers

AMOUNT, SAMPLED = "pricing.above_authority", "quality.sampled"
REASON = "The wrong line was paid: the order in the file names the cervical spine only."
MORE_STAFF = (
    a_staff_member("quality", "qa"),
    a_staff_member("second-quality", "qa"),
    a_staff_member("everything", "supervisor", "qa", "nurse", "pricing", "coder", "examiner"),
)


async def held(
    stores: Stores, submission: Submission | None = None, *, authority: str | None = None, sampled: bool = False
) -> Desk:
    """A claim on a plan that holds decisions, adjudicated until it waits."""
    limit = None if authority is None else an_authority(authority)
    stores = replace(stores, reference=holding(stores.reference, limit, a_sample() if sampled else None))
    await put_people(stores.engine, MORE_STAFF)
    return await a_desk(stores, submission or documented(a_submission("C1", "72148", "72141")))


async def about(desk: Desk, code: str) -> str:
    rows = await desk.stores.rows("SELECT about FROM pends WHERE closed_at IS NULL AND code = :code", code=code)
    return str(rows[0][0]) if rows else ""


def release_of(outcome: str, what: str) -> dict[str, Any]:
    fields = {"action": "decide", "line": None, "outcome": outcome, "resolution": "passes", "rationale": REASON}
    return {**fields, "about": what}


async def lets_go(desk: Desk, person: str, outcome: str, what: str) -> str:
    """Take it, pass it, and give it back whatever comes of it."""
    desk.now += timedelta(minutes=1)
    taken = await desk.do(person, action="take")
    answer = taken if taken != "ok" else await desk.do(person, **release_of(outcome, what))
    await desk.do(person, action="release")
    return answer


async def sends_back(desk: Desk, person: str, what: str, outcome: str = SAMPLED, **more: Any) -> str:
    desk.now += timedelta(minutes=1)
    await desk.takes(person)
    fields = {"outcome": outcome, "about": what, "error": "financial", "reason": REASON, **more}
    answer = await desk.do(person, action="send-back", **fields)
    await desk.do(person, action="release")
    return answer


async def codes(desk: Desk) -> list[str]:
    return [code for code, _, _ in await desk.waits_for()]


async def paid(desk: Desk) -> list[tuple[Any, ...]]:
    return await desk.stores.rows("SELECT line, disposition, paid::text FROM determination_lines ORDER BY line")


async def test_a_supervisor_approves_the_amount_and_the_claim_is_paid(stores: Stores) -> None:
    desk = await held(stores, authority="800.00")
    assert await desk.waits_for() == [("P-HIGH$", AMOUNT, 0)]
    assert await lets_go(desk, "examiner", AMOUNT, "810.50") == "not-your-queue"
    assert await lets_go(desk, "supervisor", AMOUNT, "900.00") == "other-decision", "that is not what would be paid"
    assert await lets_go(desk, "supervisor", AMOUNT, "810.50") == "ok"
    assert (await desk.try_again()).determined == 1
    assert await paid(desk) == [(1, "approved", "412.50"), (2, "approved", "398.00")]
    assert await stores.broken() == []
    assert await desk.broken_trail() == []


async def test_no_person_denies_or_prices_what_only_waits_for_an_approval(stores: Stores) -> None:
    desk = await held(stores, authority="800.00")
    await desk.takes("supervisor")
    for way in ({"resolution": "denies", "denies_as": "edits.duplicate"}, {"resolution": "priced", "allowed": "1.00"}):
        assert await desk.do("supervisor", **{**release_of(AMOUNT, "810.50"), **way}) == "role-may-not"


async def test_quality_passes_a_sampled_decision_and_not_before_is_anything_stated(stores: Stores) -> None:
    desk = await held(stores, sampled=True)
    assert await desk.waits_for() == [("P-QA", SAMPLED, 0)]
    assert await paid(desk) == []
    assert await lets_go(desk, "quality", SAMPLED, await about(desk, "P-QA")) == "ok"
    assert (await desk.try_again()).determined == 1
    assert len(await paid(desk)) == 2


async def test_two_looks_are_two_people(stores: Stores) -> None:
    """Whoever approved the amount does not pass the quality, whatever roles they have; a colleague does."""
    desk = await held(stores, authority="800.00", sampled=True)
    assert sorted(await codes(desk)) == ["P-HIGH$", "P-QA"]
    assert await lets_go(desk, "everything", AMOUNT, "810.50") == "ok"
    await desk.try_again()
    assert await codes(desk) == ["P-QA"]
    assert await lets_go(desk, "everything", SAMPLED, await about(desk, "P-QA")) == "four-eyes"
    words = (await desk.refusals())[-1][1]
    assert words == "you already judged its amount or its quality; a colleague does the other check"
    assert await lets_go(desk, "quality", SAMPLED, await about(desk, "P-QA")) == "ok"
    assert (await desk.try_again()).determined == 1


def short_of_treatment() -> Submission:
    """A claim whose treatment was too short: a nurse judges it."""
    shown = documented(a_submission("C1", "72148"))
    facts = shown.claim.supporting_information
    changed = tuple(f.model_copy(update={"number": Decimal(3)}) if f.fact == "tx.weeks" else f for f in facts)
    return with_claim_fields(shown, {"supporting_information": changed})


async def test_who_made_the_decision_does_not_release_it(stores: Stores) -> None:
    desk = await held(stores, short_of_treatment(), authority="100.00", sampled=True)
    ((_, outcome, _),) = await desk.waits_for()
    await desk.takes("everything")
    assert await desk.decides("everything", 1, outcome) == "ok"
    await desk.do("everything", action="release")
    await desk.try_again()
    assert sorted(await codes(desk)) == ["P-HIGH$", "P-QA"]
    assert await lets_go(desk, "everything", AMOUNT, "412.50") == "four-eyes"
    assert await lets_go(desk, "everything", SAMPLED, await about(desk, "P-QA")) == "four-eyes"
    assert await lets_go(desk, "supervisor", AMOUNT, "412.50") == "ok"
    assert await lets_go(desk, "quality", SAMPLED, await about(desk, "P-QA")) == "ok"
    assert (await desk.try_again()).determined == 1


@pytest.mark.parametrize("mine", ["settles", "states a fact"])
async def test_the_database_holds_four_eyes_too(stores: Stores, mine: str) -> None:
    """Whatever the programs say: the row of who decided and released the same claim is refused."""
    desk = await held(stores, short_of_treatment(), sampled=True)
    ((_, outcome, _),) = await desk.waits_for()
    await desk.takes("everything")
    if mine == "settles":
        assert await desk.decides("everything", 1, outcome) == "ok"
    else:
        fact = {"fact": "redflag.cauda_equina", "flag": False, "source": "SYN-DOC-1"}
        assert await desk.do("everything", action="record-facts", facts=[fact]) == "ok"
    action = await desk.submit("everything", **release_of(SAMPLED, "abc"))
    row = """
        INSERT INTO settlements (claim_id, line, outcome, resolution, clinical, person_id, role, rationale, evidence,
                                 criteria, settled_at, action_id, about)
        VALUES (CAST(:claim AS uuid), 0, 'quality.sampled', 'passes', false, 'SYN-everything', 'qa', :why, '[]', '[]',
                now(), CAST(:action AS uuid), 'abc')
    """
    with pytest.raises(IntegrityError, match="who makes a decision does not judge it before release"):
        async with stores.engine.begin() as connection:
            await connection.execute(text(row), {"claim": desk.claim_id, "why": REASON, "action": action})


async def test_a_decision_sent_back_is_decided_again_by_who_decides_and_seen_by_quality_again(stores: Stores) -> None:
    desk = await held(stores, short_of_treatment(), sampled=True)
    ((_, outcome, _),) = await desk.waits_for()
    await desk.takes("nurse")
    assert await desk.decides("nurse", 1, outcome) == "ok"
    await desk.do("nurse", action="release")
    await desk.try_again()
    seen = await about(desk, "P-QA")
    assert await sends_back(desk, "quality", seen, error="clinical-rationale") == "ok"
    await desk.try_again()
    assert [code for code, _, _ in await desk.waits_for()] == ["P-CLIN-N"]
    desk.now += timedelta(minutes=1)
    await desk.takes("nurse")
    assert await desk.decides("nurse", 1, outcome) == "ok"
    await desk.do("nurse", action="release")
    await desk.try_again()
    assert await codes(desk) == ["P-QA"]
    assert await lets_go(desk, "quality", SAMPLED, await about(desk, "P-QA")) == "ok"
    assert (await desk.try_again()).determined == 1
    kept = await stores.rows("SELECT error, reason, person_id, about FROM sent_back")
    assert kept == [("clinical-rationale", REASON, "SYN-quality", seen)]
    shown = await stores.rows("SELECT content->>'reason' FROM audit_trail WHERE content->>'action' = 'send-back'")
    assert shown == [(REASON,)]
    assert await desk.broken_trail() == []
    with pytest.raises(IntegrityError, match="what was sent back stands"):
        async with stores.engine.begin() as connection:
            await connection.execute(text("DELETE FROM sent_back"))


async def test_what_a_machine_decided_and_quality_sent_back_a_person_decides(stores: Stores) -> None:
    desk = await held(stores, sampled=True)
    assert await sends_back(desk, "quality", await about(desk, "P-QA"), line=2) == "ok"
    await desk.try_again()
    assert await desk.waits_for() == [("P-BACK", "quality.sent_back", 2)]
    assert await desk.do("quality", action="take") == "not-your-queue"
    desk.now += timedelta(minutes=1)
    await desk.takes("examiner")
    assert await desk.decides("examiner", 2, "quality.sent_back") == "ok"
    await desk.do("examiner", action="release")
    await desk.try_again()
    assert await codes(desk) == ["P-QA"], "quality sees the decision"


@pytest.mark.parametrize(
    ("person", "changes", "code"),
    [
        ("nurse", {}, "not-your-queue"),
        ("supervisor", {}, "role-may-not"),
        ("quality", {"about": "feed"}, "other-decision"),
        ("quality", {"reason": "wrong"}, "rationale"),
        ("quality", {"outcome": AMOUNT}, "not-waiting"),
        ("quality", {"error": "spelling"}, "unreadable"),
    ],
)
async def test_who_may_not_send_back_learns_why(
    stores: Stores, person: str, changes: dict[str, Any], code: str
) -> None:
    desk = await held(stores, sampled=True)
    fields = {"outcome": SAMPLED, "about": await about(desk, "P-QA"), "error": "letter", "reason": REASON, **changes}
    taken = await desk.do(person, action="take")
    assert (taken if taken != "ok" else await desk.do(person, action="send-back", **fields)) == code


async def test_a_claim_no_person_looked_at_is_released_before_its_clock_runs_out(stores: Stores) -> None:
    desk = await held(stores, sampled=True)
    desk.now += timedelta(days=20)
    summary = await desk.try_again()
    assert await codes(desk) == ["P-QA"]
    wakes = summary.pended[0].retry_at
    assert wakes is not None, "it is retried without a person's action"
    desk.now = desk.now.fromisoformat(wakes)
    assert (await desk.try_again()).determined == 1
    shown = await stores.rows("SELECT event::text LIKE '%quality.not_looked_at%' FROM determinations")
    assert shown == [(True,)]


async def test_more_money_than_was_approved_is_asked_for_again(stores: Stores) -> None:
    """Both looks are open; before quality has looked, the rates change: what was approved is not what would be paid."""
    desk = await held(stores, authority="800.00", sampled=True)
    before = await about(desk, "P-QA")
    assert await lets_go(desk, "supervisor", AMOUNT, "810.50") == "ok"
    rates = {
        key: tuple(replace(v, amount=v.amount * 2) for v in rows) for key, rows in desk.stores.reference.rates.items()
    }
    desk.stores = replace(desk.stores, reference=replace(desk.stores.reference, rates=rates))
    await desk.try_again()
    assert sorted(await codes(desk)) == ["P-HIGH$", "P-QA"]
    assert await about(desk, "P-HIGH$") == "1000.00"
    assert await about(desk, "P-QA") != before
    assert await lets_go(desk, "supervisor", AMOUNT, "810.50") == "other-decision"
    assert await lets_go(desk, "supervisor", AMOUNT, "1000.00") == "ok"
    assert await lets_go(desk, "quality", SAMPLED, await about(desk, "P-QA")) == "ok"
    assert (await desk.try_again()).determined == 1


@pytest.mark.parametrize("restart", [False, True])
async def test_a_bulk_release_lets_neither_an_amount_nor_a_sample_go(stores: Stores, *, restart: bool) -> None:
    """It only asks for another try, going on or from the start; so do feeds, documents and time."""
    desk = await held(stores, authority="800.00", sampled=True)
    for round_number in (1, 2):
        released = ClaimBatch(batch_id((desk.claim_id,)), [desk.claim_id], round_number, [], restart)
        for step in STEP_ORDER:
            await desk.run(step, released)
    assert sorted(await codes(desk)) == ["P-HIGH$", "P-QA"]
    assert await paid(desk) == []
