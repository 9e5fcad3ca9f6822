"""A campaign: decided claims judged again after a rate was corrected, approved by two people, and corrected once each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError
from temporalio.testing import ActivityEnvironment

from activities.readjudication.preparing import prepare
from activities.readjudication.shadow import Shadows, in_batches
from activities.registry import campaign_activities
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.people import Person, Refusal, Role
from adjudication.readjudication.campaigns import CampaignApproval, CampaignSelection, CampaignStage, Kind
from adjudication.readjudication.rules import Ground
from contracts.records.campaigns import Campaign, CampaignView
from contracts.workflow_messages.campaigns import CampaignStepDone, HoldCampaign
from runtime.processes.ports import shadow_ports
from runtime.processes.worker import drafts_in
from runtime.settings import Settings
from storage.audit.trail import broken
from storage.privileges.roles import DatabaseRole
from storage.readjudication import campaign_steps, writing
from storage.readjudication.campaign_steps import CampaignSteps
from storage.readjudication.campaigns import Campaigns
from storage.readjudication.reading import read_as_if_raised
from tests.builders.ledger.desks import STAFF, Desk, documented
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.reopened import MORE_STAFF
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import a_coverage_change, a_submission

pytestmark = pytest.mark.servers

CODE = "72148"
WHY = "The contract amendment of this year had another rate for this code."
VERSIONS = "SELECT version, count(*), sum(paid)::text FROM determinations GROUP BY 1 ORDER BY 1"


def priced(reference: ReferenceData, amount: str) -> ReferenceData:
    """The same data with another contract rate for the code, as a corrected rate file has it."""
    rates = {
        key: tuple(replace(rate, amount=Decimal(amount)) for rate in dated) if key[1] == CODE else dated
        for key, dated in reference.rates.items()
    }
    return replace(reference, rates=rates, content_hash=f"corrected-{amount}")


@dataclass
class Office:
    """A ledger with decided claims, the data by which the worker judges now, and one campaign."""

    stores: Stores
    reference: ReferenceData
    campaign: str = field(default_factory=lambda: str(uuid4()))

    @property
    def console(self) -> Campaigns:
        return Campaigns(in_role(self.stores.engine, DatabaseRole.CONSOLE))

    async def start(self, person: str = "supervisor", *, takes_back: bool = False) -> Campaign | Refusal:
        wanted = Campaign(
            self.campaign, Kind.RATE, WHY, CampaignSelection((CODE,)), 5, takes_back, f"SYN-{person}", now(),
            CampaignStage.JUDGING, None, None, 0, 0, -1, None, None, None,
        )  # fmt: skip
        return await self.console.start(wanted, _person(person))

    async def step(self) -> CampaignStepDone:
        engine = in_role(self.stores.engine, DatabaseRole.WORKER)
        store = CampaignSteps(engine, self.reference)
        drafts = drafts_in(Settings().policies_dir, engine)
        [run] = campaign_activities(store, shadow_ports(engine), drafts, self.reference, now)
        done = await ActivityEnvironment().run(run, HoldCampaign(self.campaign))
        assert isinstance(done, CampaignStepDone)
        return done

    async def steps(self) -> CampaignStepDone:
        """Go on until the campaign waits for people or is over."""
        for _ in range(20):
            done = await self.step()
            if done.over or done.again_in is None:
                return done
        pytest.fail("the campaign never came to rest")

    async def view(self) -> CampaignView:
        found = await self.console.view(self.campaign)
        assert found is not None
        return found

    async def approve(self, person: str, ground: Ground = Ground.ORDINARY) -> str:
        seen = (await self.view()).campaign.digest or b""
        who = _person(person)
        approval = CampaignApproval(who.person_id, tuple(sorted(who.roles)), ground, WHY)
        found = await self.console.approve(self.campaign, who, approval, seen, now())
        return found.code if isinstance(found, Refusal) else "ok"

    async def change(self, to: CampaignStage, person: str = "supervisor") -> str:
        found = await self.console.change(self.campaign, to, _person(person), now())
        return found.code if isinstance(found, Refusal) else "ok"

    async def sound(self) -> None:
        assert await self.stores.broken() == []
        assert [said async for said in broken(self.stores.engine)] == []


def now() -> datetime:
    return datetime.now(UTC)


def _person(name: str) -> Person:
    roles = {each.person_id: frozenset(Role(role) for role in each.roles) for each in (*STAFF, *MORE_STAFF)}
    return Person(f"SYN-{name}", roles[f"SYN-{name}"])


async def decided_claims(stores: Stores, count: int = 3, plan: str = "HUDSON-COMM") -> list[ClaimId]:
    """Claims of different members, each paid by the rate that turns out to be wrong."""
    await put_people(stores.engine, (*STAFF, *MORE_STAFF))
    claims = []
    for number in range(count):
        member = f"SYN-{100 + number:06}"
        span = a_coverage_change(plan=plan).model_copy(update={"member_id": member, "coverage_id": f"COV-{number}"})
        await stores.feeds.apply_coverage([span])
        _, [stored] = await stores.accept(documented(a_submission(f"C{number}", CODE, member=member)))
        await Desk(stores, stored, rounds=-1).try_again()
        claims.append(stored.claim.claim_id)
    assert (await stores.rows(VERSIONS))[0][:2] == (1, count)
    return claims


async def test_a_corrected_rate_is_judged_shown_approved_by_two_and_paid(stores: Stores) -> None:
    await decided_claims(stores)
    [(_, _, paid)] = await stores.rows(VERSIONS)
    office = Office(stores, priced(stores.reference, "450.00"))
    assert isinstance(await office.start(), Campaign)
    before = len(await stores.sent())
    assert await office.steps() == CampaignStepDone()
    view = await office.view()
    assert (view.campaign.stage, view.campaign.total, view.campaign.claims, view.left) == (
        CampaignStage.JUDGED,
        3,
        3,
        3,
    )
    [total] = view.totals
    more = 3 * Decimal("450.00") - Decimal(paid)
    assert (total["direction"], total["plan"], total["claims"], total["amount"]) == (
        "pays-more",
        "HUDSON-COMM",
        3,
        more,
    )
    assert [(each["provider"], each["claims"], each["amount"]) for each in view.providers] == [("1234567893", 3, more)]
    assert len(await stores.sent()) == before, "nothing is told before it is approved"
    assert await office.approve("examiner") == "ok"
    assert await office.approve("examiner") == "second-person"
    assert await office.steps() == CampaignStepDone()
    assert len(await stores.rows(VERSIONS)) == 1, "one person corrects nothing"
    assert await office.approve("examiner-2") == "ok"
    assert (await office.steps()).over
    view = await office.view()
    assert (view.campaign.stage, dict(view.done), view.left) == (CampaignStage.FINISHED, {"corrected": 3}, 0)
    assert await stores.rows(VERSIONS) == [(1, 3, paid), (2, 3, "1350.00")]
    closed = await stores.rows("SELECT DISTINCT reason, outcome FROM reopenings_closed")
    assert closed == [("rate-corrected", "corrected")]
    assert await stores.rows("SELECT count(*), count(DISTINCT person_id) FROM correction_approvals") == [(6, 2)]
    await office.sound()


async def test_claims_judged_together_come_out_as_each_one_alone(stores: Stores) -> None:
    await decided_claims(stores, 2)
    office = Office(stores, priced(stores.reference, "450.00"))
    campaign = await office.start()
    assert isinstance(campaign, Campaign)
    await office.steps()
    engine = in_role(stores.engine, DatabaseRole.WORKER)
    shadows = Shadows(shadow_ports(engine), office.reference, now)
    judged = await stores.rows("SELECT claim_id::text, digest FROM campaign_claims")
    assert len(judged) == 2
    for claim_id, digest in judged:
        raised = campaign_steps.reopening_of(campaign, ClaimId(claim_id))
        async with engine.connect() as connection:
            file = await read_as_if_raised(connection, raised, office.reference)
        alone = await prepare(file, shadows, office.reference, now())
        assert alone is not None
        assert alone.digest == bytes(digest)


def test_claims_of_one_member_are_never_judged_in_one_batch() -> None:
    """They are each other's history, and would take the units of one authorization."""
    claims = [(ClaimId(claim), member) for claim, member in (("a", "M1"), ("b", "M2"), ("c", "M1"), ("d", "M1"))]
    assert in_batches(claims) == [["a", "b"], ["c"], ["d"]]


