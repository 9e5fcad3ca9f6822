"""Money is taken back by two people, within the time that the law leaves, as a receivable that says when it may be disputed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from adjudication.letters.letter import Audience
from contracts.events.determinations import ClaimDetermined
from contracts.events.topics import DETERMINATIONS
from letters.claim_letters import ClaimLetters
from rulebook.library import PolicyLibrary
from storage.audit.trail import broken
from tests.builders.ledger.desks import a_desk, documented
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.reopened import Reopened, reopened
from tests.builders.ledger.submissions import a_coverage_change, a_submission

pytestmark = pytest.mark.servers

FIRST = "examiner"
RECEIVABLE = "SELECT amount::text, recover_after, dispute_until, source FROM receivables"


async def paid(stores: Stores, plan: str = "HUDSON-COMM") -> Reopened:
    """A paid study whose coverage turns out to have ended before it."""
    await stores.feeds.apply_coverage([a_coverage_change(plan=plan)])
    found = await reopened(await a_desk(stores, documented(a_submission("C1", "72148")), a_coverage_change(plan=plan)))
    assert [row[2] for row in await found.versions()] == ["approved"]
    ended = a_coverage_change(2, plan=plan).model_copy(update={"ends": date(2025, 2, 1)})
    await stores.feeds.apply_coverage([ended])
    return found


async def test_two_people_take_back_and_one_of_them_may_recover(stores: Stores) -> None:
    found = await paid(stores)
    [(*_, was)] = await found.versions()
    assert (await found.look()).result == "corrects"
    assert await found.proposals() == [(1, "corrects", "0", was, 2)]
    assert await found.approve(FIRST) == "ok"
    assert [row[0] for row in await found.versions()] == [1], "one person takes nothing back"
    assert await found.approve(FIRST) == "second-person"
    assert await found.approve("examiner-2") == "senior-needed"
    assert await found.approve("supervisor", ground="fraud") == "other-ground"
    assert await found.approve("supervisor") == "ok"
    versions = await found.versions()
    assert [(row[0], row[2], row[4]) for row in versions] == [(1, "approved", was), (2, "denied", "0")]
    today = found.now.date()
    month = today + timedelta(days=30)
    assert await stores.rows(RECEIVABLE) == [(was, month, month, "ny-ins-3224-b")]
    event = ClaimDetermined.model_validate_json(
        [m for m in await stores.sent() if m.topic == DETERMINATIONS][-1].value
    ).data
    assert event.correction is not None
    assert (event.correction.takes, event.correction.recover_after) == (Decimal(was), month)
    assert (event.remarks, event.supersedes, event.interest) == (("N687",), 1, None)
    assert await stores.broken() == []
    assert [said async for said in broken(stores.engine)] == []


@pytest.mark.parametrize(
    ("plan", "later", "ground", "answer"),
    [
        ("HUDSON-COMM", timedelta(days=720), "ordinary", "ok"),
        ("HUDSON-COMM", timedelta(days=740), "ordinary", "too-late"),
        ("HUDSON-COMM", timedelta(days=740), "good-cause", "too-late"),
        ("HUDSON-COMM", timedelta(days=3000), "fraud", "ok"),
        ("HUDSON-MA", timedelta(days=360), "ordinary", "ok"),
        ("HUDSON-MA", timedelta(days=370), "ordinary", "too-late"),
        ("HUDSON-MA", timedelta(days=1400), "good-cause", "ok"),
        ("HUDSON-MA", timedelta(days=1500), "good-cause", "too-late"),
        ("HUDSON-MA", timedelta(days=3000), "fraud", "ok"),
    ],
)
async def test_the_law_of_the_plan_says_until_when(
    stores: Stores, plan: str, later: timedelta, ground: str, answer: str
) -> None:
    """24 months in New York (Ins. Law 3224-b(b)); a year, or four for good cause, in Medicare (42 CFR 405.980(b))."""
    found = await paid(stores, plan)
    found.now += later
    await found.look()
    assert await found.approve(FIRST, ground=ground) == answer


async def test_postgresql_refuses_a_correction_that_too_few_people_approved(stores: Stores) -> None:
    found = await paid(stores)
    await found.look()
    key, claim = await found.key(), found.desk.claim_id
    assert await found.approve(FIRST) == "ok"
    for automatic in ("false", "true"):
        with pytest.raises(IntegrityError):
            await stores.execute(
                "INSERT INTO reopening_determinations (readjudication_id, claim_id, version, number, automatic) "
                f"VALUES ('{key}', '{claim}', 2, 1, {automatic})"
            )
    with pytest.raises(IntegrityError, match="two_take_money_back"):
        await stores.execute(
            "INSERT INTO correction_proposals SELECT readjudication_id, 9, base_version, result, adds, takes, 1, "
            "under_appeal, digest, content, made_at FROM correction_proposals"
        )
    for statement in ("UPDATE correction_approvals SET ground = 'fraud'", "DELETE FROM correction_proposals"):
        with pytest.raises(IntegrityError, match="stands"):
            await stores.execute(statement)


async def test_a_claim_that_was_replaced_has_nothing_to_correct(stores: Stores) -> None:
    found = await paid(stores)
    await stores.execute(
        "INSERT INTO determinations SELECT claim_id, 2, decided_at, policy_bundle, charge, paid, 'E-2', "
        "jsonb_set(event::jsonb, '{data,superseded_by}', to_jsonb(claim_id::text))::json FROM determinations"
    )
    columns = (
        "member_id, code, service_date, disposition, reason, group_code, carc, rarcs, charge, paid, clinical, person_id"
    )
    await stores.execute(
        f"INSERT INTO determination_lines (claim_id, version, line, {columns}) "
        f"SELECT claim_id, 2, line, {columns} FROM determination_lines"
    )
    assert (await found.look()).result == "no-change"
    assert await found.closed() == [("coverage-changed", "no-change", None)]


async def test_what_a_person_would_have_to_decide_today_takes_nothing_back(stores: Stores) -> None:
    """A void coverage leaves the member unknown: that waits for a person, and is neither a denial nor a reason to recover."""
    found = await reopened(await a_desk(stores, documented(a_submission("C1", "72148"))))
    await stores.feeds.apply_coverage([a_coverage_change(2, voided=True)])
    assert (await found.look()).result == "waits"
    assert await found.approve("supervisor") == "nothing-to-approve"
    assert await found.closed() == []


async def test_the_letters_say_what_changed_and_why_with_the_appeal_and_when_an_overpayment_may_be_disputed(
    stores: Stores, library: PolicyLibrary
) -> None:
    found = await paid(stores)
    [(*_, was)] = await found.versions()
    await found.look()
    for person in (FIRST, "supervisor"):
        assert await found.approve(person) == "ok"
    letters = ClaimLetters(stores.engine, library, lambda: found.now)
    [member] = await letters.due(found.desk.claim_id, Audience.MEMBER)
    [provider] = await letters.due(found.desk.claim_id, Audience.PROVIDER)
    text = " ".join(member.text.split())
    for part in (
        "What changed, and why",
        "takes the place of our earlier one",
        f"${was} was payable before",
        "How to appeal",
    ):
        assert part in text
    assert "overpayment" not in text, "the member is asked for nothing"
    text = " ".join(provider.text.split())
    for part in (f"We paid ${was} too much", "notice of the overpayment", "You may dispute it until October 1, 2025"):
        assert part in text
