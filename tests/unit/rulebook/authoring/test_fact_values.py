"""FACT=VALUE is read by the kind of the fact, and a slip is shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from adjudication.model.claim import Value
from rulebook.authoring.fact_values import read_changes
from rulebook.errors import PolicyDataError
from tests.builders.policy.policies import small_library

DICTIONARY = small_library().vocabulary.facts
TODAY = date(2025, 9, 1)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("imaging.limited=yes", True),
        ("imaging.limited=False", False),
        (" imaging.limited = no ", False),
        ("imaging.date=2025-05-20", date(2025, 5, 20)),
        ("pain.score=7.5", Decimal("7.5")),
        ("indication=tumour", "tumour"),
        ("judged.plausible=true", True),
    ],
)
def test_a_value_is_read_by_the_kind_of_its_fact(typed: str, value: Value) -> None:
    [(name, fact)] = read_changes([typed], DICTIONARY, TODAY).items()
    assert fact is not None
    assert (name, fact.value, type(fact.value)) == (typed.partition("=")[0].strip(), value, type(value))
    assert (fact.source, fact.recorded_on, fact.settles) == ("what-if", TODAY, True)


def test_unknown_takes_a_fact_away() -> None:
    assert read_changes(["pain.score=unknown"], DICTIONARY, TODAY) == {"pain.score": None}


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("pain.score", "is not FACT=VALUE; write for example"),
        ("pain.score=", "is not FACT=VALUE"),
        ("=7", "is not FACT=VALUE"),
        ("pain.skore=7", "did you mean pain.score?"),
        ("zzz=7", "the facts are listed in policies/facts.yaml"),
        ("imaging.limited=perhaps", "perhaps is neither yes nor no; write yes, no or unknown"),
        ("imaging.date=20.5.2025", "is not a date; write it as 2025-03-17"),
        ("pain.score=much", "much is not a number; write the number of points only"),
        ("pain.score=NaN", "NaN is not a number"),
        ("indication=tumor", "did you mean tumour? choose of: tumour, epilepsy, other"),
    ],
)
def test_a_slip_gets_one_clear_message(typed: str, message: str) -> None:
    with pytest.raises(PolicyDataError) as refused:
        read_changes([typed], DICTIONARY, TODAY)
    assert message in str(refused.value)