async def test_judging_leaves_nine_tenths_of_the_time_to_live_claims_and_takes_all_of_it_when_none_come(
    stores: Stores,
) -> None:
    await decided_claims(stores, 1)
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start()
    begun = monotonic()
    done = await office.step()
    lasted = monotonic() - begun
    assert done.again_in is not None
    assert 0 < done.again_in <= 9 * lasted
    await stores.execute("UPDATE claims SET registered_at = now() - interval '1 hour'")
    await stores.execute("UPDATE batches SET registered_at = now() - interval '1 hour'")
    other = Office(stores, priced(stores.reference, "450.00"))
    await other.start()
    assert await other.step() == CampaignStepDone()
    assert (await other.view()).campaign.stage is CampaignStage.JUDGED


async def test_a_denied_line_that_is_paid_is_corrected_before_others(stores: Stores) -> None:
    """The claim accepted last is the only one that was denied, since its member had no coverage on the day."""
    await decided_claims(stores, 3)
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start()
    await office.steps()
    [last] = [
        row[0] for row in await stores.rows("SELECT claim_id::text FROM campaign_claims ORDER BY place DESC LIMIT 1")
    ]
    await stores.execute("ALTER TABLE campaign_claims DISABLE TRIGGER USER")
    await stores.execute(
        'UPDATE campaign_claims SET impacts = replace(impacts::text, \'"before":"approved"\', \'"before":"denied"\')::json'
        " WHERE place = (SELECT max(place) FROM campaign_claims)"
    )
    await stores.execute("ALTER TABLE campaign_claims ENABLE TRIGGER USER")
    store = CampaignSteps(in_role(stores.engine, DatabaseRole.WORKER), office.reference)
    campaign = await store.campaign(office.campaign)
    assert campaign is not None
    first, *others = [item.file.claim_id for item in await store.next(campaign, 3)]
    assert (first, len(others)) == (last, 2)


