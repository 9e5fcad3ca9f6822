"""Changed policy data start a campaign by themselves: once, about decided claims only, and nothing is corrected before two approve."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import DateRange
from adjudication.readjudication.campaigns import Kind
from runtime.processes.changed_data import start_campaigns_of_changes
from runtime.processes.other_policies import keep_policies
from runtime.settings import Settings
from storage.privileges.roles import DatabaseRole
from storage.readjudication.policy_bundles import PolicyBundles
from tests.builders.ledger.campaigns import CODE, VERSIONS, Office, decided_claims, now, priced
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role

pytestmark = pytest.mark.servers

OTHER = "e" * 64


async def loaded(stores: Stores, data: ReferenceData) -> int:
    """What a worker does that starts with these data, which the ledger keeps."""
    worker = in_role(stores.engine, DatabaseRole.WORKER)
    await PolicyBundles(worker).keep(data.content_hash, b"not read: only earlier data are loaded from the ledger")
    return await start_campaigns_of_changes(worker, Settings().policies_dir, data, now)


async def before(stores: Stores) -> None:
    """The shipped data are those before, and decide two claims."""
    await keep_policies(in_role(stores.engine, DatabaseRole.WORKER), Settings().policies_dir, stores.reference)
    await decided_claims(stores, 2)


async def test_a_corrected_rate_starts_one_campaign_that_two_people_approve(stores: Stores) -> None:
    await before(stores)
    assert await loaded(stores, stores.reference) == 0, "there are no data before the first"
    corrected = replace(priced(stores.reference, "450.00"), content_hash=OTHER)
    assert [await loaded(stores, corrected) for _ in range(2)] == [1, 0]
    assert await loaded(stores, stores.reference) == 0, "an earlier load that is in force again starts none"
    [(campaign,)] = await stores.rows("SELECT campaign_id::text FROM campaigns")
    office = Office(stores, corrected, str(campaign))
    await office.steps()
    view = await office.view()
    assert (view.campaign.kind, view.campaign.selection.codes, view.campaign.started_by) == (Kind.RATE, (CODE,), None)
    assert not view.campaign.takes_back
    assert [(row["cause"], row["direction"], row["claims"]) for row in view.totals] == [("this-change", "pays-more", 2)]
    assert (await stores.rows(VERSIONS))[-1][:2] == (1, 2), "nothing is corrected before two people approve"
    assert (await office.approve("examiner"), await office.approve("supervisor")) == ("ok", "ok")
    await office.steps()
    assert dict((await office.view()).done) == {"corrected": 2}
    await office.sound()


async def test_a_change_that_concerns_no_decided_claim_starts_none(stores: Stores) -> None:
    await before(stores)
    future = {
        key: (*dated, replace(dated[-1], dates=DateRange(date(2199, 1, 1)))) if key[1] == CODE else dated
        for key, dated in stores.reference.rates.items()
    }
    assert await loaded(stores, replace(stores.reference, rates=future, content_hash=OTHER)) == 0
    assert await stores.rows("SELECT policy_bundle FROM policy_data_compared") == [(OTHER,)]


async def test_only_a_person_starts_a_campaign_that_takes_money_back(stores: Stores) -> None:
    with pytest.raises(IntegrityError, match="only_people_take_back"):
        await stores.execute(
            "INSERT INTO campaigns (campaign_id, kind, why, selection, per_second, takes_back, started_at) VALUES "
            "(gen_random_uuid(), 'rate', 'a reason of twenty characters', '{}', 5, true, now())"
        )
