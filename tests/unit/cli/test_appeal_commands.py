"""Rulings as they are typed, and an appeal as text."""

from __future__ import annotations

import pytest
import typer

from cli.appeals.rulings import rulings_of


def test_a_ruling_is_typed_as_line_and_word_or_as_the_units_granted() -> None:
    assert rulings_of(["1=upheld", "2=overturned", "3=0.5"]) == [
        {"line": 1, "ruling": "upheld"},
        {"line": 2, "ruling": "overturned"},
        {"line": 3, "ruling": "partly-overturned", "units": "0.5"},
    ]


@pytest.mark.parametrize("typed", ["upheld", "=upheld", "1=", "one=upheld"])
def test_what_is_no_ruling_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(typer.BadParameter, match="write for example"):
        rulings_of([typed])
