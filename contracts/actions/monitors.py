"""The requests that start and stop a monitor, sent by the API, the form and the command line."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.actions.bulk_retries import Name
from contracts.actions.corrections import Words
from contracts.scalars import Day, PlainDecimal


class StartMonitorV1(BaseModel):
    """The draft that judges decided claims, until when, for which share of them, and why. Without a policy: all draft data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: Name | None = None
    version: Name | None = None
    share: Annotated[PlainDecimal, Field(gt=0, le=1, max_digits=5, decimal_places=4)] = Decimal(1)
    ends_on: Day
    reason: Words

    @model_validator(mode="after")
    def _both_or_neither(self) -> StartMonitorV1:
        if (self.policy is None) != (self.version is None):
            msg = "name the policy and its draft version, or neither for all draft data"
            raise ValueError(msg)
        return self


class StopMonitorV1(BaseModel):
    """Stop a monitor; its figures stay."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Words