async def test_money_is_taken_back_by_each_claims_own_two_people_unless_the_campaign_was_started_for_it(
    stores: Stores,
) -> None:
    """24 months are open in New York (Ins. Law 3224-b(b)); one of the two may recover."""
    claims = await decided_claims(stores, 2)
    office = Office(stores, priced(stores.reference, "400.00"))
    await office.start()
    await office.steps()
    assert [total["direction"] for total in (await office.view()).totals] == ["pays-less"]
    assert (await office.approve("examiner"), await office.approve("supervisor")) == ("ok", "ok")
    await office.steps()
    view = await office.view()
    assert (dict(view.done), len(await stores.rows(VERSIONS))) == ({"left-to-people": 2}, 1)
    assert {row["because"] for row in view.sample} == {"takes-back"}
    assert await stores.rows("SELECT count(*) FROM receivables") == [(0,)]
    assert await stores.rows("SELECT count(*), min(people) FROM correction_proposals") == [(2, 2)]
    again = Office(stores, priced(stores.reference, "399.00"))
    await again.start(takes_back=True)
    await again.steps()
    assert (await again.approve("examiner"), await again.approve("examiner-2")) == ("ok", "ok")
    await again.steps()
    assert {row["because"] for row in (await again.view()).sample} == {"senior-needed"}
    last = Office(stores, priced(stores.reference, "398.00"))
    await last.start(takes_back=True)
    await last.steps()
    assert (await last.approve("examiner"), await last.approve("supervisor")) == ("ok", "ok")
    await last.steps()
    assert dict((await last.view()).done) == {"corrected": 2}
    owed = await stores.rows("SELECT count(*), min(source) FROM receivables")
    assert owed == [(len(claims), "ny-ins-3224-b")]
    await last.sound()


async def test_postgresql_refuses_one_pair_of_eyes_and_a_campaign_that_nobody_approved(stores: Stores) -> None:
    await decided_claims(stores, 1)
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start()
    await office.steps()
    assert await office.approve("examiner") == "ok"
    twice = "INSERT INTO campaign_approvals SELECT * FROM campaign_approvals"
    with pytest.raises(IntegrityError, match="campaign_approved_once_by_a_person"):
        await stores.execute(twice)
    with pytest.raises(IntegrityError, match="two people"):
        await stores.execute("UPDATE campaigns SET stage = 'running'")
    for statement in ("UPDATE campaigns SET digest = 'x'", "UPDATE campaign_claims SET adds = 9"):
        with pytest.raises(IntegrityError, match=r"never changed|that were judged"):
            await stores.execute(statement)
    assert await office.approve("nurse") == "role-may-not"


