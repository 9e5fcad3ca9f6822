"""The rules about ordering providers: the schema of codes/orderers.yaml, and its checks."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StrictBool

from adjudication.model.readings import OrderEffect, OrderRule, OrderRules
from adjudication.model.vocabulary import ProductLine
from contracts.scalars import ascii_text
from rulebook.checks import Citations, date_range
from rulebook.codes.readers import Prefixes
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited, Dates, Text

ORDERERS: Final = "codes/orderers.yaml"


class OrderEntry(Cited):
    """One rule; product lines and states that are left out fit all."""

    because: Text
    prefixes: Prefixes
    product_lines: tuple[ProductLine, ...] = ()
    states: tuple[Annotated[str, ascii_text(r"^[A-Z]{2}$")], ...] = ()
    valid: Dates
    effect: Annotated[OrderEffect, Field(strict=False)]


class RequiredEntry(Cited):
    """Product lines whose professional claims must name who ordered a study. `verified`: the provider's type must be known as well."""

    product_lines: Annotated[tuple[ProductLine, ...], Field(min_length=1)]
    verified: StrictBool = False


class OrderersFile(Cited):
    """codes/orderers.yaml: rules in the order in which they are evaluated."""

    required: tuple[RequiredEntry, ...]
    rules: Annotated[tuple[OrderEntry, ...], Field(min_length=1)]


def order_rules(label: str, file: OrderersFile, citations: Citations) -> OrderRules:
    """Build the rules in their order. Raises PolicyDataError if two entries require the orderer for one product line."""
    rules = []
    for index, entry in enumerate(file.rules):
        where = place(label, key=f"rules[{index}]")
        rules.append(
            OrderRule(
                prefixes=entry.prefixes,
                product_lines=frozenset(entry.product_lines),
                states=frozenset(entry.states),
                dates=date_range(where, entry.valid),
                effect=entry.effect,
                citation=citations.of(where, entry, file),
            )
        )
    required, verified = {}, {}
    for index, needs in enumerate(file.required):
        where = place(label, key=f"required[{index}]")
        cited = citations.of(where, needs, file)
        for line in needs.product_lines:
            if line in required:
                raise PolicyDataError(where, f"{line} is required before, too", "keep it in one entry")
            required[line] = cited
            if needs.verified:
                verified[line] = cited
    return OrderRules(tuple(rules), required, citations.of(place(label, key="citation"), file), verified)
