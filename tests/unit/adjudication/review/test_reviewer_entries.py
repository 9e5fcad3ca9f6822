"""What would be recorded and have no effect is refused in words: corrections without a place, facts no criterion reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adjudication.model.claim import Provider, SupportingFact, Value
from adjudication.model.vocabulary import AuthorizationNumber, ClaimForm, LineNumber
from adjudication.review.case import ClaimContext
from adjudication.review.evidence_actions import Correct, unreadable_fact
from tests.builders.activities.claims import a_claim
from tests.builders.plans import reference_requiring_authorization

ONE, NINE = LineNumber(1), LineNumber(9)
CLAIM = replace(a_claim("C1", "72148", "72141"), rendering=Provider("1679576722", "2085R0202X"))
DICTIONARY = reference_requiring_authorization().facts


def refused(action: Correct, **changes: object) -> str | None:
    claim = replace(CLAIM, **changes)  # type: ignore[arg-type]
    answer = action.content_refusal(ClaimContext(claim, DICTIONARY, None, date(2025, 9, 3)))
    return None if answer is None else answer.code


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (Correct("place-of-service", "22"), None),
        (Correct("place-of-service", "22", ONE), None),
        (Correct("place-of-service", "22", NINE), "line"),
        (Correct("place-of-service", "the clinic"), "value"),
        (Correct("authorization-number", "AUTH-2", ONE), None),
        (Correct("authorization-number", "AUTH-2", NINE), "line"),
        (Correct("billing-taxonomy", "261QM1200X"), None),
        (Correct("billing-taxonomy", "261QM1200X", ONE), "line"),
        (Correct("billing-taxonomy", "radiology"), "value"),
        (Correct("rendering-taxonomy", "2085R0202X"), "same"),
        (Correct("rendering-taxonomy", "207T00000X"), None),
    ],
)
def test_a_correction_is_taken_where_it_changes_something(action: Correct, code: str | None) -> None:
    assert refused(action) == code
    if code is None:
        assert action.applied_to(CLAIM) != CLAIM


def test_a_field_the_claim_lacks_is_not_corrected() -> None:
    assert refused(Correct("rendering-taxonomy", "2085R0202X"), rendering=None) == "no-field"
    assert refused(Correct("place-of-service", "22"), form=ClaimForm.INSTITUTIONAL) == "no-field"


def test_the_same_value_again_is_no_correction() -> None:
    known = replace(CLAIM, authorization_number=AuthorizationNumber("AUTH-2"))
    assert refused(Correct("authorization-number", "AUTH-2"), authorization_number="AUTH-2") == "same"
    assert Correct("authorization-number", "AUTH-3").applied_to(known).authorization_number == "AUTH-3"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("eval.adequate", True, None),
        ("eval.adequate", "yes", "fact-value"),
        ("eval.adequate", Decimal(1), "fact-value"),
        ("tx.weeks", Decimal(8), None),
        ("tx.weeks", Decimal(-1), "fact-value"),
        ("tx.weeks", Decimal("NaN"), "fact-value"),
        ("tx.weeks", True, "fact-value"),
        ("tx.end", date(2025, 8, 1), None),
        ("tx.end", "2025-08-01", "fact-value"),
        ("tx.outcome", "failed", None),
        ("tx.outcome", "perhaps", "fact-value"),
        ("no.such.fact", True, "fact"),
    ],
)
def test_a_fact_is_one_of_the_dictionary_and_of_its_kind(name: str, value: Value, code: str | None) -> None:
    answer = unreadable_fact((SupportingFact(name, value, "SYN-DOC-1", date(2025, 9, 3)),), DICTIONARY)
    assert (None if answer is None else answer.code) == code


def test_the_words_say_what_is_wanted() -> None:
    fields = {"tx.weeks": "a number of weeks", "tx.outcome": "one of: failed, improved", "tx.end": "a day"}
    for name, words in fields.items():
        answer = unreadable_fact((SupportingFact(name, False, "SYN-DOC-1", date(2025, 9, 3)),), DICTIONARY)
        assert answer is not None
        assert words in answer.words


def test_one_bad_fact_among_good_ones_refuses_all_of_them() -> None:
    good = SupportingFact("eval.adequate", True, "SYN-DOC-1", date(2025, 9, 3))
    assert unreadable_fact((good, replace(good, fact="eval.adequat")), DICTIONARY) is not None
    assert unreadable_fact((good,), DICTIONARY) is None
