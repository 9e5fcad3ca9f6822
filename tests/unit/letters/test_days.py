"""Every day in a letter is written in words, as people in the United States read it, whoever the reader is."""

from __future__ import annotations

import re
from itertools import product

import pytest

from adjudication.letters.letter import OF_APPEALS, Audience, Letter, LetterKind
from adjudication.model.vocabulary import PlanId, ProductLine
from letters.claim_letters import shown
from letters.envelope import Envelope
from tests.builders.activities.claims import a_claim
from tests.builders.letters.appeal_letters import an_appeal_notice
from tests.builders.letters.letter_values import KINDS, NOTICE_DATE, PLANS, a_notice, context, words

IN_DIGITS = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b")
IN_WORDS = re.compile(r"\b[A-Z][a-z]+ \d{1,2}, \d{4}\b")
OF_CLAIMS = [(line, kind, to) for line, (kind, to) in product(ProductLine, KINDS)]
OF_EACH_APPEAL = list(product(ProductLine, sorted(OF_APPEALS), Audience))


def text(line: ProductLine, letter: Letter) -> str:
    head = words().letterheads[PlanId(PLANS[line])]
    return shown(letter, "version 1", Envelope(head, a_claim("C1"), "CW-SYNTHETIC", NOTICE_DATE)).text


@pytest.mark.parametrize(("line", "kind", "audience"), OF_CLAIMS)
def test_a_letter_about_a_claim_has_no_day_in_digits(line: ProductLine, kind: LetterKind, audience: Audience) -> None:
    written = text(line, a_notice(kind, audience, context(line)))
    assert IN_DIGITS.findall(written) == []
    assert "July 1, 2025" in written


@pytest.mark.parametrize(("line", "kind", "audience"), OF_EACH_APPEAL)
def test_a_letter_of_an_appeal_has_no_day_in_digits(line: ProductLine, kind: LetterKind, audience: Audience) -> None:
    letter = an_appeal_notice(kind, audience, line)
    if letter is None:
        pytest.skip("no path of this product line sends this letter")
    assert IN_DIGITS.findall(text(line, letter)) == []
    assert IN_WORDS.search(" ".join(element.text for element in letter.elements))
