from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.determination import Decision, Determination, Disposition, Pended
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, ClaimId, LineNumber, OutcomeCode, Step, Verdict
from adjudication.steps.pipeline import Adjudicated, ClaimContext, adjudicate
from tests.builders.activities.claims import SERVICE_DATE, a_claim
from tests.builders.coverage import authorized, covered, naming, service, used
from tests.builders.facts import documented

NOW = datetime(2025, 9, 2, 8, 30, tzinfo=UTC)
FAMILY = ("0609T", "0610T", "0611T", "0612T")
COVERED = ClaimContext(7, [covered()])


def run(reference: ReferenceData, claim: Claim, context: ClaimContext = COVERED) -> Adjudicated:
    return adjudicate(claim, context, NOW, reference)


def reasons(decision: Decision) -> list[tuple[Disposition, OutcomeCode, tuple[OutcomeCode, ...]]]:
    assert isinstance(decision, Determination)
    return [(line.disposition, line.reason, line.would_also_fail) for line in decision.lines]


def pends(decision: Decision) -> list[tuple[str, OutcomeCode, int | None]]:
    assert isinstance(decision, Pended)
    return [(pend.code, pend.outcome, pend.line) for pend in decision.pends]


def elsewhere(code: str, state: LineState = LineState.PENDED) -> HistoryLine:
    """The same member's line on an earlier claim of another biller."""
    return HistoryLine(
        claim_id=ClaimId("other-claim"),
        sequence=3,
        number=LineNumber(1),
        form=ClaimForm.PROFESSIONAL,
        submitter="SYNTHETIC",
        billing_npi="1679576722",
        code=code,
        modifiers=(),
        units=Decimal(1),
        charge=Decimal("500.00"),
        service_date=SERVICE_DATE,
        state=state,
    )


def test_a_documented_imaging_claim_is_approved_with_every_step_shown(reference: ReferenceData) -> None:
    result = run(reference, documented(a_claim("C1", "72148", "72141")))
    assert reasons(result.decision) == [(Disposition.APPROVED, outcomes.RATED, ())] * 2
    assert isinstance(result.decision, Determination)
    for line in result.decision.lines:
        steps = [finding.step for finding in line.findings if finding.verdict is not Verdict.NOTES]
        assert steps == [Step.ELIGIBILITY, Step.AUTHORIZATION, Step.EDITS, Step.NECESSITY, Step.PRICING]
    assert (result.uses, result.completes) == ((), ())


def test_spectroscopy_next_to_spine_mri_is_denied_as_bundled_and_keeps_what_else_would_fail(
    reference: ReferenceData,
) -> None:
    claim = documented(a_claim("C1", "72148", *FAMILY))
    authorizations = [authorized(*(service(code) for code in FAMILY[:2]))]
    result = run(reference, claim, replace(COVERED, authorizations=authorizations))
    decided = {line.code: line for line in result.decision.lines} if isinstance(result.decision, Determination) else {}
    assert decided["72148"].disposition is Disposition.APPROVED
    assert [decided[code].reason for code in FAMILY] == [
        outcomes.PAIR,
        outcomes.PAIR,
        outcomes.AUTHORIZATION_MISSING,
        outcomes.AUTHORIZATION_MISSING,
    ]
    assert decided["0609T"].would_also_fail == ()
    assert decided["0611T"].would_also_fail == (outcomes.PAIR, outcomes.EXPERIMENTAL)
    assert {decided[code].adjustments[0].carc for code in FAMILY} == {"236", "197"}


def test_an_authorized_component_is_protected_and_waits_for_a_price(reference: ReferenceData) -> None:
    claim = naming(a_claim("C1", "0609T"), on_claim="AUTH-SYN-1")
    result = run(reference, claim, replace(COVERED, authorizations=[authorized(service("0609T"))]))
    assert pends(result.decision) == [("P-PRICE", outcomes.MANUAL_PRICING, 1)]
    assert [use.number for use in result.uses] == ["AUTH-SYN-1"]


