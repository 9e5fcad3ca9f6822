"""A claim has one letter per addressee: its head says who, whom and which claim; its parts are said once for all lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from adjudication.appeals.rules import Matter
from adjudication.edits.separable import is_separable
from adjudication.letters.assembly import DecidedLine
from adjudication.letters.combined import LinePart, combined
from adjudication.letters.decisions import administrative_denial, approval, clinical_denial
from adjudication.letters.letter import Audience, ElementName, Letter, LetterKind, complete
from adjudication.model import outcomes
from adjudication.model.determination import ReviewerSignature
from adjudication.model.vocabulary import DateRange, LineNumber, PlanId, ProductLine, Step
from adjudication.steps.eligibility import CoverageSpan
from letters.claim_letters import shown
from letters.envelope import Envelope
from letters.layout import WIDTH
from letters.nearest_plan import nearest_plans
from tests.builders.activities.claims import a_claim
from tests.builders.letters.letter_values import (
    DEFAULT,
    MET,
    NOTICE_DATE,
    SIGNED,
    STENOSIS,
    TOO_SHORT,
    a_notice,
    approved,
    context,
    denied,
    on_path,
    shipped,
    traced,
)
from tests.builders.policy.policies import SERVED

MEMBER, PROVIDER = Audience.MEMBER, Audience.PROVIDER
OTHER = ReviewerSignature(
    "SYN-REV-2", "physician", "SYN-LIC-2", "NY", datetime(2025, 6, 30, tzinfo=UTC), "No weakness."
)


def numbered(line: DecidedLine, number: int) -> DecidedLine:
    determination = replace(line.determination, line=LineNumber(number))
    return replace(line, service=replace(line.service, number=LineNumber(number)), determination=determination)


def clinical(number: int, signature: ReviewerSignature = SIGNED) -> DecidedLine:
    short = traced([STENOSIS, DEFAULT], TOO_SHORT)
    return numbered(denied(outcomes.NECESSITY_CRITERIA_NOT_MET, (short,), signature), number)


def whole(audience: Audience, *lines: DecidedLine, product: ProductLine = ProductLine.COMMERCIAL) -> Letter:
    about = context(product)
    parts: list[LinePart] = []
    for line in lines:
        if line.determination.signature is not None:
            clinical = on_path(about, Matter.CLINICAL)
            letter = clinical_denial(line, line.determination.signature, audience, clinical)
        elif line.determination.paid:
            letter = approval(line, audience, about)
        else:
            letter = administrative_denial(line, audience, about)
        parts.append(LinePart(line, letter))
    return combined(parts)


PAID = numbered(approved((traced([STENOSIS], MET),)), 1)
DUPLICATE = numbered(denied(outcomes.DUPLICATE, step=Step.EDITS), 4)


@pytest.mark.parametrize("product", ProductLine)
@pytest.mark.parametrize("audience", Audience)
def test_a_claim_of_many_lines_has_one_complete_letter(audience: Audience, product: ProductLine) -> None:
    letter = whole(audience, PAID, clinical(2), clinical(3), DUPLICATE, product=product)
    assert letter.kind is LetterKind.CLINICAL_DENIAL
    assert complete(letter.elements, letter.checklist) == ()
    for alone in (clinical(2), DUPLICATE):
        of_line = whole(audience, alone, product=product)
        assert set(of_line.checklist.demands) <= set(letter.checklist.demands)


def test_what_was_decided_is_one_list_per_decision() -> None:
    paid, refused = whole(MEMBER, PAID, clinical(2), clinical(3)).texts(ElementName.DECISION)
    assert paid.startswith("We will pay for this service:\n")
    assert refused.startswith("We will not pay for these services:\n- ")
    assert refused.count("\n- ") == 2


def test_rights_and_reasons_that_lines_share_are_said_once_with_the_lines_they_hold_for() -> None:
    letter = whole(MEMBER, PAID, clinical(2), clinical(3), DUPLICATE, product=ProductLine.MEDICAID)
    appeals = letter.texts(ElementName.APPEAL)
    assert len(appeals) == 1
    assert appeals[0].startswith("Lines 2, 3 and 4: You can appeal this decision.")
    found = [text for text in letter.texts(ElementName.REASONS) if "at least 6 weeks" in text]
    assert [text.partition(":")[0] for text in found] == ["Lines 2 and 3"]
    assert len(letter.texts(ElementName.LANGUAGE_ACCESS)) == 1
    total = "All services together: the provider charged $2,000.00. We pay up to $412.50. What your plan makes you pay, such as "
    assert any(text.startswith(total) for text in letter.texts(ElementName.PAYMENT))


def test_lines_with_different_appeals_have_each_their_own_paragraph() -> None:
    """In New York a clinical denial goes to the utilization review appeal, another one to the plan's internal appeal."""
    of_judgment, of_rules = whole(MEMBER, clinical(2), DUPLICATE).texts(ElementName.APPEAL)
    assert of_judgment.startswith("Line 2: ")
    assert "within 30 days" in of_judgment
    assert of_rules.startswith("Line 4: ")
    assert "within 60 days" in of_rules


def test_the_reasons_of_every_reviewer_stand_in_the_letter() -> None:
    letter = whole(MEMBER, clinical(1), clinical(2, OTHER))
    said = " ".join(letter.texts(ElementName.CLINICAL_RATIONALE))
    assert SIGNED.rationale in said
    assert "Line 2: The reviewer gave these reasons: No weakness." in said


