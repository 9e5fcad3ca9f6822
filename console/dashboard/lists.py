"""The lists behind the dashboard's numbers: the filters in the address, and one page of a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import Path, Query

from adjudication.model.vocabulary import ClaimId
from console.dashboard.legal_deadlines import ClaimDeadline
from console.dashboard.ports import TopicLag
from console.dashboard.readings import DAY, SPAN, WEEK
from console.dashboard.sampler import Sampler
from console.dashboard.view import AGE_NAMES, WINDOWS
from console.web.cursors import read_cursor, write_cursor
from contracts.records.dashboard import AGE_LIMITS, ClaimsAsked, ListedClaim, PendingEntry
from contracts.scalars import Whole

SIZE: Final = 50
EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST_ID: Final = ClaimId("ffffffff-ffff-ffff-ffff-ffffffffffff")
_SPANS: Final = {"hour": SPAN, "day": DAY, "week": WEEK}
TITLES: Final = {
    "received": "Received",
    "straight-through": "Determined straight through",
    "pended": "Pended at the first try",
    "determined": "Determined",
    "appealed": "Appealed",
    "in-flight": "On their way through the steps",
    "waiting": "Waiting now",
    "outcome": "Lines with the same decision",
    "policy": "Lines with the same policy result",
    "clocks": "Legal deadlines, the first due first",
    "partitions": "Not yet read from Kafka, by partition",
    "outbox": "Not yet published",
}
"""The title of each list."""

ListName = Literal[
    "received", "straight-through", "pended", "determined", "appealed", "in-flight", "waiting", "outcome", "policy",
    "clocks", "partitions", "outbox",
]  # fmt: skip


class ListFilters:
    """The filters in the address of a list."""

    def __init__(
        self,
        name: Annotated[ListName, Path()],
        over: Annotated[Literal["hour", "day", "week"], Query()] = "day",
        key: Annotated[str, Query(max_length=200)] = "",
        within: Annotated[Literal["overdue", "4", "24", "72", "later", "none", ""], Query()] = "",
        age: Annotated[Whole | None, Query(ge=0, le=len(AGE_LIMITS))] = None,
        after: Annotated[str, Query(max_length=100)] = "",
    ) -> None:
        """Read the address; raises Problem for a cursor that is not ours."""
        self.name, self.over, self.key, self.within, self.age = name, over, key, within, age
        self.after = read_cursor(after)

    def address(self, at: datetime | None, claim_id: ClaimId) -> str:
        """Return the address of the page behind a row."""
        given = {"key": self.key, "within": self.within, "age": "" if self.age is None else str(self.age)}
        kept = {name: value for name, value in given.items() if value}
        return f"/dashboard/lists/{self.name}?{urlencode({'over': self.over, **kept, 'after': write_cursor(at, claim_id)})}"


@dataclass(frozen=True, slots=True)
class ListView:
    """One page of a list; `next_url` None on the last."""

    title: str
    says: str
    at_label: str
    rows: tuple[ListedClaim, ...]
    first_url: str | None
    next_url: str | None
    now: datetime
    counts_down: bool = False


@dataclass(frozen=True, slots=True)
class PartitionsView:
    """Every partition of one topic, or of all."""

    title: str
    lags: tuple[TopicLag, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class OutboxView:
    """Entries of the outbox that are not published: sizes and times, no content."""

    title: str
    rows: tuple[PendingEntry, ...]
    now: datetime


async def claims_of(sampler: Sampler, filters: ListFilters) -> ListView:
    """Return a page of claims from the ledger."""
    now = sampler.now()
    since, until = _time_span(filters, now)
    before = filters.after if filters.after and filters.after[0] else ((until, _LAST_ID) if until else None)
    wanted = ClaimsAsked(filters.name, since, SIZE + 1, filters.key, before)  # type: ignore[arg-type]
    rows = await sampler.operations.lists.listed(wanted)
    return _page(filters, rows, _explanation(filters), "When", now)


async def deadlines_of(sampler: Sampler, filters: ListFilters) -> ListView:
    """Return a page of waiting claims by their first legal deadline, as the sampler computed it last."""
    now = sampler.now()
    found = list(islice(_deadlines(sampler, filters, now), SIZE + 1))
    names = await sampler.operations.lists.named([deadline.claim_id for deadline in found])
    rows = [
        ListedClaim(
            deadline.claim_id, *names[deadline.claim_id], at=deadline.due_at or EVER, detail=_deadline_words(deadline)
        )
        for deadline in found
        if deadline.claim_id in names
    ]
    return _page(filters, rows, _DEADLINE_EXPLANATIONS[filters.within], "Due", now)


def partitions_of(sampler: Sampler, filters: ListFilters) -> PartitionsView:
    """Return the partitions of a topic; of every topic when none is named."""
    lags = sampler.snapshot.lags.value or ()
    return PartitionsView(TITLES[filters.name], tuple(x for x in lags if filters.key in ("", x.topic)), sampler.now())


async def outbox_of(sampler: Sampler) -> OutboxView:
    """Return the oldest entries that are not published."""
    return OutboxView(TITLES["outbox"], await sampler.operations.flow.pending_entries(SIZE), sampler.now())


def _time_span(filters: ListFilters, now: datetime) -> tuple[datetime, datetime | None]:
    """Return the start and end of the time that a list covers: a window, an age group, or all time."""
    if filters.age is not None:
        limits = (timedelta(0), *AGE_LIMITS)
        since = now - AGE_LIMITS[filters.age] if filters.age < len(AGE_LIMITS) else EVER
        return since, now - limits[filters.age]
    return (EVER if filters.name in ("waiting", "in-flight") else now - _SPANS[filters.over]), None


def _explanation(filters: ListFilters) -> str:
    if filters.name in ("waiting", "in-flight"):
        parts = [filters.key, AGE_NAMES[filters.age] if filters.age is not None else ""]
        return ", ".join(part for part in parts if part) or "Newest first."
    about = f"{filters.key.replace('|', ' ').strip()}: " if filters.key else ""
    return f"{about}in the {WINDOWS[filters.over]}, newest first."


_DEADLINE_EXPLANATIONS: Final = {
    "": "Every pended claim with a legal deadline.",
    "overdue": "The time the law gives has run out; where a year is not loaded, it may have.",
    "4": "Less than 4 hours left.",
    "24": "4 to 24 hours left.",
    "72": "24 to 72 hours left.",
    "later": "72 hours or more left.",
    "none": "No legal deadline could be computed: no rule applies, or the plan is not known yet.",
}


def _deadlines(sampler: Sampler, filters: ListFilters, now: datetime) -> Iterable[ClaimDeadline]:
    if filters.within == "none":
        return sampler.deadlines.without(ClaimId(filters.after[1]) if filters.after else None)
    hours: dict[str, tuple[float | None, float | None]] = {
        "": (None, None), "overdue": (None, 0), "4": (0, 4), "24": (4, 24), "72": (24, 72), "later": (72, None),
    }  # fmt: skip
    low, high = hours[filters.within]
    before = datetime.max.replace(tzinfo=UTC) if high is None else now + timedelta(hours=high)
    after = filters.after if filters.after and filters.after[0] else None
    if after is None and low is not None:
        after = (now + timedelta(hours=low, microseconds=-1), _LAST_ID)
    return sampler.deadlines.due(before, after)  # type: ignore[arg-type]


def _deadline_words(deadline: ClaimDeadline) -> str:
    if deadline.rule is None:
        return "no deadline"
    return f"{deadline.rule} ({deadline.source})" + (", stopped: due at the latest then" if deadline.stopped else "")


def _page(filters: ListFilters, found: Sequence[ListedClaim], says: str, at_label: str, now: datetime) -> ListView:
    rows = tuple(found[:SIZE])
    dated = filters.within != "none"
    following = filters.address(rows[-1].at if dated else None, rows[-1].claim_id) if len(found) > SIZE else None
    first = filters.address(None, _LAST_ID).partition("&after=")[0] if filters.after else None
    return ListView(
        TITLES[filters.name], says, at_label, rows, first, following, now, counts_down=filters.name == "clocks"
    )
