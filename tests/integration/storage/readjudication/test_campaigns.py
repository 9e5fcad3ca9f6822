"""A campaign: decided claims judged again after a rate was corrected, approved by two people, and corrected once each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from activities.readjudication import campaigns
from activities.readjudication.campaigns import pause_after
from activities.readjudication.preparing import prepare
from activities.readjudication.shadow import Shadows, in_batches
from adjudication.model.vocabulary import ClaimId
from adjudication.readjudication.campaigns import CampaignStage
from contracts.records.campaigns import Campaign, JudgedPage
from contracts.workflow_messages.campaigns import CampaignStepDone
from runtime.processes.other_policies import OtherPolicies, keep_policies
from runtime.processes.ports import shadow_ports
from runtime.settings import Settings
from storage.privileges.roles import DatabaseRole
from storage.readjudication import campaign_steps, writing
from storage.readjudication.campaign_steps import CampaignSteps
from storage.readjudication.reading import read_as_if_raised
from tests.builders.ledger.campaigns import VERSIONS, Office, decided_claims, now, priced
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import a_coverage_change

pytestmark = pytest.mark.servers


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
    assert len(await stores.sent()) == before, "nothing is published before approval"
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


@pytest.mark.parametrize(("busy", "pause"), [(0.2, 18.0), (0.49, 18.0), (0.5, 6.0), (0.9, 6.0)])
def test_judging_leaves_most_of_the_time_to_live_claims_and_nine_tenths_where_the_processors_are_busy(
    busy: float, pause: float
) -> None:
    assert pause_after(JudgedPage("b", 0, (), seconds=2.0, busy=busy)) == pytest.approx(pause)


async def test_judging_takes_its_turn_after_live_claims_and_all_of_the_time_when_none_come(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "_LIVE_PAGE", 1)
    await decided_claims(stores, 2)
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start()
    done = await office.step()
    assert done.again_in is not None, "another claim is left, and live claims have their turn before it"
    await stores.execute("UPDATE claims SET registered_at = now() - interval '1 hour'")
    await stores.execute("UPDATE batches SET registered_at = now() - interval '1 hour'")
    other = Office(stores, priced(stores.reference, "450.00"))
    await other.start()
    assert await other.steps() == CampaignStepDone()
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


async def test_postgresql_refuses_one_approver_and_a_campaign_without_approval(stores: Stores) -> None:
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
    """Coverage of one member ended meanwhile: the claim would be denied now, which no person approved."""
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


async def test_what_other_data_changed_is_shown_apart_and_not_corrected_by_a_campaign_about_a_rate(
    stores: Stores,
) -> None:
    """Coverage of one member ended since the decision: with the rate as it was, that claim would be denied today as well."""
    policies = Settings().policies_dir
    await keep_policies(in_role(stores.engine, DatabaseRole.WORKER), policies, stores.reference)
    [other, own] = await decided_claims(stores, 2)
    ended = a_coverage_change(2, plan="HUDSON-COMM").model_copy(
        update={"member_id": "SYN-000100", "coverage_id": "COV-0", "ends": date(2025, 2, 1)}
    )
    await stores.feeds.apply_coverage([ended])
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start(takes_back=True)
    await office.steps()
    view = await office.view()
    totals = {row["cause"]: (row["direction"], row["claims"], row["own_amount"]) for row in view.totals}
    assert totals == {
        "this-change": ("pays-more", 1, view.totals[0]["amount"]),
        "other-changes": ("pays-less", 1, Decimal("0.00")),
    }
    assert {(row["claim_id"], row["result"]) for row in view.sample} == {(own, "corrects"), (other, "other-changes")}
    assert (view.left, [each["claims"] for each in view.providers]) == (1, [1])
    assert (await office.approve("examiner"), await office.approve("supervisor")) == ("ok", "ok")
    await office.steps()
    assert dict((await office.view()).done) == {"corrected": 1}
    assert await stores.rows("SELECT claim_id::text FROM determinations WHERE version = 2") == [(own,)]
    await office.sound()


async def test_a_difference_is_of_unknown_cause_where_the_data_of_the_decision_are_not_kept(stores: Stores) -> None:
    await decided_claims(stores, 1)
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start()
    await office.steps()
    assert [(row["cause"], row["claims"]) for row in (await office.view()).totals] == [("unknown", 1)]


async def test_policy_data_are_kept_once_and_never_changed(stores: Stores) -> None:
    policies, worker = Settings().policies_dir, in_role(stores.engine, DatabaseRole.WORKER)
    for _ in range(2):
        await keep_policies(worker, policies, stores.reference)
    await keep_policies(worker, policies, replace(stores.reference, content_hash="f" * 64))
    assert await stores.rows("SELECT policy_bundle FROM policy_bundles") == [(stores.reference.content_hash,)]
    kept = await OtherPolicies(worker, policies, now).earlier(stores.reference.content_hash)
    assert kept is not None
    assert (kept.content_hash, kept.rates) == (stores.reference.content_hash, stores.reference.rates)
    with pytest.raises(IntegrityError, match="never changed"):
        await stores.execute("UPDATE policy_bundles SET content = ''")


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


async def test_policy_data_that_change_while_it_is_judged_end_it(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "_LIVE_PAGE", 1)
    await decided_claims(stores, 2)
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start()
    await office.step()
    office.reference = priced(stores.reference, "460.00")
    assert (await office.step()).over
    assert (await office.view()).campaign.stage is CampaignStage.CANCELLED
    assert writing.SYSTEM in {
        row[0] for row in await stores.rows("SELECT person_id FROM audit_trail WHERE subject LIKE 'campaign/%'")
    }
