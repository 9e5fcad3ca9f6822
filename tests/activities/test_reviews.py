"""People's actions through the real judgement and the real steps; only the stores are in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest
from temporalio.testing import ActivityEnvironment

from activities.review.actions import case_rules
from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.determination import Disposition, LineDetermination
from adjudication.model.reference import ReferenceData
from adjudication.people import Role, StaffMember
from contracts.events.topics import DOCUMENT_REQUESTS
from contracts.workflow_messages.claims import APPLY_REVIEW_ACTION, ReviewAct, ReviewAnswer
from rulebook.library import default_policies_dir, load_reference
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import a_claim, coverage
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.claims import RECORDS, a_line
from tests.builders.claims import a_claim as a_coded_claim
from tests.builders.reference import with_limit
from tests.builders.reviews import (
    CODER,
    EXAMINER,
    NURSE,
    PEER,
    PHYSICIAN,
    PRICER,
    RATIONALE,
    SUPERVISOR,
    a_license,
    a_person,
)

OHIOAN = a_person("ohioan", Role.PHYSICIAN, licenses=(a_license("OH"),))


@dataclass
class Desk:
    """The people at work on one waiting claim."""

    adjudicator: Adjudicator
    claim: Claim
    rounds: int = 0

    async def do(self, person: StaffMember, key: str = "", **content: Any) -> ReviewAnswer:
        action_id = self.adjudicator.ledger.reviews.submit(self.claim.claim_id, person, key=key, **content)
        return await self.ask(action_id)

    async def ask(self, action_id: str) -> ReviewAnswer:
        (run,) = (run for run in self.adjudicator.activities() if run.__name__ == APPLY_REVIEW_ACTION)
        answer = await ActivityEnvironment().run(run, ReviewAct(self.claim.claim_id, action_id))
        assert isinstance(answer, ReviewAnswer)
        return answer

    async def decides(self, person: StaffMember, line: int, outcome: str, **more: Any) -> str:
        """Take, decide, release; return the answer's code."""
        taken = await self.do(person, f"take-{line}-{outcome}-{more}", action="take")
        if not taken.accepted:
            return taken.code
        content: dict[str, Any] = {"action": "decide", "line": line, "outcome": outcome, "rationale": RATIONALE}
        answer = await self.do(person, **content, **{"resolution": "passes", **more})
        await self.do(person, f"release-{line}-{outcome}-{more}", action="release")
        return answer.code or "ok"

    async def try_again(self) -> None:
        self.rounds += 1
        await self.adjudicator.run(self.claim, round_number=self.rounds)

    def waits_for(self) -> list[tuple[str, str, int | None]]:
        waiting = self.adjudicator.ledger.pended.get(self.claim.claim_id)
        return [] if waiting is None else [(pend.code, pend.outcome, pend.line) for pend in waiting.pends]

    def lines(self) -> tuple[LineDetermination, ...]:
        return self.adjudicator.ledger.determined[self.claim.claim_id].lines


async def a_desk(claim: Claim, reference: ReferenceData, plan: str = "HUDSON-COMM") -> Desk:
    adjudicator = Adjudicator(InMemoryLedger(), reference)
    adjudicator.ledger.accept(claim)
    adjudicator.ledger.cover(coverage(claim.member, plan))
    adjudicator.ledger.reviews.employ(NURSE, PHYSICIAN, PEER, CODER, EXAMINER, PRICER, SUPERVISOR, OHIOAN)
    desk = Desk(adjudicator, claim)
    await adjudicator.run(claim)
    assert desk.waits_for()
    return desk


@pytest.fixture(scope="module")
def shipped() -> ReferenceData:
    return load_reference(default_policies_dir())


CLINICAL_DENIAL = {"resolution": "denies", "denies_as": "necessity.experimental", "criteria": ["S3-09"]}


async def test_a_split_decision_denies_one_line_by_signature_and_prices_the_other(shipped: ReferenceData) -> None:
    desk = await a_desk(a_claim("C1", "0609T", "0611T"), shipped)
    assert desk.waits_for() == [("P-CLIN-MD", outcomes.EXPERIMENTAL, line) for line in (1, 2)]
    assert await desk.decides(NURSE, 1, outcomes.EXPERIMENTAL, **CLINICAL_DENIAL) == "role-may-not"
    assert await desk.decides(OHIOAN, 1, outcomes.EXPERIMENTAL, **CLINICAL_DENIAL) == "license-state"
    assert await desk.decides(PHYSICIAN, 1, outcomes.EXPERIMENTAL, **CLINICAL_DENIAL) == "ok"
    assert await desk.decides(NURSE, 2, outcomes.EXPERIMENTAL) == "ok"
    await desk.try_again()
    assert desk.waits_for() == [("P-PRICE", outcomes.MANUAL_PRICING, 2)]
    assert await desk.decides(PRICER, 2, outcomes.MANUAL_PRICING, resolution="priced", allowed="310.00") == "ok"
    await desk.try_again()
    denied, paid = desk.lines()
    assert (denied.disposition, denied.reason) == (Disposition.DENIED, outcomes.EXPERIMENTAL)
    assert denied.signature is not None
    assert (denied.signature.reviewer_id, denied.signature.rationale) == (PHYSICIAN.person_id, RATIONALE)
    assert (paid.disposition, str(paid.paid)) == (Disposition.APPROVED, "310.00")


