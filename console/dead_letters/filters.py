"""The filters of a list of dead letters: in the address, days in the zone of the page (the API: UTC), with a cursor for the next page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from console.web.problems import Problem
from console.web.zones import UTC_ONLY, Zones
from contracts.records.dead_letters import DeadLetterFilter
from contracts.scalars import ascii_text, read_day

PAGE: Final = 50
Word = Annotated[str, Field(max_length=80)]
DayFilter = Annotated[str, ascii_text(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]


class ListFilters(BaseModel):
    """The filters as they are in an address or come in a form; empty is any. `until` is the last day inside."""

    model_config = ConfigDict(frozen=True)

    topic: Word = ""
    refusal: Word = ""
    reason: Word = ""
    since: DayFilter = ""
    until: DayFilter = ""
    show: Annotated[str, ascii_text("^(open|all)$")] = "open"
    after: Annotated[str, Field(max_length=200)] = ""

    def wanted(self, zones: Zones = UTC_ONLY) -> DeadLetterFilter:
        """Return the filter; raises a problem for a day that is none."""
        return DeadLetterFilter(
            topic=self.topic or None,
            refusal=self.refusal or None,
            reason=self.reason or None,
            since=_day(self.since, zones),
            until=_day(self.until, zones, timedelta(days=1)),
            open_only=self.show == "open",
        )

    def address(self, **changes: str) -> str:
        """Return the address of the list with some filters changed; empty filters are left out."""
        filters = {**self.model_dump(exclude={"after"}), **changes}
        kept = {name: value for name, value in filters.items() if value and (name, value) != ("show", "open")}
        return "/dead-letters" + (f"?{urlencode(kept)}" if kept else "")


Filters = Annotated[ListFilters, Query()]


def _day(text: str, zones: Zones, more: timedelta = timedelta()) -> datetime | None:
    if not text:
        return None
    try:
        return zones.begins(read_day(text) + more).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(422, "day", "a day looks like 2025-11-03; choose one that the calendar has") from None
