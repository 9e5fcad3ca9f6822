"""The presumptions of each plan about facts that a chart never mentions: dated, cited, and decided by the plan's medical director.

parameters.yaml lists the presumptions, each with its entry in the register of conflicts; payers/<payer>/parameters.yaml
lists the plans that use them. A plan that is not listed has none: facts that its charts do not mention are requested.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, StrictBool

from adjudication.policy.catalog import PlanPresumptions
from contracts.scalars import ascii_text
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.medical.schema import ConflictId, ShortText
from rulebook.schema import Cite, Confidence, Day, Record, Slug, Text
from rulebook.yaml_files import payer_files, read_yaml


class PresumptionEntry(Record):
    """One presumption of parameters.yaml, and the entry of conflicts.yaml with both readings."""

    text: ShortText
    conflict: ConflictId


class PlanValue(Record):
    """A plan's use of a presumption (yes or no) from a day of service on, with the decider, the day and the reason of that decision."""

    starts: Day
    presumed: StrictBool
    decided_by: Annotated[str, ascii_text(r"^[A-Z0-9-]+$")]
    decided_on: Day
    why: Text
    citation: Cite
    confidence: Confidence


class PlanPresumption(Record):
    """One presumption of one plan."""

    plan: Annotated[str, ascii_text(r"^[A-Z][A-Z0-9-]+$")]
    presumption: Slug
    values: Annotated[tuple[PlanValue, ...], Field(min_length=1)]


class PayerParametersFile(Record):
    """payers/*/parameters.yaml: what the plans of one payer presume."""

    presumptions: Annotated[tuple[PlanPresumption, ...], Field(min_length=1)]


def read_plan_presumptions(
    root: Path, known: Mapping[str, PresumptionEntry], conflicts: Collection[str], citations: Citations
) -> tuple[PlanPresumption, ...]:
    """Read the presumptions of all plans; raises PolicyDataError for the first error."""
    for name, presumption in known.items():
        if presumption.conflict not in conflicts:
            where = place("parameters.yaml", key=f"presumptions.{name}")
            raise PolicyDataError(where, f"{presumption.conflict} is not in conflicts.yaml", "add it or correct the id")
    found: dict[tuple[str, str], PlanPresumption] = {}
    for label in payer_files(root, "parameters"):
        for index, entry in enumerate(read_yaml(root / label, label, PayerParametersFile).presumptions):
            where = place(label, key=f"presumptions[{index}] {entry.plan}")
            if entry.presumption not in known:
                what = f"the presumption {entry.presumption} is not known"
                raise PolicyDataError(where, what, f"parameters.yaml has: {', '.join(known) or 'none'}")
            if (entry.plan, entry.presumption) in found:
                raise PolicyDataError(where, f"{entry.presumption} is given twice for the plan", "keep one of the two")
            if len({value.starts for value in entry.values}) < len(entry.values):
                raise PolicyDataError(where, "two values start on one day", "give each value its own first day")
            for value in entry.values:
                citations.resolve(where, value.citation, value.confidence)
            found[entry.plan, entry.presumption] = entry
    return tuple(found.values())


def by_plan(entries: Sequence[PlanPresumption]) -> dict[str, PlanPresumptions]:
    """Return the presumptions of each plan, by the first day of each change."""
    return {plan: _dated([each for each in entries if each.plan == plan]) for plan in {each.plan for each in entries}}


def _dated(entries: Sequence[PlanPresumption]) -> PlanPresumptions:
    days = sorted({value.starts for entry in entries for value in entry.values})
    return tuple((day, frozenset(each.presumption for each in entries if _presumed(each, day))) for day in days)


def _presumed(entry: PlanPresumption, day: date) -> bool:
    earlier = [value for value in entry.values if value.starts <= day]
    return max(earlier, key=lambda value: value.starts).presumed if earlier else False