@pytest.mark.parametrize("plan", sorted(shipped().reference.plans))
def test_every_plan_has_a_letterhead_with_a_telephone_number_hours_and_an_address_for_appeals(plan: PlanId) -> None:
    head = shipped().letters.letterheads[plan]
    assert head.name
    assert head.member_phone
    assert head.hours
    assert head.appeals_address


def test_the_head_names_the_payer_the_reader_and_the_claim_and_the_end_says_how_to_reach_us() -> None:
    claim = replace(a_claim("C1"), lines=(replace(a_claim("C1").lines[0], service_date=SERVED),))
    head = shipped().letters.letterheads[PlanId("HUDSON-COMM")]
    envelope = Envelope(head, claim, "CW1", NOTICE_DATE)
    for audience in Audience:
        text = shown(a_notice(LetterKind.CLINICAL_DENIAL, audience, context()), "version 1", envelope).text
        assert text.startswith("Hudson Synthetic Health\nPO Box 100\n")
        for wanted in (
            "July 1, 2025\n",
            "Claim number: CW1\n",
            f"Patient: {claim.member.given_name} {claim.member.family_name}\n",
            f"Member number: {claim.member.member_id}\n",
            "Date of service: June 2, 2025\n",
            f"NPI {claim.billing.npi}",
            "How to reach us\n",
        ):
            assert wanted in text, wanted
        called = head.member_phone if audience is MEMBER else head.provider_phone
        assert f"Call {called}" in text.partition("How to reach us")[2]
        assert max(len(line) for line in text.splitlines()) <= WIDTH


def test_a_member_is_offered_help_in_fifteen_languages_with_the_telephone_number_of_the_payer() -> None:
    """45 CFR 92.11: the notice of availability in at least the 15 languages most spoken."""
    head, taglines = shipped().letters.letterheads[PlanId("HUDSON-COMM")], shipped().letters.taglines
    envelope = Envelope(head, a_claim("C1"), "CW1", NOTICE_DATE, taglines)
    offers = envelope.closing(MEMBER, LetterKind.CLINICAL_DENIAL)[-1].texts
    assert len(set(offers)) >= 15
    assert all(head.member_phone in text and head.member_tty in text and "{" not in text for text in offers)
    assert len(envelope.closing(PROVIDER, LetterKind.CLINICAL_DENIAL)) == 1
    assert offers[0] in " ".join(shown(a_notice(LetterKind.APPROVAL, MEMBER, context()), "", envelope).text.split())


def test_a_line_without_coverage_is_answered_by_the_plan_whose_coverage_lies_nearest() -> None:
    claim = replace(a_claim("C1"), lines=(replace(a_claim("C1").lines[0], number=LineNumber(1), service_date=SERVED),))
    born = claim.member.birth_date

    def span(plan: str, starts: date, ends: date | None) -> CoverageSpan:
        return CoverageSpan(plan, claim.member.member_id, PlanId(plan), born, DateRange(starts, ends))

    old = span("HUDSON-EP", date(2024, 1, 1), date(2024, 7, 1))
    recent = span("HUDSON-COMM", date(2024, 7, 1), date(2025, 6, 1))
    later = span("CASCADE-MA", date(2025, 12, 1), None)
    reference = shipped().reference
    [plan] = nearest_plans(claim, (), (old, recent, later), reference).values()
    assert plan.plan_id == "HUDSON-COMM"
    assert nearest_plans(claim, (LineNumber(1),), (old,), reference) == {}
    assert nearest_plans(claim, (), (), reference) == {}


@pytest.mark.parametrize(
    ("product", "last"),
    [
        # 29 CFR 2560.503-1(h)(3)(i): 180 days; 42 CFR 422.582(b): 60 days after receipt, presumed 5 days after the notice;
        # 42 CFR 438.402(c)(2)(ii): 60 days from the date of the notice. The letters are of July 1, 2025.
        (ProductLine.COMMERCIAL, "Appeal by December 28, 2025 to be on time in any case."),
        (ProductLine.MEDICARE_ADVANTAGE, "Your last day to appeal is September 4, 2025."),
        (ProductLine.MEDICAID, "Your last day to appeal is August 30, 2025."),
        (ProductLine.DUAL_SNP, "Your last day to appeal is September 4, 2025."),
        (ProductLine.ESSENTIAL_PLAN, "December 28, 2025"),
    ],
)
def test_a_denial_gives_the_last_day_to_appeal(product: ProductLine, last: str) -> None:
    for kind in (LetterKind.ADMINISTRATIVE_DENIAL, LetterKind.CLINICAL_DENIAL):
        (appeal,) = a_notice(kind, MEMBER, context(product)).texts(ElementName.APPEAL)
        assert last in appeal


def test_a_pair_that_no_modifier_opens_is_not_answered_with_a_modifier() -> None:
    """NCCI policy manual, chapter I: indicator 0 is never bypassed by a modifier, indicator 1 may be."""
    reference = shipped().reference
    release = next(each for each in reference.edit_releases if {e.indicator for e in each.pairs.values()} >= {"0", "1"})
    day = release.dates.starts
    for indicator, may in (("0", False), ("1", True)):
        edit = next(each for each in release.pairs.values() if each.indicator == indicator)
        assert is_separable(edit.column_two, {edit.column_one, edit.column_two}, day, reference) is may
        line = replace(denied(outcomes.PAIR, step=Step.EDITS), separable=may)
        for audience in Audience:
            text = " ".join(administrative_denial(line, audience, context()).texts(ElementName.WHAT_IS_MISSING))
            assert ("with the mark" in text) is may
            assert ("never pay these two services apart" in text) is not may
    assert is_separable("72148", {"72148"}, day, reference) is None
