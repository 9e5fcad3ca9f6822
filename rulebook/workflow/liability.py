"""The party liable for unpaid amounts: the schema of workflow/liability.yaml, and its checks."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StrictBool

from adjudication.model.liability import ContractStatus, LiabilityRule
from adjudication.model.outcomes import ALL_OUTCOMES
from adjudication.model.vocabulary import GroupCode, OutcomeCode, ProductLine
from rulebook.checks import Citations, refuse_unknown
from rulebook.errors import place
from rulebook.schema import Cited, Outcome, Record, Text

LIABILITY: Final = "workflow/liability.yaml"


class LiabilityEntry(Cited):
    """One rule; a key that is left out fits everything."""

    because: Text
    outcomes: tuple[Outcome, ...] = ()
    product_lines: tuple[ProductLine, ...] = ()
    contracts: tuple[ContractStatus, ...] = ()
    clinical: StrictBool | None = None
    notice: StrictBool | None = None
    group: GroupCode


class LiabilityFile(Record):
    """workflow/liability.yaml: rules in the order in which they are evaluated."""

    rules: Annotated[tuple[LiabilityEntry, ...], Field(min_length=1)]


def liability(label: str, file: LiabilityFile, citations: Citations) -> tuple[LiabilityRule, ...]:
    """Build the rules in their order."""
    rules = []
    for index, entry in enumerate(file.rules):
        where = place(label, key=f"rules[{index}]")
        refuse_unknown(where, "the outcome", set(entry.outcomes), ALL_OUTCOMES, "correct it, or add the outcome")
        rules.append(
            LiabilityRule(
                outcomes=frozenset(OutcomeCode(outcome) for outcome in entry.outcomes),
                product_lines=frozenset(entry.product_lines),
                contracts=frozenset(entry.contracts),
                clinical=entry.clinical,
                notice=entry.notice,
                group=entry.group,
                citation=citations.of(where, entry),
            )
        )
    return tuple(rules)
