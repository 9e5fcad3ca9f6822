"""One request for everything that is missing, each document once, with why; and the remarks that name them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adjudication.letters.documents import OpenLine, document_request, documents_needed
from adjudication.letters.letter import Audience, ElementName, LetterError
from adjudication.letters.remittance import remittance, remittance_remarks
from adjudication.model import outcomes
from adjudication.model.claim import SupportingFact
from adjudication.model.determination import Adjustment
from adjudication.model.errors import CombinationError
from adjudication.model.vocabulary import GroupCode, Step
from adjudication.policy.tree import Branch, Fold, RuleKind
from tests.builders.letters.letter_values import (
    DEFAULT,
    MET,
    REVIEWED,
    STENOSIS,
    TOO_SHORT,
    UNDOCUMENTED,
    WEEKS,
    a_rule,
    a_service,
    approved,
    cited,
    context,
    denied,
    shipped,
    traced,
)

ANSWER_BY = date(2025, 8, 15)
MEMBER, PROVIDER = Audience.MEMBER, Audience.PROVIDER


def waiting(number: int = 1) -> OpenLine:
    return OpenLine(a_service(number), (traced([STENOSIS], UNDOCUMENTED),))


def test_the_material_open_tests_are_grouped_by_document() -> None:
    needs = documents_needed([waiting()])
    found = [(need.document, [c for question in need.questions for c in question.criteria]) for need in needs]
    assert found == [("treatment-record", ["trial.weeks", "trial.outcome"]), ("xray-report", ["xray"])]


def test_what_can_no_longer_change_the_result_is_not_asked_for() -> None:
    settled = OpenLine(a_service(), (traced([STENOSIS, DEFAULT], {"stenosis": True, "tx.weeks": Decimal(2)}),))
    assert documents_needed([settled]) == ()


def test_two_lines_that_need_the_same_document_are_one_request_for_it() -> None:
    needs = documents_needed([waiting(1), waiting(2)])
    assert [need.document for need in needs] == ["treatment-record", "xray-report"]
    assert [line.number for line in needs[0].questions[0].lines] == [1, 2]
    notice = document_request([waiting(1), waiting(2)], ANSWER_BY, PROVIDER, context())
    assert len(notice.texts(ElementName.DOCUMENT)) == 2
    assert "line 1, 2" in notice.texts(ElementName.DOCUMENT)[0]


def test_the_provider_reads_what_each_document_should_show() -> None:
    text = document_request([waiting()], ANSWER_BY, PROVIDER, context()).texts(ElementName.DOCUMENT)[1]
    assert text == "Report of the plain X-ray. It should show:\n- When was the plain X-ray taken?"


def test_an_illegible_copy_and_contradictory_records_are_shown_as_such() -> None:
    blurred = SupportingFact("xray.date", "", "document", date(2025, 6, 3), legible=False)
    other = SupportingFact("tx.weeks", Decimal(3), "document", date(2025, 6, 3))
    facts = {name: value for name, value in MET.items() if name != "xray.date"}
    line = OpenLine(a_service(), (traced([STENOSIS], facts, blurred, other),))
    texts = document_request([line], ANSWER_BY, MEMBER, context()).texts(ElementName.DOCUMENT)
    assert "What we have gives two different answers." in texts[0]
    assert "The copy we have cannot be read." in texts[1]


def test_two_criteria_that_ask_the_same_are_one_question_with_both_places() -> None:
    again = replace(WEEKS, node_id="again.weeks", citations=cited("L200"))
    both = Branch("both", "Both.", Fold.AT_LEAST, (WEEKS, again), 2)
    rule = a_rule("R-7", RuleKind.COVERED, "Asked twice", criteria=both)
    (need,) = documents_needed([OpenLine(a_service(), (traced([rule], {}),))])
    (question,) = need.questions
    assert question.criteria == ("trial.weeks", "again.weeks")
    assert [citation.locator for citation in question.citations] == ["L29", "L200"]


def test_a_member_reads_which_records_are_missing_but_not_the_clinical_questions() -> None:
    texts = document_request([waiting()], ANSWER_BY, MEMBER, context()).texts(ElementName.DOCUMENT)
    assert texts[0].startswith("Record of the treatment tried, its dates and its result.\nWe do not have it")
    assert texts[0].endswith("It answers 2 questions that the policy of your plan asks.")
    assert not any("help?" in text for text in texts)


@pytest.mark.parametrize("audience", Audience)
def test_the_day_to_answer_by_is_shown_to_both_as_a_date_in_words(audience: Audience) -> None:
    assert document_request([waiting()], ANSWER_BY, audience, context()).texts(ElementName.ANSWER_BY) == (
        "We need the records by August 15, 2025.",
    )


def test_what_only_a_reviewer_can_say_is_never_requested_in_a_letter() -> None:
    judged = OpenLine(a_service(), (traced([REVIEWED], {}),))
    with pytest.raises(LetterError, match="nothing to request"):
        document_request([judged], ANSWER_BY, PROVIDER, context())


def test_a_document_no_person_labeled_is_refused_rather_than_asked_for_by_its_code() -> None:
    bare = replace(context(), library=replace(context().library, documents={}))
    with pytest.raises(LetterError, match=r"treatment-record has no label; add it .*facts\.yaml"):
        document_request([waiting()], ANSWER_BY, MEMBER, bare)


def test_a_denial_for_missing_records_names_the_remark_of_each_document() -> None:
    line = denied(outcomes.NECESSITY_FACTS_MISSING, waiting().traces)
    (remark,) = remittance_remarks(line, context(), shipped().reference.combinations)
    assert (remark.group, remark.carc, remark.rarcs) == (GroupCode.CONTRACTUAL, "252", ("M127", "N683", "N714"))


def test_a_denial_for_criteria_names_no_document() -> None:
    line = denied(outcomes.DUPLICATE, (traced([STENOSIS, DEFAULT], TOO_SHORT),), step=Step.EDITS)
    (remark,) = remittance_remarks(line, context(), shipped().reference.combinations)
    assert (remark.group, remark.carc, remark.rarcs) == (GroupCode.OTHER, "18", ("N702",))


def test_a_combination_a_remittance_may_not_carry_is_refused() -> None:
    line = denied(outcomes.DUPLICATE, step=Step.EDITS)
    wrong = replace(line.determination, adjustments=(Adjustment(GroupCode.CONTRACTUAL, "18", Decimal("500.00")),))
    with pytest.raises(CombinationError, match="stands only with group OA"):
        remittance_remarks(replace(line, determination=wrong), context(), shipped().reference.combinations)


def test_remarks_are_explained_in_our_own_short_words() -> None:
    (text,) = remittance(approved(), context(), shipped().reference.combinations).texts(ElementName.ADJUSTMENT)
    assert text.endswith("CO-45 $87.50: above the contract rate. N381: see the contract for the rate.")


def test_a_line_paid_in_full_states_it() -> None:
    (text,) = remittance(approved(paid="500.00"), context(), shipped().reference.combinations).texts(
        ElementName.ADJUSTMENT
    )
    assert text.endswith("payable $500.00, no adjustment.")
