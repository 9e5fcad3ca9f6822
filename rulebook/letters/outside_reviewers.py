"""Loads the bodies outside a plan that review its decisions (letters/outside_reviewers.yaml), and refuses a plan that lacks one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from adjudication.letters.letter import Audience, ElementName, LetterKind
from adjudication.letters.letterhead import Letterhead, OutsideReviewer
from adjudication.letters.wording import LetterLibrary
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import PlanId
from rulebook.checks import Citations, date_range, refuse_overlaps, refuse_unknown
from rulebook.errors import PolicyDataError, place
from rulebook.letters.letterheads import Lines, Phone
from rulebook.schema import Cited, Dates, Record, Text
from rulebook.yaml_files import payer_files, read_yaml

OUTSIDE: Final = "letters/outside_reviewers.yaml"
OF_PAYER: Final = "outside_reviewers.yaml"
_DENIALS: Final = frozenset({LetterKind.ADMINISTRATIVE_DENIAL, LetterKind.CLINICAL_DENIAL})
Right = Literal["external-review", "fair-hearing", "independent-review"]
RIGHTS: Final = (ElementName.EXTERNAL_REVIEW, ElementName.FAIR_HEARING, ElementName.INDEPENDENT_REVIEW)


class OutsideReviewerEntry(Cited):
    """One body, the plans whose decisions it reviews, and how to reach it."""

    right: Right
    plans: Annotated[tuple[Text, ...], Field(min_length=1)]
    name: Text
    address: Lines
    phone: Phone | Literal[""] = ""
    fax: Phone | Literal[""] = ""
    website: Text | Literal[""] = ""
    valid: Dates


class OutsideReviewersFile(Record):
    """letters/outside_reviewers.yaml, and payers/*/outside_reviewers.yaml for the plans of one payer."""

    reviewers: tuple[OutsideReviewerEntry, ...]


def with_outside(
    root: Path, citations: Citations, heads: Mapping[PlanId, Letterhead], plans: Iterable[PlanId]
) -> dict[PlanId, Letterhead]:
    """Return each plan's letterhead with the bodies that review the plan's decisions."""
    known = set(plans)
    of_plan: dict[PlanId, list[OutsideReviewer]] = {}
    for label in (OUTSIDE, *payer_files(root, OF_PAYER.removesuffix(".yaml"))):
        for index, entry in enumerate(read_yaml(root / label, label, OutsideReviewersFile).reviewers):
            where = place(label, key=f"reviewers[{index}] {entry.name}")
            refuse_unknown(where, "plan", entry.plans, known, "name a plan of payers/*/plans.yaml")
            reviewer = _reviewer(where, entry, citations)
            for plan in entry.plans:
                of_plan.setdefault(PlanId(plan), []).append(reviewer)
    for plan, found in of_plan.items():
        for right, group in groupby(sorted(found, key=_right), key=_right):
            refuse_overlaps(place(OUTSIDE), f"{right} of {plan}", [each.dates for each in group])
    return {plan: replace(head, outside=tuple(of_plan.get(plan, ()))) for plan, head in heads.items()}


def refuse_unreachable(library: LetterLibrary, plans: Mapping[PlanId, tuple[Plan, ...]]) -> None:
    """Refuse a plan whose letters to members must explain a review outside it, and that does not say who reviews.

    29 CFR 2560.503-1(g)(1)(iv), 42 CFR 438.404(b)(3) and 45 CFR 147.136(b)(2)(ii)(E) ask for the way to use the right.
    """
    for plan, versions in sorted(plans.items()):
        head = library.letterheads.get(plan)
        if head is None:
            continue
        held = {each.right for each in head.outside if each.dates.ends is None}
        for right in RIGHTS:
            if right not in held and _demanded(library, versions[-1], right):
                what = f"letters to members of {plan} explain the {right}, and no body is named for it"
                raise PolicyDataError(
                    place(OUTSIDE), what, "add its name, address and telephone number, without an end"
                )


def _demanded(library: LetterLibrary, plan: Plan, right: ElementName) -> bool:
    return any(
        entry.demand.element is right and Audience.MEMBER in entry.audiences
        for regime in library.regimes
        if regime.governs(plan.product_line, plan.plan_id)
        for entry in regime.demands
        if _DENIALS & entry.kinds
    )


def _right(each: OutsideReviewer) -> str:
    return each.right.value


def _reviewer(where: str, entry: OutsideReviewerEntry, citations: Citations) -> OutsideReviewer:
    right = ElementName(entry.right)
    if right is not ElementName.INDEPENDENT_REVIEW and not entry.phone:
        raise PolicyDataError(where, "a reader asks this body, and it has no telephone number", "add `phone`")
    return OutsideReviewer(
        right=right,
        name=entry.name,
        address=entry.address,
        phone=entry.phone,
        fax=entry.fax,
        website=entry.website,
        dates=date_range(where, entry.valid),
        citation=citations.of(where, entry),
    )