async def test_a_cancelled_campaign_corrects_and_sends_nothing_and_a_paused_one_goes_on(stores: Stores) -> None:
    await decided_claims(stores, 2)
    before = len(await stores.sent())
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start()
    await office.steps()
    await office.approve("examiner")
    await office.approve("examiner-2")
    assert await office.change(CampaignStage.PAUSED) == "ok"
    assert await office.steps() == CampaignStepDone()
    assert len(await stores.sent()) == before
    assert await office.change(CampaignStage.CANCELLED) == "ok"
    assert (await office.steps()).over
    assert (len(await stores.sent()), len(await stores.rows(VERSIONS))) == (before, 1)
    assert await office.change(CampaignStage.RUNNING) == "not-now"
    other = Office(stores, priced(stores.reference, "450.00"))
    await other.start()
    await other.steps()
    await other.approve("examiner")
    await other.approve("examiner-2")
    await other.change(CampaignStage.PAUSED)
    await other.change(CampaignStage.RUNNING)
    await other.steps()
    assert dict((await other.view()).done) == {"corrected": 2}
    await other.sound()


async def test_what_changed_after_the_approval_is_left_to_people(stores: Stores) -> None:
    """Coverage of one member ended meanwhile: the claim would be denied now, which nobody approved."""
    await decided_claims(stores, 2)
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start()
    await office.steps()
    await office.approve("examiner")
    await office.approve("supervisor")
    ended = a_coverage_change(2, plan="HUDSON-COMM").model_copy(
        update={"member_id": "SYN-000100", "coverage_id": "COV-0", "ends": date(2025, 2, 1)}
    )
    await stores.feeds.apply_coverage([ended])
    await office.steps()
    view = await office.view()
    assert dict(view.done) == {"corrected": 1, "left-to-people": 1}
    assert {row["because"] for row in view.sample} == {None, "changed-meanwhile"}
    await office.sound()


JUDGING = ("keep", "judged")
CORRECTING = ("raise_reopenings", "write_proposal", "carry_out", "_approve", "lock_unchanged")


@pytest.mark.parametrize("step", CORRECTING)
async def test_a_worker_that_dies_at_any_step_of_a_correction_corrects_nothing_twice(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The transaction of the claim is gone with the worker; the next step does that claim once, and the others once."""
    await decided_claims(stores, 2)
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start()
    await office.steps()
    await office.approve("examiner")
    await office.approve("examiner-2")
    before = len(await stores.sent())
    original, calls = getattr(campaign_steps, step), 0

    async def dies_at_the_second_claim(*arguments: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls >= (4 if step == "_approve" else 2):
            raise ConnectionResetError
        return await original(*arguments, **more)

    with monkeypatch.context() as patched:
        patched.setattr(campaign_steps, step, dies_at_the_second_claim)
        with pytest.raises(Exception, match="ConnectionResetError"):
            await office.step()
    assert (await stores.rows(VERSIONS))[1][:2] == (2, 1)
    await office.steps()
    assert (await stores.rows(VERSIONS))[1][:2] == (2, 2)
    assert dict((await office.view()).done) == {"corrected": 2}
    sent = (await stores.sent())[before:]
    assert len(sent) == len({message.event_id for message in sent})
    await office.sound()


@pytest.mark.parametrize("step", JUDGING)
async def test_a_worker_that_dies_while_judging_counts_no_claim_twice(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await decided_claims(stores, 2)
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start()
    original = getattr(CampaignSteps, step)

    async def written_and_not_answered(*arguments: Any) -> None:
        await original(*arguments)
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(CampaignSteps, step, written_and_not_answered)
        with pytest.raises(Exception, match="ConnectionResetError"):
            await office.steps()
    await office.steps()
    view = await office.view()
    assert (view.campaign.stage, view.campaign.claims, view.left) == (CampaignStage.JUDGED, 2, 2)


async def test_policy_data_that_change_while_it_is_judged_end_it(stores: Stores) -> None:
    await decided_claims(stores, 1)
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start()
    await office.step()
    office.reference = priced(stores.reference, "460.00")
    assert (await office.step()).over
    assert (await office.view()).campaign.stage is CampaignStage.CANCELLED
    assert writing.SYSTEM in {
        row[0] for row in await stores.rows("SELECT person_id FROM audit_trail WHERE subject LIKE 'campaign/%'")
    }
