"""A quick value is made by another constructor and is in everything else the frozen dataclass that it was."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from datetime import date

import pytest

from adjudication.model.claim import SupportingFact
from adjudication.model.findings import Evidence
from adjudication.quick_values import quick

FACT = SupportingFact("tx.weeks", "7", "visit note", date(2025, 8, 25))


@quick
@dataclass(frozen=True, slots=True)
class Span:
    """Two days in order."""

    first: int
    last: int = 9

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("the days are not in order")


def test_it_takes_the_arguments_that_its_dataclass_took() -> None:
    assert str(inspect.signature(Span)) == "(first, last=9)"
    assert (Span(1), Span(first=1, last=2)) == (Span(1, 9), Span(1, 2))
    for wrong in ((), (1, 2, 3)):
        with pytest.raises(TypeError, match="argument"):
            Span(*wrong)


def test_no_field_can_be_set_or_removed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        FACT.fact = "tx.end"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del FACT.fact
    assert type(FACT) is SupportingFact
    assert not hasattr(FACT, "__dict__")


def test_equal_values_are_equal_and_hash_alike() -> None:
    again = replace(FACT)
    assert again is not FACT
    assert (again, hash(again)) == (FACT, hash(FACT))
    assert replace(FACT, value="8") != FACT
    assert asdict(Evidence("plan", "HUDSON-COMM")) == {"name": "plan", "value": "HUDSON-COMM"}


def test_it_is_copied_and_pickled_like_any_value() -> None:
    assert pickle.loads(pickle.dumps(FACT)) == copy.deepcopy(FACT) == copy.copy(FACT) == FACT  # noqa: S301


def test_its_own_check_still_runs_and_sees_every_field() -> None:
    with pytest.raises(ValueError, match="not in order"):
        Span(10)


@dataclass(frozen=True, slots=True)
class _WithFactory:
    each: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _WithoutSlots:
    each: int


@dataclass(frozen=True, slots=True)
class _WithBase(Span):
    other: int = 0


@pytest.mark.parametrize("unfit", [_WithFactory, _WithoutSlots, _WithBase])
def test_a_class_that_it_cannot_make_is_refused_when_it_is_defined(unfit: type) -> None:
    with pytest.raises(TypeError, match="quick"):
        quick(unfit)
