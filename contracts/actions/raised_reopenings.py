"""The request of a person to reopen a decided claim, sent by the API, the form and the command line."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from adjudication.model.vocabulary import LineNumber
from adjudication.readjudication.raised import Authority, Order, Raised
from contracts.actions.corrections import Words
from contracts.events.reopenings import Reason
from contracts.scalars import Day, Price, Whole, ascii_text


class RaisedReason(StrEnum):
    """The reasons that a person raises."""

    CLERICAL_ERROR = Reason.CLERICAL_ERROR.value
    CLINICAL_ERROR = Reason.CLINICAL_ERROR.value
    BINDING_ORDER = Reason.BINDING_ORDER.value


class OrderV1(BaseModel):
    """The order: its office, number and date, and the last day that it sets to carry it out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    authority: Annotated[Authority, Field(strict=False)]
    number: Annotated[str, ascii_text(r"^[A-Za-z0-9]([A-Za-z0-9 ./:_-]*[A-Za-z0-9])?$", 1, 60)]
    dated: Day
    effect_by: Day | None = None


class NamedLineV1(BaseModel):
    """A denied line whose denial does not hold. `allowed`: US dollars per unit, for a line that no schedule prices."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: Annotated[Whole, Field(ge=1, le=9_999)]
    allowed: Price | None = None


class RaiseReopeningV1(BaseModel):
    """Reopen a decided claim. `lines`: denied lines whose denial does not hold; without any, the claim is adjudicated again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: RaisedReason = Field(strict=False)
    rationale: Words
    lines: Annotated[tuple[NamedLineV1, ...], Field(max_length=999)] = ()
    order: OrderV1 | None = None

    @model_validator(mode="after")
    def _order_fits(self) -> Self:
        if (self.reason is RaisedReason.BINDING_ORDER) != (self.order is not None):
            raise PydanticCustomError("order", "an order comes with the reason binding-order, and with no other")
        if len({each.line for each in self.lines}) != len(self.lines):
            raise PydanticCustomError("lines", "name each line once")
        return self

    def raised(self, person_id: str) -> Raised:
        """Return it as the core knows it."""
        order = self.order
        stated = None if order is None else Order(order.authority, order.number, order.dated, order.effect_by)
        lines = sorted(self.lines, key=lambda each: each.line)
        allowed = tuple((LineNumber(each.line), each.allowed) for each in lines if each.allowed is not None)
        named = frozenset(LineNumber(each.line) for each in lines)
        return Raised(self.reason.value, person_id, named, stated, allowed=allowed)
