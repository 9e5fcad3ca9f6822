from __future__ import annotations

import logging

import pytest

from adjudication.model.claim import Claim
from adjudication.model.outcomes import STEP_FAILED
from contracts.workflow_messages.claims import (
    APPLY_COMPONENT_EDITS,
    DETERMINE,
    MATCH_AUTHORIZATIONS,
    PUBLISH,
    REVIEW_MEDICAL_NECESSITY,
    VERIFY_ELIGIBILITY,
)
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import a_claim, a_member, coverage
from tests.builders.activities.faulty_rules import breaking_on, resolve
from tests.builders.activities.stores import InMemoryLedger

RULES = {
    VERIFY_ELIGIBILITY: "activities.adjudication.steps.verify_eligibility",
    MATCH_AUTHORIZATIONS: "activities.adjudication.steps.match_payable_first",
    APPLY_COMPONENT_EDITS: "activities.adjudication.steps.apply_component_edits",
    REVIEW_MEDICAL_NECESSITY: "activities.adjudication.steps.review_medical_necessity",
    DETERMINE: "activities.adjudication.decision.determine_or_hold",
    PUBLISH: "activities.adjudication.publication.determination_messages",
}


@pytest.fixture
def claims(ledger: InMemoryLedger) -> list[Claim]:
    made = [a_claim(f"C{n}", member=a_member(n)) for n in range(1, 5)]
    ledger.accept(*made)
    ledger.cover(*(coverage(claim.member) for claim in made))
    return made


@pytest.mark.parametrize("step", RULES)
async def test_a_rule_that_raises_on_one_claim_pends_that_claim_alone(
    adjudicator: Adjudicator,
    ledger: InMemoryLedger,
    claims: list[Claim],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    broken = claims[2]
    monkeypatch.setattr(RULES[step], breaking_on(broken, resolve(RULES[step])))
    summary = await adjudicator.run(*claims)
    assert summary.determined == 3
    assert [(pended.claim_id, pended.codes) for pended in summary.pended] == [(broken.claim_id, ["P-SYS"])]
    assert summary.pended[0].retry_at is not None
    failed = [step_name for step_name, entry in adjudicator.summaries.items() if entry.failed]
    assert failed == ([] if step == PUBLISH else [step])
    found = [finding for finding in ledger.pended[broken.claim_id].findings if finding.outcome == STEP_FAILED]
    assert [fact.value for fact in found[0].evidence] == ["RuleBrokenError"]


@pytest.mark.parametrize("step", RULES)
async def test_what_a_rule_raised_is_never_quoted(
    adjudicator: Adjudicator,
    ledger: InMemoryLedger,
    claims: list[Claim],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    step: str,
) -> None:
    broken = claims[1]
    monkeypatch.setattr(RULES[step], breaking_on(broken, resolve(RULES[step])))
    with caplog.at_level(logging.DEBUG):
        await adjudicator.run(*claims)
    assert "RuleBrokenError" in caplog.text
    page = caplog.text.encode() + b"".join(message.value for message in ledger.outbox)
    for value in (broken.member.family_name, broken.member.given_name, broken.member.member_id):
        assert value.encode() not in page


async def test_a_claim_whose_fault_was_corrected_is_determined_by_its_next_try(
    adjudicator: Adjudicator, ledger: InMemoryLedger, claims: list[Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = RULES[APPLY_COMPONENT_EDITS]
    with monkeypatch.context() as patched:
        patched.setattr(rule, breaking_on(claims[0], resolve(rule)))
        await adjudicator.run(*claims)
    assert (await adjudicator.run(claims[0], round_number=1)).determined == 1
    assert len(ledger.determined) == len(claims)
