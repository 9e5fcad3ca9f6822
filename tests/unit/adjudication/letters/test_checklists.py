"""No notice without every element its product line demands: built whole for each, refused with any one taken away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from adjudication.letters.assembly import assemble, checklist_for
from adjudication.letters.letter import Audience, Element, ElementName, IncompleteLetterError, LetterKind, complete
from adjudication.model.errors import ClinicalDenialNeedsSignatureError
from adjudication.model.vocabulary import ProductLine
from tests.builders.letters.letter_values import KINDS, a_notice, context

EVERY = [(line, kind, audience) for line, (kind, audience) in product(ProductLine, KINDS)]
MEMBER, PROVIDER = Audience.MEMBER, Audience.PROVIDER
CLINICAL, ADMINISTRATIVE = LetterKind.CLINICAL_DENIAL, LetterKind.ADMINISTRATIVE_DENIAL

every_notice = pytest.mark.parametrize(("line", "kind", "audience"), EVERY, ids="-".join)


@every_notice
def test_a_notice_has_every_element_its_product_line_demands(
    line: ProductLine, kind: LetterKind, audience: Audience
) -> None:
    notice = a_notice(kind, audience, context(line))
    assert complete(notice.elements, notice.checklist) == ()
    assert notice.checklist.demands
    assert (notice.product_line, notice.kind, notice.audience) == (line, kind, audience)


@every_notice
def test_a_notice_without_any_one_demanded_element_is_refused_by_name_and_rule(
    line: ProductLine, kind: LetterKind, audience: Audience
) -> None:
    notice = a_notice(kind, audience, context(line))
    assert notice.checklist.demands
    for demand in notice.checklist.demands:
        rest = tuple(element for element in notice.elements if element.name is not demand.element)
        assert demand.element in complete(rest, notice.checklist)
        with pytest.raises(IncompleteLetterError) as refused:
            replace(notice, elements=rest)
        assert demand.element.value in str(refused.value)
        if demand.element is not ElementName.CLINICAL_RATIONALE:
            first = next(d for d in notice.checklist.demands if d.element is demand.element)
            assert f"{first.citation.source} {first.citation.locator}" in str(refused.value)


@every_notice
def test_a_blank_element_is_a_missing_one(line: ProductLine, kind: LetterKind, audience: Audience) -> None:
    notice = a_notice(kind, audience, context(line))
    name = notice.checklist.demands[0].element
    blank = tuple(replace(e, text="  ") if e.name is name else e for e in notice.elements)
    assert complete(blank, notice.checklist) == (name,)


# What each law is known to ask for (the reading of each is cited, with its confidence, in checklists.yaml).
BEYOND_REASONS = {
    (ProductLine.COMMERCIAL, ADMINISTRATIVE): {"what-is-missing", "appeal", "right-to-sue", "criteria-copy"},
    (ProductLine.COMMERCIAL, CLINICAL): {"clinical-explanation", "external-review", "right-to-sue", "appeal"},
    (ProductLine.MEDICARE_ADVANTAGE, ADMINISTRATIVE): {"appeal", "independent-review", "criterion"},
    (ProductLine.MEDICARE_ADVANTAGE, CLINICAL): {"clinical-rationale", "appeal", "independent-review"},
    (ProductLine.MEDICAID, ADMINISTRATIVE): {"appeal", "fair-hearing", "expedited", "continuation", "criteria-copy"},
    (ProductLine.MEDICAID, CLINICAL): {"fair-hearing", "expedited", "continuation", "clinical-explanation"},
    (ProductLine.ESSENTIAL_PLAN, CLINICAL): {"clinical-rationale", "reviewer-qualification", "external-review"},
    (ProductLine.CHILD_HEALTH_PLUS, CLINICAL): {"clinical-rationale", "reviewer-qualification", "external-review"},
    (ProductLine.CHILD_HEALTH_PLUS, ADMINISTRATIVE): {"appeal", "expedited", "criteria-copy", "external-review"},
    (ProductLine.DUAL_SNP, CLINICAL): {"appeal", "independent-review", "fair-hearing", "continuation", "expedited"},
}


@pytest.mark.parametrize(("line", "kind"), BEYOND_REASONS)
def test_a_denial_to_the_member_states_what_the_law_of_its_product_line_asks_for(
    line: ProductLine, kind: LetterKind
) -> None:
    notice = a_notice(kind, MEMBER, context(line))
    names = {element.name.value for element in notice.elements}
    assert BEYOND_REASONS[line, kind] | {"reasons", "language-access"} <= names


def test_the_childrens_program_has_the_notice_of_medicaid_without_its_hearing_and_continuation() -> None:
    """42 CFR 457.1260: an external review stands in place of the fair hearing, and 438.420 does not apply."""
    for kind in (ADMINISTRATIVE, CLINICAL):
        notice = a_notice(kind, MEMBER, context(ProductLine.CHILD_HEALTH_PLUS))
        names = {element.name for element in notice.elements}
        assert not names & {ElementName.FAIR_HEARING, ElementName.CONTINUATION}
        cited = {demand.element for demand in notice.checklist.demands if demand.citation.source == "42-cfr-457-1260"}
        assert {ElementName.APPEAL, ElementName.EXTERNAL_REVIEW, ElementName.EXPEDITED} <= cited <= names


APPEAL_LIMITS = {
    ProductLine.COMMERCIAL: "within 180 days",
    ProductLine.MEDICARE_ADVANTAGE: "within 60 days of the day you receive",
    ProductLine.MEDICAID: "within 60 days of the date of this letter",
    ProductLine.DUAL_SNP: "within 60 days of the day you receive",
    ProductLine.ESSENTIAL_PLAN: "within 180 days",
    ProductLine.CHILD_HEALTH_PLUS: "within 180 days",
}


@pytest.mark.parametrize("line", ProductLine)
def test_the_time_to_appeal_is_that_of_the_product_line_and_cited(line: ProductLine) -> None:
    notice = a_notice(ADMINISTRATIVE, MEMBER, context(line))
    (appeal,) = [element for element in notice.elements if element.name is ElementName.APPEAL]
    assert APPEAL_LIMITS[line] in appeal.text
    assert "{" not in appeal.text
    assert appeal.citations


def test_medicare_members_learn_that_receipt_is_presumed_five_days_after_the_date() -> None:
    (appeal,) = a_notice(ADMINISTRATIVE, MEMBER, context(ProductLine.MEDICARE_ADVANTAGE)).texts(ElementName.APPEAL)
    assert "5 days after its date" in appeal


def test_a_new_york_contract_adds_the_demands_of_new_york_to_those_of_its_product_line() -> None:
    ohio = a_notice(CLINICAL, PROVIDER, context(ProductLine.MEDICAID, "BUCKEYE-MCD"))
    new_york = a_notice(CLINICAL, PROVIDER, context(ProductLine.MEDICAID, "HUDSON-MCD"))
    assert ohio.texts(ElementName.EXTERNAL_REVIEW) == ()
    assert "60 days" in new_york.texts(ElementName.EXTERNAL_REVIEW)[0]


def test_a_plan_no_person_named_is_governed_by_its_product_line() -> None:
    notice = a_notice(CLINICAL, MEMBER, context(ProductLine.COMMERCIAL, "SYN-OTHER"))
    assert "new-york" not in notice.checklist.regimes
    assert notice.texts(ElementName.EXTERNAL_REVIEW)


def test_official_forms_are_named_on_members_denials_only() -> None:
    about = context(ProductLine.MEDICARE_ADVANTAGE)
    assert a_notice(CLINICAL, MEMBER, about).checklist.forms == ("CMS-10003",)
    assert a_notice(CLINICAL, PROVIDER, about).checklist.forms == ()
    assert a_notice(LetterKind.APPROVAL, MEMBER, about).checklist.forms == ()


def test_a_day_no_paragraph_covers_is_refused_and_not_filled_from_another_day() -> None:
    before = replace(context(ProductLine.MEDICARE_ADVANTAGE), notice_date=date(2024, 12, 31))
    with pytest.raises(IncompleteLetterError, match="the element appeal is missing; 42-cfr-422-568"):
        a_notice(ADMINISTRATIVE, MEMBER, before)


def test_a_clinical_denial_without_a_signature_cannot_exist_however_it_is_put_together() -> None:
    notice = a_notice(CLINICAL, MEMBER, context())
    with pytest.raises(ClinicalDenialNeedsSignatureError):
        replace(notice, signature=None)
    with pytest.raises(ClinicalDenialNeedsSignatureError):
        assemble(checklist_for(CLINICAL, MEMBER, context()), notice.elements, context())


def test_a_rationale_that_is_not_the_reviewers_own_is_refused() -> None:
    notice = a_notice(CLINICAL, MEMBER, context())
    others = Element(ElementName.CLINICAL_RATIONALE, "Not needed.")
    kept = tuple(e for e in notice.elements if e.name is not ElementName.CLINICAL_RATIONALE)
    with pytest.raises(IncompleteLetterError, match="own rationale"):
        replace(notice, elements=(*kept, others))
