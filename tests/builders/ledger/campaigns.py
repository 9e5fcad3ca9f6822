"""Decided claims, and a campaign about them on the real store, as the console and the worker drive it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from temporalio.testing import ActivityEnvironment

from activities.registry import campaign_activities
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.people import Person, Refusal, Role
from adjudication.readjudication.campaigns import CampaignApproval, CampaignSelection, CampaignStage, Kind
from adjudication.readjudication.rules import Ground
from contracts.records.campaigns import Campaign, CampaignView
from contracts.workflow_messages.campaigns import CampaignStepDone, HoldCampaign
from runtime.processes.judging import page_judge
from runtime.processes.ports import shadow_ports
from runtime.settings import Settings
from storage.audit.trail import broken
from storage.privileges.roles import DatabaseRole
from storage.readjudication.campaign_steps import CampaignSteps
from storage.readjudication.campaigns import Campaigns
from tests.builders.ledger.desks import STAFF, Desk, documented
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.reopened import MORE_STAFF
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import a_coverage_change, a_submission

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
    per_second: int = 5
    workers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    """The activity of a worker, by the hash of its policy data: a page that takes longer than a step goes on in it."""

    @property
    def console(self) -> Campaigns:
        return Campaigns(in_role(self.stores.engine, DatabaseRole.CONSOLE))

    async def start(self, person: str = "supervisor", *, takes_back: bool = False) -> Campaign | Refusal:
        wanted = Campaign(
            self.campaign, Kind.RATE, WHY, CampaignSelection((CODE,)), self.per_second, takes_back, f"SYN-{person}", now(),
            CampaignStage.JUDGING, None, None, 0, 0, -1, None, None, None,
        )  # fmt: skip
        return await self.console.start(wanted, campaign_person(person))

    async def step(self) -> CampaignStepDone:
        done = await ActivityEnvironment().run(self._worker(), HoldCampaign(self.campaign))
        assert isinstance(done, CampaignStepDone)
        return done

    def _worker(self) -> Callable[..., Any]:
        known = self.workers.get(self.reference.content_hash)
        if known is None:
            engine = in_role(self.stores.engine, DatabaseRole.WORKER)
            store = CampaignSteps(engine, self.reference)
            judge = page_judge(engine, self.reference, Settings().policies_dir).judge
            [known] = campaign_activities(store, judge, shadow_ports(engine), self.reference, now)
            self.workers[self.reference.content_hash] = known
        return known

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
        who = campaign_person(person)
        approval = CampaignApproval(who.person_id, tuple(sorted(who.roles)), ground, WHY)
        found = await self.console.approve(self.campaign, who, approval, seen, now())
        return found.code if isinstance(found, Refusal) else "ok"

    async def change(self, to: CampaignStage, person: str = "supervisor") -> str:
        found = await self.console.change(self.campaign, to, campaign_person(person), now())
        return found.code if isinstance(found, Refusal) else "ok"

    async def sound(self) -> None:
        assert await self.stores.broken() == []
        assert [said async for said in broken(self.stores.engine)] == []


def now() -> datetime:
    return datetime.now(UTC)


def campaign_person(name: str) -> Person:
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
    # The claims are decided by the clock of a desk, which is earlier than PostgreSQL's.
    await stores.execute("UPDATE coverage SET first_at = '2024-12-01Z', changed_at = '2024-12-01Z'")
    assert (await stores.rows(VERSIONS))[0][:2] == (1, count)
    return claims
