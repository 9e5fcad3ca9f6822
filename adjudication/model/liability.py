"""The party liable for an amount that the plan does not pay: the group code of its adjustment (835 CAS01).

The group follows liability: the outcome, the product line, whether the billing provider has a contract, and whether a notice
was given before the service. The rules are data (policies/workflow/liability.yaml); the first rule that fits decides. If
none fits, the outcome's own group is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import GroupCode, OutcomeCode, ProductLine
from adjudication.quick_values import quick


class ContractStatus(StrEnum):
    """The billing provider's contract with the plan: yes, no, or not known."""

    CONTRACTED = "contracted"
    NOT_CONTRACTED = "not-contracted"
    UNKNOWN = "unknown"


@quick
@dataclass(frozen=True, slots=True)
class LiabilityFacts:
    """The facts that decide liability for one line. Without a product line, the member had no coverage to derive it from."""

    product_line: ProductLine | None
    contract: ContractStatus
    notice: bool


@dataclass(frozen=True, slots=True)
class LiabilityRule:
    """One rule; an empty set fits everything. `clinical` and `notice`: None fits both."""

    outcomes: frozenset[OutcomeCode]
    product_lines: frozenset[ProductLine]
    contracts: frozenset[ContractStatus]
    clinical: bool | None
    notice: bool | None
    group: GroupCode
    citation: Citation

    def fits(self, outcome: OutcomeCode, facts: LiabilityFacts, *, clinical: bool) -> bool:
        """Return whether the rule decides who is liable for an outcome."""
        return (
            (not self.outcomes or outcome in self.outcomes)
            and (not self.product_lines or facts.product_line in self.product_lines)
            and (not self.contracts or facts.contract in self.contracts)
            and self.clinical in (None, clinical)
            and self.notice in (None, facts.notice)
        )


def liable_group(
    outcome: OutcomeCode,
    own: GroupCode,
    facts: LiabilityFacts,
    rules: Sequence[LiabilityRule],
    *,
    clinical: bool,
) -> GroupCode:
    """Return the group of an adjustment; `own`: the outcome's group, which is used unless it is CO and a rule fits."""
    if own is not GroupCode.CONTRACTUAL:
        return own
    for rule in rules:  # a loop is quicker than a generator here, on the hot path
        if rule.fits(outcome, facts, clinical=clinical):
            return rule.group
    return own
