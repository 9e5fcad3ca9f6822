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
    "pended": "Had to wait at the first try",
    "determined": "Determined",
    "appealed": "Appealed",
    "in-flight": "On their way through the steps",
    "waiting": "Waiting now",
    "outcome": "Lines decided alike",
    "policy": "Lines ruled on alike",
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
        filters = {"key": self.key, "within": self.within, "age": "" if self.age is None else str(self.age)}
        kept = {name: value for name, value in filters.items() if value}
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


async def claims_of(sampler: Sampler, asked: ListFilters) -> ListView:
    """Return a page of claims from the ledger."""
    now = sampler.now()
    since, until = _stretch(asked, now)
    before = asked.after if asked.after and asked.after[0] else ((until, _LAST_ID) if until else None)
    wanted = ClaimsAsked(asked.name, since, SIZE + 1, asked.key, before)  # type: ignore[arg-type]
    rows = await sampler.operations.lists.listed(wanted)
    return _page(asked, rows, _says(asked), "When", now)


async def deadlines_of(sampler: Sampler, asked: ListFilters) -> ListView:
    """Return a page of waiting claims by their first legal deadline, as the sampler computed it last."""
    now = sampler.now()
    found = list(islice(_clocks(sampler, asked, now), SIZE + 1))
    names = await sampler.operations.lists.named([clock.claim_id for clock in found])
    rows = [
        ListedClaim(clock.claim_id, *names[clock.claim_id], at=clock.due_at or EVER, detail=_clock_words(clock))
        for clock in found
        if clock.claim_id in names
    ]
    return _page(asked, rows, _CLOCK_SAYS[asked.within], "Due", now)


def partitions_of(sampler: Sampler, asked: ListFilters) -> PartitionsView:
    """Return the partitions of a topic; of every topic when none is named."""
    lags = sampler.snapshot.lags.value or ()
    return PartitionsView(TITLES[asked.name], tuple(x for x in lags if asked.key in ("", x.topic)), sampler.now())


async def outbox_of(sampler: Sampler) -> OutboxView:
    """Return the oldest entries that are not published."""
    return OutboxView(TITLES["outbox"], await sampler.operations.flow.pending_entries(SIZE), sampler.now())


def _stretch(asked: ListFilters, now: datetime) -> tuple[datetime, datetime | None]:
    """Return the start and end of the time that a list covers: a window, an age group, or all time."""
    if asked.age is not None:
        limits = (timedelta(0), *AGE_LIMITS)
        since = now - AGE_LIMITS[asked.age] if asked.age < len(AGE_LIMITS) else EVER
        return since, now - limits[asked.age]
    return (EVER if asked.name in ("waiting", "in-flight") else now - _SPANS[asked.over]), None


def _says(asked: ListFilters) -> str:
    if asked.name in ("waiting", "in-flight"):
        parts = [asked.key, AGE_NAMES[asked.age] if asked.age is not None else ""]
        return ", ".join(part for part in parts if part) or "Newest first."
    about = f"{asked.key.replace('|', ' ').strip()}: " if asked.key else ""
    return f"{about}in the {WINDOWS[asked.over]}, newest first."


_CLOCK_SAYS: Final = {
    "": "Every pended claim with a legal deadline.",
    "overdue": "The time the law gives has run out; where a year is not loaded, it may have.",
    "4": "Less than 4 hours left.",
    "24": "4 to 24 hours left.",
    "72": "24 to 72 hours left.",
    "later": "72 hours or more left.",
    "none": "No legal deadline could be computed: no rule applies, or the plan is not known yet.",
}


def _clocks(sampler: Sampler, asked: ListFilters, now: datetime) -> Iterable[ClaimDeadline]:
    if asked.within == "none":
        return sampler.clocks.without(ClaimId(asked.after[1]) if asked.after else None)
    hours: dict[str, tuple[float | None, float | None]] = {
        "": (None, None), "overdue": (None, 0), "4": (0, 4), "24": (4, 24), "72": (24, 72), "later": (72, None),
    }  # fmt: skip
    low, high = hours[asked.within]
    before = datetime.max.replace(tzinfo=UTC) if high is None else now + timedelta(hours=high)
    after = asked.after if asked.after and asked.after[0] else None
    if after is None and low is not None:
        after = (now + timedelta(hours=low, microseconds=-1), _LAST_ID)
    return sampler.clocks.due(before, after)  # type: ignore[arg-type]


def _clock_words(clock: ClaimDeadline) -> str:
    if clock.clock is None:
        return "no deadline"
    return f"{clock.clock} ({clock.source})" + (", stopped: due at the latest then" if clock.stopped else "")


def _page(asked: ListFilters, found: Sequence[ListedClaim], says: str, at_label: str, now: datetime) -> ListView:
    rows = tuple(found[:SIZE])
    dated = asked.within != "none"
    following = asked.address(rows[-1].at if dated else None, rows[-1].claim_id) if len(found) > SIZE else None
    first = asked.address(None, _LAST_ID).partition("&after=")[0] if asked.after else None
    return ListView(TITLES[asked.name], says, at_label, rows, first, following, now, counts_down=asked.name == "clocks")
