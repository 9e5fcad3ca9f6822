"""What holds of every determination, whatever was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adjudication.model.claim import Claim
from adjudication.model.determination import CLINICAL_CARCS, Decision, Determination, Disposition, Pended
from adjudication.model.errors import ClinicalDenialNeedsSignatureError
from adjudication.model.findings import Finding
from adjudication.model.outcomes import ALL_OUTCOMES
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import OutcomeCode, Verdict
from adjudication.steps.determine import determine
from adjudication.steps.eligibility import EligibilityResult
from rulebook.library import default_policies_dir, load_reference
from tests.builders.activities.claims import a_claim, a_line
from tests.builders.coverage import plans_of
from tests.builders.findings import denying, noting, pending

SHIPPED = load_reference(default_policies_dir())
NOW = datetime(2025, 9, 2, 8, 30, tzinfo=UTC)
LINES = 3
ADVERSE = (Verdict.DENIES, Verdict.PENDS)

every = [OutcomeCode(outcome) for outcome in sorted(ALL_OUTCOMES)]
deniable = [o for o in every if SHIPPED.outcomes[o].carc not in {None, "45"}]
administrative = [o for o in deniable if not SHIPPED.outcomes[o].clinical]
clinical = [o for o in deniable if SHIPPED.outcomes[o].clinical]
on_line = st.none() | st.integers(1, LINES)


def findings_of(deniable: list[OutcomeCode]) -> st.SearchStrategy[list[Finding]]:
    pended = st.builds(pending, st.sampled_from(every), st.sampled_from(sorted(SHIPPED.pends)), on_line)
    return st.lists(
        st.builds(denying, st.sampled_from(deniable), on_line)
        | pended
        | st.builds(noting, st.sampled_from(every), on_line),
        max_size=8,
    )


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    charges = st.integers(0, 200_000).map(lambda cents: str(Decimal(cents) / 100))
    codes = st.sampled_from(["72148", "72141", "0609T"])
    lines = tuple(a_line(number, draw(codes), draw(charges)) for number in range(1, LINES + 1))
    return replace(a_claim("C1"), lines=lines)


def fold(reference: ReferenceData, claim: Claim, findings: list[Finding]) -> Decision:
    return determine(claim, EligibilityResult((), plans_of(claim, reference)), findings, NOW, reference)


def in_order(findings: list[Finding], line: int) -> list[Finding]:
    """The adverse findings of a line, the first in order first."""
    mine = [f for f in findings if f.line in (None, line) and f.verdict in ADVERSE]
    return sorted(mine, key=rank)


def rank(finding: Finding) -> tuple[int, bool, str, int]:
    """By precedence; between equals what waits first, then by pend code, then the whole claim before a line."""
    precedence = SHIPPED.outcomes[finding.outcome].precedence
    return precedence, finding.verdict is Verdict.DENIES, finding.pend or "", finding.line or 0


many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(claims(), findings_of(administrative))
def test_the_charges_of_every_line_balance(reference: ReferenceData, claim: Claim, findings: list[Finding]) -> None:
    decision = fold(reference, claim, findings)
    lines = decision.lines if isinstance(decision, Determination) else ()
    for line, billed in zip(lines, claim.lines, strict=bool(lines)):
        elsewhere = line.disposition is Disposition.NOT_ADJUDICATED  # another system decides on its charge
        assert line.charge == (0 if elsewhere else billed.charge)
        assert line.charge - sum((a.amount for a in line.adjustments), Decimal(0)) == line.paid
        assert 0 <= line.paid <= line.charge
        assert line.paid == 0 or line.disposition is Disposition.APPROVED
        assert not any(a.carc == "45" and a.amount == line.charge for a in line.adjustments)


@many
@given(claims(), findings_of(administrative + clinical))
def test_a_clinical_outcome_never_comes_out_as_a_denial(
    reference: ReferenceData, claim: Claim, findings: list[Finding]
) -> None:
    try:
        decision = fold(reference, claim, findings)
    except ClinicalDenialNeedsSignatureError:
        leading = [in_order(findings, line)[:1] for line in range(1, LINES + 1)]
        assert any(f.verdict is Verdict.DENIES and f.outcome in clinical for first in leading for f in first)
        return
    for line in decision.lines if isinstance(decision, Determination) else ():
        assert line.reason not in clinical
        assert not any(a.carc in CLINICAL_CARCS for a in line.adjustments)


@many
@given(claims(), findings_of(administrative))
def test_a_denied_line_keeps_everything_else_that_would_fail(
    reference: ReferenceData, claim: Claim, findings: list[Finding]
) -> None:
    decision = fold(reference, claim, findings)
    for line in decision.lines if isinstance(decision, Determination) else ():
        adverse = in_order(findings, line.line)
        if (
            line.disposition is Disposition.NOT_ADJUDICATED
        ):  # another system decides it; only a fault of the whole claim is ours
            assert [f.outcome for f in line.findings] == [line.reason] == ["scope.not_adjudicated"]
            assert all(f.line is not None for f in adverse)
            continue
        shown = [line.reason, *line.would_also_fail] if line.disposition is Disposition.DENIED else []
        assert shown == list(dict.fromkeys(f.outcome for f in adverse))
        assert [f for f in line.findings if f in findings] == [
            *(f for f in findings if f.line is None),
            *(f for f in findings if f.line == line.line),
        ]


@many
@given(claims(), findings_of(administrative))
def test_a_claim_waits_exactly_when_a_line_waits_first_of_all_or_has_no_price(
    reference: ReferenceData, claim: Claim, findings: list[Finding]
) -> None:
    waits: set[tuple[str, int | None]] = set()
    for line in claim.lines:
        first = next(iter(in_order(findings, line.number)), None)
        if first is None and line.code == "0609T":
            waits.add(("P-PRICE", line.number))
        elif first is not None and first.pend is not None:
            waits.add((first.pend, first.line))
    decision = fold(reference, claim, findings)
    assert isinstance(decision, Pended) is bool(waits)
    if isinstance(decision, Pended):
        keys = [(pend.code, pend.line) for pend in decision.pends]
        assert len(keys) == len(set(keys))
        assert set(keys) == waits
        assert [pend.priority for pend in decision.pends] == sorted(pend.priority for pend in decision.pends)
        assert all(f in decision.findings for f in findings)


@many
@given(claims(), findings_of(administrative), st.randoms(use_true_random=False))
def test_the_decision_does_not_depend_on_the_order_of_findings(
    reference: ReferenceData, claim: Claim, findings: list[Finding], random: Random
) -> None:
    shuffled = list(findings)
    random.shuffle(shuffled)
    one, other = fold(reference, claim, findings), fold(reference, claim, shuffled)
    assert essence(one) == essence(other)


def essence(decision: Decision) -> object:
    """All that is decided; the findings themselves are kept in the order in which they were made."""
    if isinstance(decision, Pended):
        return decision.pends, sorted(map(repr, decision.findings))
    return [
        (line.line, line.disposition, line.paid, line.adjustments, line.reason, line.would_also_fail)
        for line in decision.lines
    ]
