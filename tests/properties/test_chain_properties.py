"""Originals, replacements and voids in any order of arrival, in any batches, with signals lost or not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adjudication.model.claim import Claim
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, Frequency
from contracts.events.topics import DETERMINATIONS
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import ACQUISITION, RECEIVED, an_authorization, coverage
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.chain_lives import Sent, at_most_one_stands, claims_of, pays, root_of, units_held
from tests.builders.plans import reference_requiring_authorization
from tests.builders.roster import listed

REFERENCE: ReferenceData = reference_requiring_authorization()
PLANS = {"72158": "HUDSON-MA", "72148": "HUDSON-COMM", ACQUISITION: "HUDSON-COMM"}
LIVES = st.lists(
    st.builds(Sent, st.sampled_from([Frequency.REPLACEMENT, Frequency.VOID, Frequency.ORIGINAL]), st.integers(0, 5)),
    min_size=2,
    max_size=6,
)


class Life:
    """One ledger, driven as the workflows would; a signal may be lost, time is not."""

    def __init__(self, sent: list[Sent], code: str) -> None:
        self.ledger = InMemoryLedger()
        self.adjudicator = Adjudicator(self.ledger, REFERENCE)
        self.claims = claims_of(sent, code)
        self.rounds: dict[ClaimId, int] = {}
        member = self.claims[0].member
        self.ledger.cover(coverage(member, PLANS[code]))
        self.ledger.enlist(listed("HUDSON-MA"))
        self.ledger.authorize(an_authorization(member, code, plan=PLANS[code]))

    async def run(self, batch: list[Claim], *, deaf: bool) -> None:
        """Adjudicate a batch and then whatever it wakes."""
        summary = await self.adjudicator.run(*batch)
        self.check()
        woken = [] if deaf else summary.completes
        for _ in range(40):
            if not woken:
                return
            woken = (await self.again(ClaimId(woken[0]))) + woken[1:]
        raise AssertionError("claims wake each other without end")

    async def again(self, claim_id: ClaimId) -> list[str]:
        """Try one claim again, as its review does; a review that has ended hears nothing."""
        if claim_id not in self.ledger.pended:
            return []
        self.rounds[claim_id] = self.rounds.get(claim_id, 0) + 1
        summary = await self.adjudicator.run(claim_id, round_number=self.rounds[claim_id])
        self.check()
        return summary.completes

    async def time_passes(self) -> None:
        """Every waiting claim is tried by time alone, past every wait."""
        self.adjudicator.clock.now = max(self.adjudicator.clock.now, RECEIVED) + timedelta(days=11)
        for claim_id in list(self.ledger.pended):
            await self.again(claim_id)

    def check(self) -> None:
        at_most_one_stands(self.claims, self.ledger.determined)
        assert units_held(self.ledger.uses.values(), self.claims) <= 1

    def check_the_end(self) -> None:
        ledger = self.ledger
        assert {c.claim_id for c in self.claims} == set(ledger.determined) | set(ledger.pended)
        assert not any(pend.code == "P-CHAIN" for pended in ledger.pended.values() for pend in pended.pends)
        events = [message for message in ledger.outbox if message.topic == DETERMINATIONS]
        assert len({message.event_id for message in events}) == len(events)
        for root in {root_of(claim, self.claims) for claim in self.claims}:
            chain = [c.claim_id for c in self.claims if root_of(c, self.claims) == root]
            paid = sum(version.paid for c in chain for version in ledger.chains.versions.get(c, ()))
            assert paid == sum(ledger.determined[c].paid for c in chain if pays(ledger.determined.get(c)))
            assert all(
                [version.version for version in ledger.chains.versions.get(c, ())] in ([], [1], [1, 2]) for c in chain
            )
        for use in ledger.uses.values():
            assert use.claim_id in ledger.pended or pays(ledger.determined[use.claim_id])


@settings(max_examples=120, deadline=None)
@given(data=st.data(), sent=LIVES, code=st.sampled_from(sorted(PLANS)))
def test_no_order_of_originals_replacements_and_voids_pays_twice(data: Any, sent: list[Sent], code: str) -> None:
    async def live() -> None:
        life = Life(sent, code)
        arrivals = data.draw(st.permutations(life.claims))
        while arrivals:
            size = data.draw(st.integers(1, len(arrivals)))
            batch, arrivals = arrivals[:size], arrivals[size:]
            life.ledger.accept(*batch)
            await life.run(batch, deaf=data.draw(st.booleans()))
        for _ in range(8):
            await life.time_passes()
        life.check_the_end()

    asyncio.run(live())
