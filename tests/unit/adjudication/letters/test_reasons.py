"""Reasons are the tests that decided, with the paragraph they cite, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adjudication.letters.decisions import administrative_denial, approval, clinical_denial
from adjudication.letters.letter import Audience, ElementName, LetterError
from adjudication.letters.line_trace import LineTrace, decisive
from adjudication.model import outcomes
from adjudication.model.determination import ReviewerSignature
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import ProductLine, Step
from adjudication.policy import verdict
from adjudication.policy.leaves import Flag
from adjudication.policy.tree import Branch, Fold, Leaf, RuleKind
from tests.builders.letters.letter_values import (
    DEFAULT,
    EXPERIMENTAL,
    HARDWARE,
    HAS_STENOSIS,
    MET,
    NOT_SEPARATE,
    RATIONALE,
    REVIEWED,
    SIGNED,
    STENOSIS,
    TOO_SHORT,
    TRIAL,
    a_rule,
    approved,
    cited,
    context,
    denied,
    ruled,
    traced,
)

MEMBER, PROVIDER = Audience.MEMBER, Audience.PROVIDER


def deciding(trace: LineTrace) -> list[str]:
    return [each.leaf.node_id for each in decisive(trace)]


def test_a_failed_criterion_decides_and_the_ones_that_are_met_do_not() -> None:
    assert deciding(traced([STENOSIS, DEFAULT], TOO_SHORT)) == ["trial.weeks"]


def test_every_failed_criterion_is_shown_not_only_the_first() -> None:
    both = {**TOO_SHORT, "tx.outcome": "improved"}
    assert deciding(traced([STENOSIS, DEFAULT], both)) == ["trial.weeks", "trial.outcome"]


def test_an_exclusion_rests_on_what_would_lift_it() -> None:
    assert deciding(traced([EXPERIMENTAL], {"in_study": False})) == ["in-trial"]


def test_the_trace_and_the_evaluator_name_the_same_decisive_tests() -> None:
    for facts in (TOO_SHORT, {**MET, "tx.outcome": "improved"}, {**TOO_SHORT, "tx.outcome": "improved"}):
        leg, trace = ruled([STENOSIS, DEFAULT], facts)
        assert leg.program is not None
        assert leg.ruling is not None
        nodes = [leg.program.nodes[i] for i in verdict.decisive(leg.program, leg.answers, leg.ruling)]
        assert {n.node_id for n in nodes if isinstance(n, Leaf)} == set(deciding(trace))


SHORT = "How many weeks did the treatment last? The policy asks for: at least 6 weeks. We found: 2 weeks (a record, June 3, 2025)."


@pytest.mark.parametrize("audience", Audience)
def test_a_reader_learns_what_the_policy_asked_and_what_was_found(audience: Audience) -> None:
    line = denied(outcomes.NECESSITY_CRITERIA_NOT_MET, (traced([STENOSIS, DEFAULT], TOO_SHORT),), SIGNED)
    notice = clinical_denial(line, SIGNED, audience, context())
    assert notice.texts(ElementName.REASONS)[1:] == (SHORT,)
    changes = " ".join(notice.texts(ElementName.WHAT_IS_MISSING))
    assert "How many weeks did the treatment last? At least 6 weeks." in changes


def test_the_criterion_names_policy_version_and_the_part_that_came_closest() -> None:
    line = denied(outcomes.NECESSITY_CRITERIA_NOT_MET, (traced([STENOSIS, DEFAULT], TOO_SHORT),), SIGNED)
    notice = clinical_denial(line, SIGNED, MEMBER, context())
    (element,) = [e for e in notice.elements if e.name is ElementName.CRITERION]
    assert element.text == "We used this policy: Small, version 1. Its part is called: Lumbar stenosis."
    assert [citation.locator for citation in element.citations] == ["L1", "L29"]


def test_a_place_that_a_reader_can_look_up_is_named_and_a_line_number_of_our_copy_is_not() -> None:
    placed = replace(STENOSIS, citations=(Citation("spine-imaging-guideline", "Lumbar spine, section 4"),))
    line = denied(outcomes.NECESSITY_CRITERIA_NOT_MET, (traced([placed, DEFAULT], TOO_SHORT),), SIGNED)
    (text,) = clinical_denial(line, SIGNED, MEMBER, context()).texts(ElementName.CRITERION)
    assert text.endswith("The place in it: Lumbar spine, section 4.")


def test_of_several_ways_to_be_covered_only_the_closest_is_explained_and_the_others_are_named() -> None:
    flags = tuple(
        Leaf(f"flag.{name}", f"{name} is suspected.", Flag(f"redflag.{name}"), cited("L34"), "clinical-note")
        for name in ("cauda_equina", "fracture", "infection")
    )
    redflag = Branch("redflag", "A red flag is present.", Fold.AT_LEAST, flags, 1)
    either = Branch("care", "Treatment, or a red flag.", Fold.AT_LEAST, (redflag, TRIAL), 1)
    rules = [a_rule("R-1", RuleKind.COVERED, "Lumbar stenosis", applies=HAS_STENOSIS, criteria=either), DEFAULT]
    none = {"redflag.cauda_equina": False, "redflag.fracture": False, "redflag.infection": False}
    line = denied(outcomes.NECESSITY_CRITERIA_NOT_MET, (traced(rules, {**TOO_SHORT, **none}),), SIGNED)
    for audience in Audience:
        notice = clinical_denial(line, SIGNED, audience, context())
        assert notice.texts(ElementName.REASONS)[1:] == (SHORT,)
        assert "could, too:\n- A red flag is present." in " ".join(notice.texts(ElementName.WHAT_IS_MISSING))
        assert "suspected" not in " ".join(element.text for element in notice.elements)


def test_a_provider_is_sent_to_no_notes_of_ours() -> None:
    ours = Citation("claims-practice", "B1 step 11: exact duplicate")
    finding = replace(denied(outcomes.DUPLICATE).determination.findings[0], citation=ours)
    line = denied(outcomes.DUPLICATE)
    line = replace(line, determination=replace(line.determination, findings=(finding,)))
    (text,) = administrative_denial(line, PROVIDER, context()).texts(ElementName.CRITERION)
    assert "B1" not in text
    assert text == "Our rules for handling claims. You can have a copy; ask us for it."


def test_the_reviewers_rationale_stands_in_the_denial_word_for_word() -> None:
    signed = replace(SIGNED, rationale="MRS of 2025-05-02: no change; see CPT 0609T.")
    line = denied(outcomes.EXPERIMENTAL, (traced([EXPERIMENTAL], {"in_study": False}),), signed)
    for audience in Audience:
        (page,) = clinical_denial(line, signed, audience, context()).texts(ElementName.CLINICAL_RATIONALE)
        assert page.endswith(signed.rationale)


def test_a_question_only_the_reviewer_could_answer_is_left_to_the_rationale() -> None:
    line = denied(outcomes.NECESSITY_JUDGMENT, (traced([REVIEWED], {}),), SIGNED)
    notice = clinical_denial(line, SIGNED, MEMBER, context())
    assert not any("fit together?" in text for text in notice.texts(ElementName.REASONS))
    assert RATIONALE in notice.texts(ElementName.CLINICAL_RATIONALE)[0]


def test_a_signature_other_than_the_lines_own_is_refused() -> None:
    line = denied(outcomes.EXPERIMENTAL, (), SIGNED)
    other = ReviewerSignature("SYN-REV-2", "physician", "SYN-2", "NY", datetime(2025, 6, 1, tzinfo=UTC), "No.")
    with pytest.raises(LetterError, match="another signature"):
        clinical_denial(line, other, MEMBER, context())


def test_a_clinical_line_gets_no_administrative_denial_and_the_other_way_round() -> None:
    with pytest.raises(LetterError, match="clinical_denial"):
        administrative_denial(denied(outcomes.EXPERIMENTAL, (), SIGNED), MEMBER, context())
    with pytest.raises(LetterError, match="administrative_denial"):
        clinical_denial(denied(outcomes.DUPLICATE), SIGNED, MEMBER, context())


def test_a_paid_line_gets_no_denial_and_a_denied_one_no_approval() -> None:
    with pytest.raises(LetterError, match="approved, not denied"):
        administrative_denial(approved(), MEMBER, context())
    with pytest.raises(LetterError, match="denied, not approved"):
        approval(denied(outcomes.DUPLICATE), MEMBER, context())


def test_a_line_denied_for_another_reason_is_not_shown_what_the_policy_found() -> None:
    line = denied(outcomes.DUPLICATE, (traced([STENOSIS, DEFAULT], TOO_SHORT),), step=Step.EDITS)
    notice = administrative_denial(line, PROVIDER, context())
    assert not any("trial.weeks" in element.text for element in notice.elements)
    assert notice.texts(ElementName.WHAT_IS_MISSING) == (
        "If this is a different service, the provider can explain what was different and send the records.",
    )


def test_an_administrative_rule_of_a_policy_is_shown_with_the_test_that_made_it_hold() -> None:
    line = denied(outcomes.NOT_SEPARATE, (traced([NOT_SEPARATE], {"hardware": True}),))
    texts = administrative_denial(line, MEMBER, context()).texts(ElementName.REASONS)
    assert texts[1] == (
        f"{HARDWARE.text} We found: yes (a record, June 3, 2025). The policy does not cover the service then."
    )


def test_two_benefits_are_shown_one_after_the_other_by_name() -> None:
    first = replace(traced([EXPERIMENTAL], {"in_study": False}), leg="medicare")
    second = replace(traced([STENOSIS, DEFAULT], TOO_SHORT), leg="medicaid")
    line = denied(outcomes.EXPERIMENTAL, (first, second), SIGNED)
    texts = clinical_denial(line, SIGNED, MEMBER, context(ProductLine.DUAL_SNP)).texts(ElementName.REASONS)
    assert texts[1:] == (
        "Under your Medicare benefit: The policy calls the service experimental or investigational.",
        (
            "Under your Medicare benefit: Is the person in an approved study? The policy asks for: yes. "
            "We found: no (a record, June 3, 2025)."
        ),
        "Under your Medicaid benefit: The policy calls the service not medically necessary.",
        f"Under your Medicaid benefit: {SHORT}",
    )


def test_a_service_outside_the_contract_states_it_without_asking_a_policy() -> None:
    excluded = LineTrace("commercial", "contract", "", "", "", "", None, excluded=True)
    notice = administrative_denial(denied(outcomes.BENEFIT_EXCLUDED, (excluded,)), MEMBER, context())
    assert "This service is not part of the benefit." in notice.texts(ElementName.REASONS)
    assert "contract does not cover" in notice.texts(ElementName.CRITERION)[0]


def test_an_approval_names_the_rule_that_was_met_and_what_is_paid() -> None:
    line = approved((traced([STENOSIS], MET),))
    notice = approval(line, MEMBER, context())
    assert notice.texts(ElementName.REASONS)[1] == "Lumbar stenosis."
    (payment,) = notice.texts(ElementName.PAYMENT)
    assert payment == (
        "The provider charged $500.00. We pay up to $412.50. What your plan makes you pay, such as a copay or a deductible, comes off that. You owe $0.00 of the $87.50 that we do not pay. "
        "The provider may not bill you for it."
    )
    assert approval(line, PROVIDER, context()).texts(ElementName.REASONS)[1:] == ("Lumbar stenosis.",)


def test_only_patient_responsibility_lets_the_provider_bill_the_member() -> None:
    payment = context().library.payment
    assert {group.value for group, text in payment.items() if "may bill you" in text} == {"PR"}