async def test_the_next_question_of_a_line_is_shown_although_it_has_the_code_of_the_last(
    shipped: ReferenceData,
) -> None:
    """A modifier and the units of one line both wait for a coder; whoever settles the first must see the second."""
    claim = a_coded_claim(a_line("72148", "ZZ", units="2"), attachments=(RECORDS,))
    desk = await a_desk(claim, with_limit(shipped, "72148", 1, "3"))
    assert desk.waits_for() == [("P-EDIT-OVR", outcomes.MODIFIER_UNKNOWN, 1)]
    assert await desk.decides(CODER, 1, outcomes.MODIFIER_UNKNOWN) == "ok"
    before = len(desk.adjudicator.ledger.outbox)
    await desk.try_again()
    assert desk.waits_for() == [("P-EDIT-OVR", outcomes.UNITS_REVIEWABLE, 1)]
    assert len(desk.adjudicator.ledger.outbox) > before, "nothing was notified, so a database would keep the old pend"
    assert await desk.decides(CODER, 1, outcomes.UNITS_REVIEWABLE) == "ok"


async def test_facts_that_a_nurse_reads_out_of_a_document_decide_the_line(shipped: ReferenceData) -> None:
    shown = a_claim("C1")
    desk = await a_desk(replace(shown, supporting=()), shipped)
    assert [code for code, _, _ in desk.waits_for()] == ["P-DOC"]
    facts = [_stated(fact.fact, fact.value) for fact in shown.supporting]
    assert (await desk.do(NURSE, action="take")).accepted
    assert (await desk.do(NURSE, action="record-facts", facts=facts)) == ReviewAnswer(accepted=True, try_again=True)
    await desk.try_again()
    (line,) = desk.lines()
    assert line.disposition is Disposition.APPROVED


def _stated(name: str, value: Any) -> dict[str, Any]:
    kind = {"bool": "flag", "date": "day", "Decimal": "number", "str": "code"}[type(value).__name__]
    shown = value if isinstance(value, bool) else str(value)
    return {"fact": name, kind: shown, "source": "SYN-DOC-1"}


async def test_a_request_for_documents_is_one_message_with_the_date_it_is_due(shipped: ReferenceData) -> None:
    desk = await a_desk(a_claim("C1", "0609T", "0611T"), shipped)
    ledger = desk.adjudicator.ledger
    assert (await desk.do(NURSE, action="take")).accepted
    asked: dict[str, Any] = {"action": "request-documents", "kinds": ["therapy-notes", "order", "order"]}
    answer = await desk.do(NURSE, **asked)
    assert answer == ReviewAnswer(accepted=True), "asking changes nothing that adjudication would say"
    assert await desk.do(NURSE, **asked) == answer
    (message,) = (message for message in ledger.outbox if message.topic == DOCUMENT_REQUESTS)
    data = orjson.loads(message.value)["data"]
    assert [document["kind"] for document in data["documents"]] == ["order", "therapy-notes"]
    assert data["due_at"] > data["asked_at"]


async def test_the_same_action_asked_for_again_is_answered_as_before(shipped: ReferenceData) -> None:
    desk = await a_desk(a_claim("C1", "0609T", "0611T"), shipped)
    first = await desk.do(NURSE, action="take")
    history = desk.adjudicator.ledger.reviews.history[desk.claim.claim_id]
    assert len(history) == 1
    assert await desk.do(NURSE, action="take") == first
    assert len(history) == 1


