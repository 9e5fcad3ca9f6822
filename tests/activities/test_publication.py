from __future__ import annotations

from datetime import datetime, timedelta

import orjson
import pytest

from adjudication.model.claim import Claim
from adjudication.model.determination import Determination, Disposition, LineDetermination
from adjudication.model.outcomes import COMPONENT_ELSEWHERE, STEP_FAILED
from adjudication.model.reference import ReferenceData
from adjudication.prerelease_holds.check import determine_or_hold
from contracts.events.topics import REVIEW_TASKS
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import (
    ACQUISITION,
    ANALYSIS,
    RECEIVED,
    a_claim,
    a_member,
    an_authorization,
    coverage,
)
from tests.builders.activities.stores import InMemoryLedger


def waiting_component(ledger: InMemoryLedger, control: str = "WAITS") -> Claim:
    """A component whose acquisition did not arrive yet, authorized."""
    claim = a_claim(control, ANALYSIS)
    ledger.accept(claim)
    ledger.cover(coverage(claim.member))
    ledger.authorize(an_authorization(claim.member, ANALYSIS))
    return claim


def tasks(ledger: InMemoryLedger) -> list[dict[str, object]]:
    return [orjson.loads(m.value)["data"] for m in ledger.outbox if m.topic == REVIEW_TASKS]


async def test_a_waiting_component_is_tried_again_when_its_waiting_time_is_over(
    adjudicator: Adjudicator, ledger: InMemoryLedger, reference: ReferenceData
) -> None:
    summary = await adjudicator.run(waiting_component(ledger))
    (pended,) = summary.pended
    assert "P-FAM" in pended.codes
    retry_at = datetime.fromisoformat(pended.retry_at or "")
    assert retry_at == RECEIVED + timedelta(days=reference.family.wait_days)


