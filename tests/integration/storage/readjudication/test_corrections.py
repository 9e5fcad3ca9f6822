"""A decided claim is adjudicated again, and what people approve becomes one determination that supersedes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import orjson
import pytest
from sqlalchemy.exc import IntegrityError

from adjudication.model.authorizations import AuthorizationStatus
from contracts.events.determinations import ClaimDetermined
from contracts.events.feeds import AuthorizationChangedV1
from contracts.events.reopenings import Closing, Outcome, Reason, Reopening
from contracts.events.topics import DETERMINATIONS
from contracts.workflow_messages.readjudication import Looked
from storage.appeals.intake import INVOLVED
from storage.audit.trail import broken
from storage.decisions.reopenings import Reopenings, raise_reopenings
from storage.privileges.roles import DatabaseRole
from storage.readjudication import store, writing
from tests.builders.ledger.desks import Desk, a_desk, documented
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.reopened import WHY, Reopened, reopened
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import a_coverage_change, a_submission, an_authorization_change

pytestmark = pytest.mark.servers

CODE = "72156"


def approval(
    version: int = 1, status: AuthorizationStatus = AuthorizationStatus.APPROVED, plan: str = "HUDSON-MA"
) -> AuthorizationChangedV1:
    change = an_authorization_change(version, code=CODE, units=1, status=status)
    return change.model_copy(update={"plan_id": plan})


async def denied(stores: Stores, plan: str = "HUDSON-MA") -> Reopened:
    """A documented study, denied for lack of the authorization that comes afterwards."""
    claim = documented(a_submission("C1", CODE))
    found = await reopened(await a_desk(stores, claim, a_coverage_change(plan=plan)))
    assert [row[2:4] for row in await found.versions()] == [("denied", "authorization.missing")]
    await stores.feeds.apply_authorizations([approval(plan=plan)])
    return found


async def sound(stores: Stores) -> None:
    assert await stores.broken() == []
    assert [said async for said in broken(stores.engine)] == []


async def test_a_late_authorization_is_proposed_approved_and_paid(stores: Stores) -> None:
    found = await denied(stores)
    before = len(await stores.sent())
    assert (await found.look()).result == "corrects"
    [(_, _, adds, takes, people)] = await found.proposals()
    assert (float(adds) > 0, takes, people) == (True, "0", 1)
    assert len(await stores.sent()) == before, "nothing is published before a person approves"
    assert await found.approve("examiner") == "ok"
    assert [row[:3] for row in await found.versions()] == [(1, 1, "denied"), (2, 1, "approved")]
    assert await found.closed() == [("late-authorization", "corrected", None)]
    uses = "SELECT number, line, released_at IS NULL FROM authorization_uses"
    assert await stores.rows(uses) == [("AUTH-1", 1, True)]
    event = ClaimDetermined.model_validate_json(
        [m for m in await stores.sent() if m.topic == DETERMINATIONS][-1].value
    ).data
    assert (event.version, event.supersedes, event.remarks) == (2, 1, ("N688",))
    assert event.correction is not None
    assert (event.correction.reason, str(event.correction.adds)) == ("late-authorization", adds)
    await sound(stores)


async def test_an_unchanged_result_closes_what_adjudicating_again_answers(stores: Stores) -> None:
    found = await denied(stores)
    await stores.feeds.apply_authorizations([approval(2, AuthorizationStatus.CANCELLED)])
    before = len(await stores.sent())
    assert await found.look() == Looked(over=True, result="no-change")
    assert await found.closed() == [("late-authorization", "no-change", None)]
    assert [row[0] for row in await found.versions()] == [1]
    assert len(await stores.sent()) == before
    assert await found.taken_up() == [], "a closed reopening is not taken up"
    await sound(stores)


async def test_a_person_leaves_the_decision_with_a_reason_and_nothing_can_be_approved_afterwards(
    stores: Stores,
) -> None:
    found = await denied(stores)
    await found.look()
    left = await found.act(await found.submit("examiner", action="leave", rationale=WHY))
    assert (left.accepted, left.over) == (True, True)
    assert await found.closed() == [("late-authorization", "left-as-is", "SYN-examiner")]
    assert await found.approve("examiner-2") == "closed"
    assert [row[0] for row in await found.versions()] == [1]
    await sound(stores)


@pytest.mark.parametrize("who", ["nurse", "coder", "gone", "unknown"])
async def test_others_approve_nothing(stores: Stores, who: str) -> None:
    found = await denied(stores)
    await found.look()
    if who == "unknown":
        with pytest.raises(IntegrityError):
            await found.approve(who)
    else:
        assert await found.approve(who) in {"role-may-not", "unknown-person"}
    assert [row[0] for row in await found.versions()] == [1]


async def test_who_decided_the_claim_approves_nothing_and_postgresql_refuses_it_too(stores: Stores) -> None:
    """The examiner settled a finding of the claim while it was reviewed."""
    found = await denied(stores)
    acted = uuid4()
    await stores.execute(
        "INSERT INTO review_actions (action_id, claim_id, person_id, content, roles) "
        f"VALUES ('{acted}', '{found.desk.claim_id}', 'SYN-examiner', '{{}}', '[]')"
    )
    await stores.execute(
        "INSERT INTO settlements (claim_id, line, outcome, resolution, clinical, person_id, role, rationale, evidence, "
        f"criteria, settled_at, action_id) VALUES ('{found.desk.claim_id}', 1, 'edit.duplicate', 'passes', false, "
        f"'SYN-examiner', 'examiner', '{WHY}', '[]', '[]', now(), '{acted}')"
    )
    await found.look()
    assert await found.approve("examiner") == "decided-it"
    action = await found.submit("examiner", action="approve", number=1, rationale=WHY)
    with pytest.raises(IntegrityError, match="does not approve its correction"):
        await stores.execute(
            "INSERT INTO correction_approvals VALUES "
            f"('{await found.key()}', 1, 'SYN-examiner', 'examiner', 'ordinary', '{WHY}', '{action}', now())"
        )
    assert await found.approve("examiner-2") == "ok"


async def test_an_approval_of_what_is_no_longer_so_is_refused_and_proposed_again(stores: Stores) -> None:
    """The only unit went to another claim after the proposal."""
    found = await denied(stores)
    await found.look()
    other = documented(a_submission("C2", CODE))
    _, [stored] = await stores.accept(other)
    await Desk(stores, stored, rounds=-1).try_again()
    assert await found.approve("examiner") == "changed-meanwhile"
    await found.look()
    assert [row[0] for row in await found.proposals()] == [1, 2]
    assert await found.approve("examiner", 1) == "changed-meanwhile"
    assert await stores.rows("SELECT count(*) FROM determinations WHERE version > 1") == [(0,)]
    await sound(stores)


async def test_more_may_be_paid_without_a_person_where_the_rule_names_the_reason(stores: Stores) -> None:
    found = await denied(stores)
    rules = tuple(
        replace(rule, automatic=frozenset({"late-authorization"})) for rule in found.reference.reopening.rules
    )
    assert await found.under(rules=rules).look() == Looked(over=True, result="corrected")
    assert [row[:3] for row in await found.versions()] == [(1, 1, "denied"), (2, 1, "approved")]
    assert await stores.rows("SELECT automatic FROM reopening_determinations") == [(True,)]
    await sound(stores)


STEPS = ("_state_owed", "close", "left_alone", "raise_reopenings", "record_uses", "trail")


@pytest.mark.parametrize("step", STEPS)
async def test_a_worker_that_dies_at_any_step_decides_nothing_twice(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """What the transaction wrote before the step is gone with it; the retry of the same action decides once."""
    found = await denied(stores)
    await found.look()
    action = await found.submit("examiner", action="approve", number=1, rationale=WHY)

    async def dies(*_: object, **__: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(writing if step != "trail" else store, step, dies)
        with pytest.raises(Exception, match="ConnectionResetError"):
            await found.act(action)
    assert [row[0] for row in await found.versions()] == [1]
    assert await stores.rows("SELECT 1 FROM correction_approvals") == []
    for _ in range(2):
        answer = await found.act(action)
        assert (answer.accepted, answer.over) == (True, True)
    assert [row[0] for row in await found.versions()] == [1, 2]
    assert await found.look() == Looked(over=True, result="corrected")
    await sound(stores)


async def test_a_line_under_appeal_is_left_to_its_appeal_and_proposed_when_that_ended(stores: Stores) -> None:
    found = await denied(stores)
    appeal = "6f1f3a0e-52a3-5d0b-9c5f-0c1a0b6d9e77"
    await stores.execute(
        "INSERT INTO appeals (appeal_id, claim_id, submitter, appeal_reference, version, lines, clinical, opening, filed_at) "
        f"VALUES ('{appeal}', '{found.desk.claim_id}', 'SYNTHETIC', 'A1', 1, '{{1}}', false, '{{}}', now())"
    )
    assert (await found.look()).result == "under-appeal"
    assert await found.approve("examiner") == "nothing-to-approve"
    assert await found.taken_up() == []
    await stores.execute("UPDATE appeals SET closed = true")
    assert await found.taken_up() == [await found.key()]
    assert (await found.look()).result == "corrects"
    assert await found.approve("examiner", 2) == "ok"
    await stores.execute(f"UPDATE appeals SET closed = false WHERE appeal_id = '{appeal}'")
    async with stores.engine.begin() as connection:
        await connection.execute(INVOLVED, {"appeal": appeal, "claim": found.desk.claim_id})
    took_part = "SELECT person_id FROM appeal_involved WHERE part LIKE 'correction%'"
    assert set(await stores.rows(took_part)) == {("SYN-examiner",)}, "who corrects a claim does not decide its appeal"


async def test_lines_that_nothing_concerns_are_repeated_word_for_word(stores: Stores) -> None:
    claim = documented(a_submission("C1", "99213", CODE))
    found = await reopened(await a_desk(stores, claim, a_coverage_change(plan="HUDSON-MA")))
    assert [row[2] for row in await found.versions()] == ["not-adjudicated", "denied"]
    await stores.feeds.apply_authorizations([approval()])
    await found.look()
    assert await found.approve("examiner") == "ok"
    first, second = (
        orjson.loads(message.value)["data"] for message in await stores.sent() if message.topic == DETERMINATIONS
    )
    assert second["lines"][0] == first["lines"][0]
    assert (second["correction"]["lines"], second["lines"][1]["disposition"]) == ([2], "approved")
    assert Decimal(second["payable"]) - Decimal(first["payable"]) == Decimal(second["correction"]["adds"])
    await sound(stores)


async def test_a_reopening_that_an_earlier_version_closed_is_left_alone_and_an_open_one_is_taken_up(
    stores: Stores,
) -> None:
    """A ledger of the version before has reopenings and closings, and none of the tables of corrections has a row."""
    found = await denied(stores)
    old = Reopening(found.desk.claim_id, Reason.LATE_DOCUMENT, "SYN-DOC-1", found.now)
    async with stores.engine.begin() as connection:
        await raise_reopenings(connection, [old])
    closing = Closing(
        old.claim_id,
        old.reason,
        old.cause,
        Outcome.LEFT_AS_IS,
        "It says nothing new.",
        "SYN-examiner",
        "examiner",
        found.now,
    )
    assert await Reopenings(in_role(stores.engine, DatabaseRole.CONSOLE)).close(closing)
    [taken] = await found.taken_up()
    rows = "SELECT reason, readjudication_id::text FROM readjudications"
    assert await stores.rows(rows) == [("late-authorization", taken)]
    assert await found.taken_up() == [taken], "the same until it was looked at"