@pytest.mark.parametrize(
    ("role", "who", "code"),
    [
        ("physician", "SYN-physician", ""),
        ("clinical-peer", "SYN-physician", "not-their-role"),
        ("physician", "SYN-interested", "their-interest"),
        ("physician", "SYN-missing", "no-such-colleague"),
    ],
)
async def test_a_claim_is_handed_by_name_only_to_a_person_who_can_work_on_it(
    shipped: ReferenceData, role: str, who: str, code: str
) -> None:
    """No other person may take it for half an hour: held by a person who cannot act, or does not exist, it would only wait."""
    desk = await a_desk(a_claim("C1", "0609T", "0611T"), shipped)
    interested = replace(a_person("interested", Role.PHYSICIAN), conflicts=frozenset({desk.claim.billing.npi}))
    desk.adjudicator.ledger.reviews.employ(interested)
    await desk.do(NURSE, action="take")
    handed = {"action": "hand-over", "to_role": role, "to_person": who, "reason": "an adverse decision is expected"}
    assert (await desk.do(NURSE, **handed)).code == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"action": "burn"}, "unreadable"),
        ({"nothing": "known"}, "unreadable"),
        ({"action": "take", "more": 1}, "unreadable"),
        ({"action": "hand-over", "to_role": "unknown", "reason": "why not"}, "role"),
        ({"action": "record-facts", "facts": [{"fact": "order.present", "source": "SYN-DOC-1"}]}, "facts"),
        (
            {
                "action": "record-facts",
                "facts": [{"fact": "order.present", "flag": True, "code": "met", "source": "S"}],
            },
            "facts",
        ),
    ],
)
async def test_what_cannot_be_read_is_refused_and_not_tried_for_ever(
    shipped: ReferenceData, content: dict[str, Any], code: str
) -> None:
    desk = await a_desk(a_claim("C1", "0609T", "0611T"), shipped)
    await desk.do(NURSE, action="take")
    assert (await desk.do(NURSE, **content)).code == code


async def test_who_is_not_on_the_staff_does_nothing(shipped: ReferenceData) -> None:
    desk = await a_desk(a_claim("C1", "0609T", "0611T"), shipped)
    assert (await desk.do(a_person("stranger", Role.NURSE), action="take")).code == "unknown-person"
    assert (await desk.ask("3f0e2f3e-0000-4000-8000-000000000000")).code == "unknown-action"


async def test_an_interest_in_the_billing_provider_keeps_a_person_out(shipped: ReferenceData) -> None:
    desk = await a_desk(a_claim("C1", "0609T", "0611T"), shipped)
    interested = replace(NURSE, conflicts=frozenset({desk.claim.billing.npi}))
    desk.adjudicator.ledger.reviews.employ(interested)
    assert (await desk.do(interested, action="take")).code == "conflict-of-interest"


async def test_the_state_of_a_license_is_that_of_the_plan(shipped: ReferenceData) -> None:
    desk = await a_desk(a_claim("C1", "0609T", "0611T"), shipped, "BUCKEYE-MCD")
    ((_, outcome, _), _) = desk.waits_for()
    denial = {**CLINICAL_DENIAL, "denies_as": outcomes.NOT_MEDICALLY_NECESSARY}
    assert await desk.decides(PHYSICIAN, 1, outcome, **denial) == "license-state"
    assert await desk.decides(OHIOAN, 1, outcome, **denial) == "ok"


def test_every_pend_of_the_shipped_data_belongs_to_a_person(shipped: ReferenceData) -> None:
    rules = case_rules(shipped)
    elsewhere = {"provider", "system"}
    assert shipped.pends
    for pend in shipped.pends.values():
        resolving_roles = rules.passes[pend.code] | rules.denies[pend.code] | rules.prices[pend.code]
        assert resolving_roles or pend.owner in {role.value for role in Role}, pend.code
        assert pend.owner in {role.value for role in Role} | elsewhere, pend.code


def test_no_shipped_pend_lets_a_nurse_deny_or_a_failed_step_pass(shipped: ReferenceData) -> None:
    assert all(Role.NURSE not in pend.may_deny for pend in shipped.pends.values())
    failed = shipped.pends[next(code for code in shipped.pends if code == "P-SYS")]
    assert not failed.may_pass
    assert not failed.may_deny


async def test_a_claim_of_an_unknown_member_is_denied_by_enrollment_once_they_have_searched(
    shipped: ReferenceData,
) -> None:
    """No machine denies it, and no event may ever come: a person says that there is no such member (CARC 31)."""
    adjudicator = Adjudicator(InMemoryLedger(), shipped)
    claim = a_claim("C1", "72148")
    adjudicator.ledger.accept(claim)
    enrolment = a_person("enrolment", Role.ENROLLMENT)
    adjudicator.ledger.reviews.employ(enrolment)
    assert (await adjudicator.run(claim)).pended[0].codes == ["P-ELIG"]
    desk = Desk(adjudicator, claim)
    await desk.do(enrolment, action="take")
    fields: dict[str, Any] = {"line": None, "outcome": "eligibility.member_unknown", "rationale": RATIONALE}
    passes = await desk.do(enrolment, action="decide", resolution="passes", **fields)
    assert passes.code == "role-may-not", "without coverage there is no plan to pay from"
    denies = {"resolution": "denies", "denies_as": "eligibility.member_unknown"}
    assert (await desk.do(enrolment, action="decide", **denies, **fields)).accepted
    assert (await adjudicator.run(claim, round_number=1)).determined == 1
    (line,) = adjudicator.ledger.determined[claim.claim_id].lines
    assert (line.disposition, line.adjustments[0].carc) == (Disposition.DENIED, "31")
