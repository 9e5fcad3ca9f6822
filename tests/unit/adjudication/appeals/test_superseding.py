"""The determination that takes the place of one an appeal changed: a part granted is priced, the rest stays denied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adjudication.appeals.independence import LineRuling, Ruling
from adjudication.appeals.outcome import Ruled
from adjudication.appeals.rules import Appellant
from adjudication.appeals.superseding import After, Before, Verdicts, supersede, units_refusal
from adjudication.model import outcomes
from adjudication.model.determination import Adjustment, Disposition, LineDetermination, Pended, ReviewerSignature
from adjudication.model.findings import Finding
from adjudication.model.vocabulary import LineNumber, PendCode, Step, Verdict
from adjudication.review.settlements import Resolution, Settlement
from tests.builders.activities.claims import a_claim
from tests.builders.appeals import RATIONALE, shipped
from tests.builders.coverage import plans_of
from tests.builders.findings import SYNTHETIC, a_line_determination, denying
from tests.builders.other_payers import prior

DECIDED = datetime(2025, 4, 1, tzinfo=UTC)
SIGNED = ReviewerSignature("appeals-md", "physician", "SYN-1", "NY", DECIDED, RATIONALE)
PLAN = Ruled("SYN-APPEAL", "reconsideration", Appellant.MEMBER, DECIDED.date(), outside=False, citation=SYNTHETIC)
COURT = replace(PLAN, level="independent-review", outside=True)
RATE = Decimal("412.50")


def denied(code: str = "72148", units: str = "3", *found: Finding, lines: int = 1) -> Before:
    """A claim at 500 dollars a unit, each line denied as bundled."""
    claim = a_claim("SYN-APPEALED", *[code] * lines)
    billed = tuple(
        replace(line, units=Decimal(units), charge=Decimal(500) * Decimal(units), code=code) for line in claim.lines
    )
    claim = replace(claim, lines=billed)
    decided = tuple(_denied(line.number, line.charge, code, found) for line in billed)
    return Before(claim, decided, plans_of(claim, shipped()), 1, DECIDED)


def _denied(number: LineNumber, charge: Decimal, code: str, found: tuple[Finding, ...]) -> LineDetermination:
    line = a_line_determination(Disposition.DENIED, charge=str(charge), amount=str(charge))
    findings = (replace(denying(outcomes.PAIR), line=number), *found)
    return replace(line, line=number, code=code, reason=outcomes.PAIR, findings=findings)


def ruled(ruling: Ruling, units: str | None = None, line: int = 1, by: Ruled = PLAN) -> Verdicts:
    return Verdicts(by, (LineRuling(LineNumber(line), ruling, None if units is None else Decimal(units)),))


def decided(after: After) -> LineDetermination:
    assert after.determination is not None, after.decision
    return after.determination.lines[0]


def partly(units: str, before: Before | None = None, by: Ruled = PLAN) -> LineDetermination:
    verdict = ruled(Ruling.PARTLY, units, by=by)
    return decided(supersede(before or denied(), [verdict], DECIDED, shipped()))


def test_a_part_granted_is_paid_at_its_rate_and_the_rest_stays_denied() -> None:
    line = partly("1")
    assert (line.disposition, line.paid, line.charge) == (Disposition.APPROVED, RATE, Decimal("1500.00"))
    fields = {adjustment.carc: adjustment.amount for adjustment in line.adjustments}
    assert fields == {"45": Decimal("87.50"), "193": Decimal("1000.00")}


def after_another_payer(charge: str, paid: str, share: str) -> Finding:
    shown = prior(charge, paid, share)
    outcome = outcomes.AFTER_PRIOR_PAYER
    return Finding(Step.COORDINATION, outcome, Verdict.PASSES, SYNTHETIC, LineNumber(1), detail=shown)


def test_a_line_won_on_appeal_is_paid_after_the_payer_before_us() -> None:
    before = denied("72148", "1", after_another_payer("500.00", "300.00", "50.00"))
    after = supersede(before, [ruled(Ruling.OVERTURNED)], DECIDED, shipped())
    line = decided(after)
    assert (line.paid, line.reason, line.prior_payers) == (Decimal("50.00"), outcomes.SECONDARY, 1)
    assert {adjustment.carc: adjustment.amount for adjustment in line.adjustments} == {"23": Decimal("450.00")}


def test_a_part_won_on_appeal_is_paid_after_its_part_of_what_was_paid() -> None:
    """Three units billed at 1500.00, of which another payer paid 900.00 and left 150.00: a third of it for one unit."""
    line = partly("1", denied("72148", "3", after_another_payer("1500.00", "900.00", "150.00")))
    assert line.paid == Decimal("50.00")
    fields = {adjustment.carc: adjustment.amount for adjustment in line.adjustments}
    assert fields == {"23": Decimal("450.00"), "193": Decimal("1000.00")}


def test_the_units_granted_stand_next_to_what_was_set_aside() -> None:
    [aside] = [finding for finding in partly("2").findings if finding.outcome == outcomes.PAIR]
    assert aside.verdict is Verdict.NOTES
    assert ("units_granted", "2") in [(e.name, e.value) for e in aside.evidence]


def test_the_cents_of_a_charge_that_does_not_divide_are_not_lost() -> None:
    before = denied()
    odd = replace(before.claim.lines[0], charge=Decimal("1000.00"))
    line = replace(before.lines[0], charge=odd.charge, adjustments=(_of(before, odd.charge),))
    part = partly("1", replace(before, claim=replace(before.claim, lines=(odd,)), lines=(line,)))
    assert part.paid + sum(a.amount for a in part.adjustments) == Decimal("1000.00")


def _of(before: Before, amount: Decimal) -> Adjustment:
    return replace(before.lines[0].adjustments[0], amount=amount)


def test_the_denied_rest_of_a_clinical_line_carries_the_signature_of_the_appeal() -> None:
    line = partly("1", by=replace(PLAN, signature=SIGNED))
    assert (line.clinical, line.signature) == (True, SIGNED)


def test_a_part_without_a_rate_waits_for_a_price_and_is_then_paid_a_unit() -> None:
    before, verdict = denied("0609T"), ruled(Ruling.PARTLY, "2")
    waits = supersede(before, [verdict], DECIDED, shipped()).decision
    assert isinstance(waits, Pended)
    assert [(pend.code, pend.owner) for pend in waits.pends] == [("P-PRICE", "pricing")]
    price = Settlement(
        LineNumber(1), outcomes.MANUAL_PRICING, Resolution.PRICED, "pricer", "pricing", DECIDED, allowed=Decimal(200)
    )
    assert decided(supersede(before, [verdict], DECIDED, shipped(), [price])).paid == Decimal("400.00")


def test_a_part_that_would_also_fail_is_denied_with_all_of_its_charge() -> None:
    unlicensed = Finding(Step.AUTHORIZATION, outcomes.AUTHORIZATION_MISSING, Verdict.DENIES, SYNTHETIC, LineNumber(1))
    line = partly("1", denied("72148", "3", unlicensed))
    assert (line.disposition, line.reason) == (Disposition.DENIED, outcomes.AUTHORIZATION_MISSING)
    assert sum(a.amount for a in line.adjustments) == line.charge


def test_another_forum_that_upholds_a_part_leaves_what_was_approved_alone() -> None:
    before = denied()
    part = partly("1", before)
    line = decided(
        supersede(replace(before, lines=(part,), version=2), [ruled(Ruling.UPHELD, by=COURT)], DECIDED, shipped())
    )
    assert {a.carc: a.amount for a in line.adjustments} == {"45": Decimal("87.50"), "216": Decimal("1000.00")}


def test_another_forum_that_grants_the_rest_has_the_whole_line_paid() -> None:
    before = denied()
    part = partly("1", before)
    whole = supersede(
        replace(before, lines=(part,), version=2), [ruled(Ruling.OVERTURNED, by=COURT)], DECIDED, shipped()
    )
    assert decided(whole).paid == 3 * RATE


def test_what_two_levels_ruled_is_shown_at_once_and_the_last_word_on_a_line_counts() -> None:
    first = Verdicts(PLAN, (LineRuling(LineNumber(1), Ruling.OVERTURNED), LineRuling(LineNumber(2), Ruling.UPHELD)))
    after = supersede(denied(lines=2), [first, ruled(Ruling.OVERTURNED, line=2, by=COURT)], DECIDED, shipped())
    assert after.determination is not None
    assert [line.disposition for line in after.determination.lines] == [Disposition.APPROVED] * 2


def test_a_reversal_says_of_the_whole_claim_that_an_appeal_was_the_reason() -> None:
    after = supersede(denied(), [ruled(Ruling.OVERTURNED)], DECIDED, shipped())
    assert after.determination is not None
    assert after.determination.remarks == ("N691",)


def test_what_was_found_since_on_a_line_that_fell_makes_it_wait() -> None:
    elsewhere = Finding(
        Step.EDITS,
        outcomes.COMPONENT_ELSEWHERE,
        Verdict.PENDS,
        SYNTHETIC,
        LineNumber(1),
        pend=PendCode("P-EDIT-OVR"),
    )
    after = supersede(denied(), [ruled(Ruling.OVERTURNED)], DECIDED, shipped(), more=[elsewhere])
    assert isinstance(after.decision, Pended)
    assert [pend.outcome for pend in after.decision.pends] == [outcomes.COMPONENT_ELSEWHERE]


@pytest.mark.parametrize(("units", "refused"), [("2", False), ("3", True), ("4", True)])
def test_a_part_is_less_than_was_billed(units: str, *, refused: bool) -> None:
    refusal = units_refusal(denied(), ruled(Ruling.PARTLY, units).rulings)
    assert (refusal is not None) == refused
