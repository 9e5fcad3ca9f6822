"""A range of days in an event, which may state its end inclusively or exclusively; the product stores exclusive ends only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Self

from pydantic import ValidationInfo, model_validator

from contracts.events.envelope import Contract
from contracts.scalars import STORED, PlausibleDate


class SpanV1(Contract):
    """From `starts` on. Its end is either `ends`, the first day outside (exclusive), or `through`, the last day inside
    (inclusive, as the 271, 278, 834 and 837 state it); neither: open. One day is `through` the day it starts.
    """

    starts: PlausibleDate
    ends: PlausibleDate | None = None
    through: PlausibleDate | None = None

    @property
    def until(self) -> date | None:
        """The first day outside; None: open."""
        return self.ends if self.through is None else self.through + timedelta(days=1)

    @property
    def may_be_empty(self) -> bool:
        """Return whether the span may be empty, because it voids an earlier one."""
        return False

    def half_open(self) -> Self:
        """Return the same span with `ends`, which is how it is stored."""
        return self if self.through is None else self.model_copy(update={"ends": self.until, "through": None})

    @model_validator(mode="after")
    def _covers_a_day(self, info: ValidationInfo) -> Self:
        """Refuse a span in which no day lies: it would mean nothing, or the opposite of the sender's intent."""
        if info.context == STORED:
            return self
        if self.ends is not None and self.through is not None:
            msg = "ends and through both state the end; send one of them"
            raise ValueError(msg)
        if self.ends is not None and self.ends <= self.starts and not (self.ends == self.starts and self.may_be_empty):
            msg = "no day lies between starts and ends, for ends is the first day outside; send the last day inside as through"
            raise ValueError(msg)
        if self.through is not None and self.through < self.starts:
            msg = "through, the last day inside, lies before starts; correct one of them"
            raise ValueError(msg)
        return self
