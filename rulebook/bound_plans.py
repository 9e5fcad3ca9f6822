"""The plans that a law binds: by product line and state, never by a list of plan names.

A law that names plans must bind every plan of the same state and product line, so that a plan added later is not
left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from adjudication.model.reference import Plan
from adjudication.model.vocabulary import PlanId, ProductLine
from contracts.scalars import State
from rulebook.deadlines.schema import JurisdictionsFile
from rulebook.errors import PolicyDataError
from rulebook.schema import Record
from rulebook.yaml_files import payer_files, read_yaml


class BindsEntry(Record):
    """The plans of some product lines under the insurance law of some states."""

    products: Annotated[tuple[ProductLine, ...], Field(min_length=1)]
    states: Annotated[tuple[State, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class PlanPlaces:
    """The product line and the states of each plan, over all its versions."""

    products: Mapping[PlanId, ProductLine]
    states: Mapping[PlanId, frozenset[str]]

    @classmethod
    def read(cls, root: Path, plans: Mapping[PlanId, tuple[Plan, ...]]) -> PlanPlaces:
        """Read the states from the payers' jurisdiction files."""
        states: dict[PlanId, frozenset[str]] = {}
        for label in payer_files(root, "jurisdiction"):
            for entry in read_yaml(root / label, label, JurisdictionsFile).plans:
                plan = PlanId(entry.plan)
                states[plan] = states.get(plan, frozenset()) | frozenset(() if entry.state is None else (entry.state,))
        return cls({plan: versions[0].product_line for plan, versions in plans.items()}, states)

    def bound(self, entry: BindsEntry | None) -> frozenset[PlanId]:
        """Return the plans that a law binds by product line and state."""
        if entry is None:
            return frozenset()
        return frozenset(
            plan
            for plan, product in self.products.items()
            if product in entry.products and self.states.get(plan, frozenset()) & set(entry.states)
        )

    def refuse_left_out(self, where: str, named: Collection[PlanId]) -> None:
        """Refuse a list of plans that leaves out a plan of the same state and product line."""
        for plan in sorted(named):
            for other, product in sorted(self.products.items()):
                same_state = self.states.get(plan, frozenset()) & self.states.get(other, frozenset())
                if other not in named and product is self.products.get(plan) and same_state:
                    problem = f"binds the plan {plan} and not {other}, of the same state and product line"
                    raise PolicyDataError(where, problem, "write binds: {products, states} in place of plans")
