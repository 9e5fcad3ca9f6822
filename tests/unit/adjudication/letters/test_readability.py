"""Members read short sentences without unexplained codes, and no notice holds a person's name."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from itertools import product

import pytest

from adjudication.letters.assembly import DecidedLine, assemble
from adjudication.letters.decisions import administrative_denial, clinical_denial
from adjudication.letters.letter import Audience, Checklist, Element, ElementName, Letter, LetterKind
from adjudication.letters.readability import LONGEST_SENTENCE, long_sentences, unexplained
from adjudication.model import outcomes
from adjudication.model.vocabulary import OutcomeCode, ProductLine
from tests.builders.letters.letter_values import KINDS, SIGNED, a_notice, a_service, context, denied, shipped
from tests.builders.letters.reading_grade import grade

PERSONS_OWN = {ElementName.CLINICAL_RATIONALE}


def unreadable(notice: Letter) -> list[str]:
    texts = [without_places(element) for element in notice.elements if element.name not in PERSONS_OWN]
    return [found for text in texts for found in (*long_sentences(text), *unexplained(text))]


def without_places(element: Element) -> str:
    """The text without the places it cites ("L29"), which are no codes."""
    return reduce(lambda text, cited: text.replace(cited.locator, "..."), element.citations, element.text)


def outcomes_with_codes() -> list[OutcomeCode]:
    return [code for code, rule in shipped().reference.outcomes.items() if rule.carc and code != outcomes.ABOVE_ALLOWED]


def denial_of(line: DecidedLine, clinical: bool) -> Letter:  # noqa: FBT001 - one of two builders
    if clinical:
        return clinical_denial(line, SIGNED, Audience.MEMBER, context())
    return administrative_denial(line, Audience.MEMBER, context())


@pytest.mark.parametrize(
    ("line", "kind"), [(line, kind) for line, (kind, to) in product(ProductLine, KINDS) if to is Audience.MEMBER]
)
def test_members_get_short_sentences_and_no_unexplained_codes(line: ProductLine, kind: LetterKind) -> None:
    assert unreadable(a_notice(kind, Audience.MEMBER, context(line))) == []


@pytest.mark.parametrize("outcome", outcomes_with_codes())
def test_every_outcome_that_denies_is_shown_plainly(outcome: OutcomeCode) -> None:
    clinical = shipped().reference.outcomes[outcome].clinical
    notice = denial_of(denied(outcome, (), SIGNED if clinical else None), clinical)
    assert unreadable(notice) == []
    assert notice.texts(ElementName.WHAT_IS_MISSING)[0]


SIXTH = 6.0


@pytest.mark.parametrize(
    ("line", "kind"), [(line, kind) for line, (kind, to) in product(ProductLine, KINDS) if to is Audience.MEMBER]
)
def test_a_letter_to_a_member_is_read_at_the_sixth_grade(line: ProductLine, kind: LetterKind) -> None:
    assert grade(without_the_reviewers_words(a_notice(kind, Audience.MEMBER, context(line)))) <= SIXTH


@pytest.mark.parametrize("outcome", outcomes_with_codes())
def test_a_denial_for_every_outcome_is_read_at_the_sixth_grade(outcome: OutcomeCode) -> None:
    clinical = shipped().reference.outcomes[outcome].clinical
    notice = denial_of(denied(outcome, (), SIGNED if clinical else None), clinical)
    assert grade(without_the_reviewers_words(notice)) <= SIXTH


def test_the_grade_of_texts_is_known() -> None:
    """Near the published grades of the same formula: a first reader's text, and the opening of a statute."""
    assert grade("The cat sat on the mat. The dog ran to the cat.") < 1
    statute = (
        "Notwithstanding any other provision of this subchapter, the administrator of an employee benefit plan shall "
        "provide adequate notice in writing to any participant or beneficiary whose claim for benefits has been denied."
    )
    assert grade(statute) > 15


def without_the_reviewers_words(notice: Letter) -> str:
    return "\n".join(element.text for element in notice.elements if element.name not in PERSONS_OWN)


def test_every_shipped_service_label_reaches_members_with_its_short_forms_spelled_out() -> None:
    procedures = [version for versions in shipped().reference.procedures.values() for version in versions]
    assert procedures
    for procedure in procedures:
        line = replace(denied(outcomes.DUPLICATE), service=a_service(1, procedure.code, procedure.label))
        (decision,) = administrative_denial(line, Audience.MEMBER, context()).texts(ElementName.DECISION)
        assert unexplained(decision) == (), procedure.label


@pytest.mark.parametrize(("kind", "audience"), KINDS)
def test_no_notice_holds_a_slot_or_a_name(kind: LetterKind, audience: Audience) -> None:
    notice = a_notice(kind, audience, context())
    assert notice.elements
    for element in notice.elements:
        assert "{" not in element.text
        assert "SYN-" not in element.text


def test_a_sentence_is_long_from_one_word_more_than_allowed() -> None:
    assert long_sentences(" ".join(["word"] * LONGEST_SENTENCE) + ".") == ()
    assert long_sentences("Short. " + " ".join(["word"] * (LONGEST_SENTENCE + 1))) != ()


@pytest.mark.parametrize("text", ["See CARC for it.", "Code 0609T was used.", "Code 72148 was used.", "Shown N130."])
def test_codes_and_short_forms_are_found_where_no_person_explains_them(text: str) -> None:
    assert unexplained(text)


def test_a_short_form_next_to_its_long_form_is_explained() -> None:
    assert unexplained("magnetic resonance spectroscopy (MRS): acquire spectra. MRS again.") == ()


@pytest.mark.parametrize(
    ("expected", "shown"),
    [
        ("MR spectroscopy.", "Magnetic resonance (MR) spectroscopy."),
        ("This service:\nMR spectroscopy.", "This service:\nMagnetic resonance (MR) spectroscopy."),
        ("The services are:\n- MR spectroscopy", "The services are:\n- Magnetic resonance (MR) spectroscopy"),
        ("We paid. MR comes first.", "We paid. Magnetic resonance (MR) comes first."),
        ("We pay for MR, not for more MR.", "We pay for magnetic resonance (MR), not for more MR."),
    ],
)
def test_a_short_form_spelled_out_is_a_capital_only_where_a_sentence_opens(expected: str, shown: str) -> None:
    element = Element(ElementName.PAYMENT, expected)
    made = assemble(
        Checklist(LetterKind.APPROVAL, Audience.MEMBER, ProductLine.COMMERCIAL, (), ()), [element], context()
    )
    assert made.texts(ElementName.PAYMENT) == (shown,)
