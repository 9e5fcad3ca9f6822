"""A letter that explains a review outside the plan says who reviews, where and by which telephone number."""

from __future__ import annotations

import shutil
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from adjudication.letters.letter import OF_APPEALS, Audience, ElementName, Letter, LetterKind
from adjudication.model.vocabulary import PlanId, ProductLine
from letters.claim_letters import shown
from letters.envelope import OUTSIDE, Envelope
from rulebook.errors import PolicyDataError
from rulebook.library import default_policies_dir, load_library
from tests.builders.activities.claims import a_claim
from tests.builders.letters.appeal_letters import an_appeal_notice
from tests.builders.letters.letter_values import KINDS, NOTICE_DATE, PLANS, a_notice, context, words

RIGHTS = {ElementName.EXTERNAL_REVIEW, ElementName.FAIR_HEARING, ElementName.INDEPENDENT_REVIEW}
EVERY = [(line, kind, to) for line, (kind, to) in product(ProductLine, KINDS)]
EVERY += list(product(ProductLine, sorted(OF_APPEALS), Audience))
FILE = "letters/outside_reviewers.yaml"


def closing(letter: Letter, line: ProductLine, day: date = NOTICE_DATE) -> str:
    envelope = Envelope(words().letterheads[PlanId(PLANS[line])], a_claim("C1"), "CW-SYNTHETIC", day)
    parts = shown(letter, "version 1", envelope).parts
    return "\n".join(text for part in parts if part.heading == OUTSIDE for text in part.texts)


@pytest.mark.parametrize(("line", "kind", "audience"), EVERY)
def test_a_letter_names_a_body_for_each_outside_review_that_it_explains_and_no_other(
    line: ProductLine, kind: LetterKind, audience: Audience
) -> None:
    letter = (an_appeal_notice if kind in OF_APPEALS else _of_a_claim)(kind, audience, line)
    if letter is None:
        pytest.skip("no path of this product line sends this letter")
    explained = RIGHTS & {element.name for element in letter.elements}
    text = closing(letter, line)
    assert len([each for each in text.splitlines() if "here: " in each or "entity is: " in each]) == len(explained)


def _of_a_claim(kind: LetterKind, audience: Audience, line: ProductLine) -> Letter:
    return a_notice(kind, audience, context(line))


def test_a_member_of_ohio_medicaid_reads_where_to_ask_for_a_hearing() -> None:
    letter = a_notice(LetterKind.CLINICAL_DENIAL, Audience.MEMBER, context(ProductLine.MEDICAID))
    text = closing(letter, ProductLine.MEDICAID)
    for wanted in ("Bureau of State Hearings, PO Box 182825, Columbus, OH 43218-2825", "Phone: 1-866-635-3748"):
        assert wanted in text


@pytest.mark.parametrize(
    ("day", "body"), [(date(2026, 4, 30), "Maximus"), (date(2026, 5, 1), "C2C Innovative Solutions")]
)
def test_the_independent_review_entity_is_that_of_the_day_of_the_letter(day: date, body: str) -> None:
    """CMS: Maximus takes requests through April 30, 2026, C2C from May 1, 2026."""
    letter = a_notice(LetterKind.CLINICAL_DENIAL, Audience.MEMBER, context(ProductLine.MEDICARE_ADVANTAGE))
    assert f"The independent review entity is: {body}, " in closing(letter, ProductLine.MEDICARE_ADVANTAGE, day)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("plans: [BUCKEYE-MCD]", "plans: [HUDSON-COMM]", "letters to members of BUCKEYE-MCD explain the fair-hearing"),
        ("plans: [BUCKEYE-MCD]", "plans: [NO-PLAN]", "plan NO-PLAN is not loaded"),
        ('phone: "1-866-635-3748"', 'phone: ""', "it has no telephone number"),
        (
            "starts: 2026-05-01}",
            "starts: 2026-04-01}",
            "independent-review of .* has two entries in force on 2026-04-01",
        ),
        ("starts: 2026-05-01}", "starts: 2026-05-01, ends: 2027-01-01}", "explain the independent-review"),
    ],
)
def test_a_plan_whose_letters_name_no_body_for_a_review_is_not_loaded(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    root = tmp_path / "policies"
    shutil.copytree(default_policies_dir(), root)
    held = (root / FILE).read_text()
    assert before in held
    (root / FILE).write_text(held.replace(before, after))
    with pytest.raises(PolicyDataError, match=said):
        load_library(root)
