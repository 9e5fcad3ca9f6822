"""The filters of a worklist: all are in the address, so that a view can be kept as a bookmark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from adjudication.model.pends import DOCUMENT_PEND, PHYSICIAN_PEND
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import PlanId, ProductLine
from adjudication.people import Role, StaffMember
from console.access.roles import OVERSIGHT
from console.worklist.service import Held, WorklistRequest, looking_as
from contracts.records.review_queries import WorklistOrder
from contracts.scalars import Day, PlainDecimal

PAGE_SIZE: Final = 25
MOST_LOOKED_AT: Final = 300
"""The most claims read for one page of the screen; a page that is not full then links to the rest."""

DUE: Final = {"overdue": timedelta(0), "4h": timedelta(hours=4), "24h": timedelta(days=1), "72h": timedelta(days=3), "7d": timedelta(days=7)}  # fmt: skip
DUE_WORDS: Final = {
    "overdue": "overdue",
    "4h": "within 4 hours",
    "24h": "within 24 hours",
    "72h": "within 72 hours",
    "7d": "within 7 days",
}


SORTS: Final = {
    WorklistOrder.STATUTORY: "statutory date",
    WorklistOrder.DUE: "what is due first, our own dates too",
    WorklistOrder.AMOUNT: "amount, largest first",
    WorklistOrder.AGE: "age, oldest first",
}
MOST_DOLLARS: Final = 100_000_000


def _none_if_empty(value: object) -> object:
    """Turn an empty text, which an unchanged form field sends, into None."""
    return None if value == "" else value


_Left = BeforeValidator(_none_if_empty)
_Word = Annotated[str | None, Field(max_length=80), _Left]
_Dollars = Annotated[PlainDecimal, Field(ge=0, le=MOST_DOLLARS, decimal_places=2)]


class Filters(BaseModel):
    """The filters of one view."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: Annotated[Role | None, _Left] = None
    pend: _Word = None
    plan: _Word = None
    product: Annotated[ProductLine | None, _Left] = None
    policy: _Word = None
    due: Annotated[Literal["overdue", "4h", "24h", "72h", "7d"] | None, _Left] = None
    held: Annotated[Held | None, _Left] = None
    text: Annotated[str | None, Field(max_length=40), _Left] = None
    least: Annotated[_Dollars | None, _Left] = None
    most: Annotated[_Dollars | None, _Left] = None
    served_from: Annotated[Day | None, _Left] = None
    served_to: Annotated[Day | None, _Left] = None
    sort: Annotated[WorklistOrder | None, _Left] = None
    rows: Annotated[Literal["full"] | None, _Left] = None

    def chosen(self) -> dict[str, str]:
        """Return the filters that are set, as they stand in the address."""
        return {name: str(value) for name, value in self.model_dump().items() if value is not None}

    def narrows(self) -> int:
        """Return how many filters leave claims out; the order and the height of the rows do not."""
        return len(self.chosen().keys() - {"sort", "rows"})

    def address(self, **more: str) -> str:
        """Return the address of this view."""
        query = urlencode({**self.chosen(), **more})
        return f"/worklist?{query}" if query else "/worklist"


@dataclass(frozen=True, slots=True)
class Preset:
    """A named standard view."""

    name: str
    address: str
    current: bool


def presets(filters: Filters) -> tuple[Preset, ...]:
    """Return the views that every person has, within the role shown."""
    role = filters.role
    named = {
        "Everything": Filters(role=role),
        "Held by me": Filters(role=role, held=Held.MINE),
        "Held by my teams": Filters(role=role, held=Held.TEAM),
        "Free": Filters(role=role, held=Held.FREE),
        "Overdue": Filters(role=role, due="overdue"),
        "Due in 24 hours": Filters(role=role, due="24h"),
        "Documents awaited": Filters(role=role, pend=DOCUMENT_PEND),
        "Denial expected": Filters(role=role, pend=PHYSICIAN_PEND),
    }
    return tuple(Preset(name, view.address(), view == filters) for name, view in named.items())


def wanted_of(filters: Filters, person: StaffMember, reference: ReferenceData, now: datetime) -> WorklistRequest:
    """Turn filters into a query of the ledger; refuses a role that is not the person's."""
    return WorklistRequest(
        viewer=looking_as(person, filters.role),
        limit=PAGE_SIZE,
        pend=filters.pend,
        plans=_plans(filters, reference),
        policy=filters.policy,
        due_before=None if filters.due is None else now + DUE[filters.due],
        held=filters.held or Held.ANYONE,
        words=filters.text or "",
        amounts=(filters.least, filters.most),
        served=(filters.served_from, filters.served_to),
        order=filters.sort or WorklistOrder.STATUTORY,
        most=MOST_LOOKED_AT,
    )


def _plans(filters: Filters, reference: ReferenceData) -> frozenset[PlanId] | None:
    """Return the plans of a product line; if a plan is chosen too, only that plan, if it belongs to the line."""
    named = None if filters.plan is None else frozenset({PlanId(filters.plan)})
    if filters.product is None:
        return named
    of_line = frozenset(
        plan_id
        for plan_id, versions in reference.plans.items()
        if any(version.product_line is filters.product for version in versions)
    )
    return of_line if named is None else of_line & named


def roles_to_look_as(person: StaffMember) -> tuple[Role, ...]:
    """Return the roles whose queues a person may open."""
    return tuple(sorted(Role if person.roles & OVERSIGHT else person.roles))