def test_units_that_other_claims_took_are_not_there_any_more(reference: ReferenceData) -> None:
    context = replace(COVERED, authorizations=[authorized(service("0609T"))], uses=[used("0609T")])
    result = run(reference, a_claim("C1", "0609T"), context)
    assert reasons(result.decision) == [
        (Disposition.DENIED, outcomes.AUTHORIZATION_EXHAUSTED, (outcomes.EXPERIMENTAL,))
    ]
    assert result.uses == ()


def test_a_policy_that_calls_it_not_necessary_asks_a_physician_and_denies_nothing(reference: ReferenceData) -> None:
    claim = a_claim("C1", "0609T")
    later = replace(claim, lines=(replace(claim.lines[0], service_date=SERVICE_DATE.replace(month=11)),))
    context = ClaimContext(7, [covered(plan="BUCKEYE-MCD")])
    result = adjudicate(later, context, datetime(2025, 12, 1, tzinfo=UTC), reference)
    assert pends(result.decision) == [("P-CLIN-MD", outcomes.NOT_MEDICALLY_NECESSARY, 1)]


def test_an_uncovered_line_is_denied_and_the_edits_still_look_at_it(reference: ReferenceData) -> None:
    claim = a_claim("C1", "0609T")
    wrong = replace(claim, lines=(replace(claim.lines[0], modifiers=("26",)),))
    result = run(reference, wrong, ClaimContext(7, [covered(ends=SERVICE_DATE)]))
    assert reasons(result.decision) == [(Disposition.DENIED, outcomes.AFTER_TERMINATION, (outcomes.MODIFIER_INVALID,))]


def test_an_acquisition_completes_the_claim_that_waited_for_it(reference: ReferenceData) -> None:
    authorizations = [authorized(service("0609T"), service("0611T"))]
    waiting = run(reference, a_claim("C0", "0611T"), replace(COVERED, sequence=3, authorizations=authorizations))
    assert pends(waiting.decision) == [("P-FAM", outcomes.FAMILY_WAITING, 1)]
    context = replace(COVERED, authorizations=authorizations, uses=waiting.uses, history=[elsewhere("0611T")])
    assert run(reference, a_claim("C1", "0609T"), context).completes == ("other-claim",)


def test_a_component_another_biller_has_waits_on_the_later_claim_only(reference: ReferenceData) -> None:
    authorizations = [authorized(service("0609T"))]
    approved = replace(elsewhere("0609T"), state=LineState.APPROVED)
    later = replace(COVERED, authorizations=authorizations, history=[approved])
    assert pends(run(reference, a_claim("C1", "0609T"), later).decision) == [
        ("P-EDIT-OVR", outcomes.COMPONENT_ELSEWHERE, 1)
    ]
    earlier = replace(later, sequence=2)
    assert pends(run(reference, a_claim("C1", "0609T"), earlier).decision) == [("P-PRICE", outcomes.MANUAL_PRICING, 1)]


@pytest.mark.parametrize("plan", ["HUDSON-COMM", "HUDSON-MA", "CASCADE-MA", "BUCKEYE-MCD", "SYN-NOT-LOADED"])
@pytest.mark.parametrize("codes", [("72148",), FAMILY, ("76390", "0609T"), ("76498",), ("99999",)])
def test_the_same_values_give_the_same_decision(reference: ReferenceData, plan: str, codes: tuple[str, ...]) -> None:
    context = ClaimContext(7, [covered(plan=plan)], history=[elsewhere("72148"), elsewhere("0611T")])
    assert run(reference, a_claim("C1", *codes), context) == run(reference, a_claim("C1", *codes), context)


def test_every_finding_cites_a_source(reference: ReferenceData) -> None:
    for codes in (("72148", "0609T"), ("76498",), ("99999",)):
        decision = run(reference, a_claim("C1", *codes)).decision
        lines = decision.lines if isinstance(decision, Determination) else ()
        findings = decision.findings if isinstance(decision, Pended) else [f for line in lines for f in line.findings]
        assert findings
        assert all(finding.citation.source and finding.citation.locator for finding in findings)