async def test_a_component_that_waited_its_time_is_denied_as_an_orphan(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    claim = waiting_component(ledger)
    first = await adjudicator.run(claim)
    adjudicator.clock.now = datetime.fromisoformat(first.pended[0].retry_at or "")
    assert (await adjudicator.run(claim, round_number=1)).determined == 1
    (line,) = ledger.determined[claim.claim_id].lines
    assert (line.disposition, line.reason) == (Disposition.DENIED, "edits.family_orphan")


async def test_the_acquisition_completes_the_component_that_waits_for_it(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    claim = waiting_component(ledger)
    await adjudicator.run(claim)
    sibling = a_claim("SIBLING", ACQUISITION)
    ledger.accept(sibling)
    ledger.authorize(an_authorization(sibling.member, ACQUISITION))
    assert (await adjudicator.run(sibling)).completes == [claim.claim_id]
    again = await adjudicator.run(claim, round_number=1)
    assert "P-FAM" not in again.pended[0].codes


async def test_a_batch_that_runs_again_still_names_the_claims_it_completes(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    waits = waiting_component(ledger)
    await adjudicator.run(waits)
    # Denied, hence determined: no authorization for it, and a plan that asks for one.
    sibling = a_claim("SIBLING", ACQUISITION)
    ledger.accept(sibling)
    first = await adjudicator.run(sibling)
    assert sibling.claim_id in ledger.determined
    assert (await adjudicator.run(sibling)).completes == first.completes == [waits.claim_id]


async def test_a_denial_for_lack_of_an_authorization_looks_for_one_that_came_meanwhile(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    """A feed that stored it before the denial was committed found no denial to raise."""
    claim = a_claim("C1", "72156")
    ledger.accept(claim)
    ledger.cover(coverage(claim.member, "BUCKEYE-MCD"))
    await adjudicator.run(claim)
    assert [line.reason for line in ledger.determined[claim.claim_id].lines] == ["authorization.missing"]
    assert [(each.claim_id, each.denied_for) for each in ledger.compared] == [
        (claim.claim_id, frozenset({"authorization.missing"}))
    ]


async def test_a_paid_claim_looks_for_no_authorization(adjudicator: Adjudicator, ledger: InMemoryLedger) -> None:
    claim = a_claim("C1")
    ledger.accept(claim)
    ledger.cover(coverage(claim.member))
    await adjudicator.run(claim)
    assert claim.claim_id in ledger.determined
    assert [each.denied_for for each in ledger.compared] == [frozenset()]


async def test_a_decided_claim_looks_for_coverage_that_came_meanwhile(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    claim = a_claim("C1")
    ledger.accept(claim)
    ledger.cover(coverage(claim.member))
    await adjudicator.run(claim)
    assert [(each.claim_id, list(each.spans or ())) for each in ledger.compared] == [
        (claim.claim_id, [coverage(claim.member)])
    ]


async def test_a_try_that_changes_nothing_says_nothing(adjudicator: Adjudicator, ledger: InMemoryLedger) -> None:
    claim = waiting_component(ledger)
    await adjudicator.run(claim)
    published = list(ledger.outbox)
    adjudicator.clock.now += timedelta(days=1)
    await adjudicator.run(claim, round_number=1)
    assert ledger.outbox == published


async def test_a_try_that_finds_other_reasons_to_wait_states_them(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    claim = waiting_component(ledger)
    await adjudicator.run(claim)
    ledger.accept(a_claim("SIBLING", ACQUISITION))
    await adjudicator.run(claim, round_number=1)
    assert [task["round"] for task in tasks(ledger)] == [0, 1]
    ids = [message.event_id for message in ledger.outbox]
    assert len(ids) == len(set(ids)) == 4


async def test_a_claim_that_waits_for_a_person_is_not_tried_by_the_clock(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    claim = a_claim("UNKNOWN-MEMBER")
    ledger.accept(claim)
    (pended,) = (await adjudicator.run(claim)).pended
    assert (pended.codes, pended.retry_at) == (["P-ELIG"], None)


async def test_a_claim_the_database_refuses_pends_and_is_tried_again_soon(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    claim, other = a_claim("REFUSED"), a_claim("OTHER", member=a_member(2))
    ledger.accept(claim, other)
    ledger.cover(coverage(claim.member), coverage(other.member))
    ledger.refuse = {claim.claim_id}
    summary = await adjudicator.run(claim, other)
    assert (summary.determined, [pended.codes for pended in summary.pended]) == (1, [["P-SYS"]])
    assert summary.pended[0].retry_at is not None
    assert ledger.pended[claim.claim_id].pends[0].outcome == STEP_FAILED
    ledger.refuse = set()
    assert (await adjudicator.run(claim, round_number=1)).determined == 1


async def test_a_component_the_database_refuses_waits_for_an_override(
    adjudicator: Adjudicator, ledger: InMemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = a_claim("REFUSED", ACQUISITION)
    ledger.accept(claim)
    ledger.cover(coverage(claim.member))
    ledger.authorize(an_authorization(claim.member, ACQUISITION))
    ledger.refuse = {claim.claim_id}
    # No plan has a rate for the family, so nothing approves it yet; a contract rate would.
    price_it(monkeypatch, adjudicator.reference)
    (pended,) = (await adjudicator.run(claim)).pended
    assert pended.codes == ["P-EDIT-OVR"]
    assert pended.retry_at is not None
    assert ledger.pended[claim.claim_id].pends[0].outcome == COMPONENT_ELSEWHERE


def price_it(monkeypatch: pytest.MonkeyPatch, reference: ReferenceData) -> None:
    def approving_once(*arguments: object) -> object:
        decided = determine_or_hold(*arguments)  # type: ignore[arg-type]
        claim = arguments[0]
        assert isinstance(claim, Claim)
        if [pend.code for pend in getattr(decided, "pends", ())] != ["P-PRICE"]:
            return decided
        lines = tuple(
            LineDetermination(
                line=line.number,
                code=line.code,
                disposition=Disposition.APPROVED,
                charge=line.charge,
                paid=line.charge,
                adjustments=(),
                reason=COMPONENT_ELSEWHERE,
                would_also_fail=(),
                findings=(),
            )
            for line in claim.lines
        )
        return Determination(claim.claim_id, RECEIVED, lines, reference.content_hash)

    monkeypatch.setattr("activities.adjudication.decision.determine_or_hold", approving_once)
