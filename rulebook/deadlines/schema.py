"""The shape of the files under policies/law/: unknown keys refused, lengths, events and dates strictly typed.

It reads no files; rules.py turns these records into values of the pure core.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from adjudication.deadlines.events import EventKind
from adjudication.deadlines.rules import AtExpiry, DeadlineKind
from adjudication.model.vocabulary import ProductLine
from contracts.scalars import State, ascii_text
from rulebook.schema import Amount, Cited, Dates, Day, Record, Slug, Text, TimePeriod

Plan = Annotated[str, ascii_text(r"^[A-Z][A-Z0-9-]+$")]
Year = Annotated[int, Field(ge=2000, le=2100, strict=True)]


class ScopeEntry(Record):
    """The claims that a deadline applies to; a key left out does not matter."""

    products: Annotated[tuple[ProductLine, ...], Field(min_length=1)] | None = None
    states: Annotated[tuple[State, ...], Field(min_length=1)] | None = None
    plans: Annotated[tuple[Plan, ...], Field(min_length=1)] | None = None
    clean: StrictBool | None = None
    contracted: StrictBool | None = None
    electronic: StrictBool | None = None
    prior_authorization: StrictBool | None = None


class TollingEntry(Cited):
    """The event that stops a deadline and the one that resumes it, with the law that names the event.

    `at_most` is required, because no deadline may stop forever.
    """

    stops_on: EventKind
    resumes_on: EventKind
    at_most: TimePeriod
    times: Annotated[StrictInt, Field(ge=1, le=9)] = 1
    restarts: StrictBool = False
    needs_extension: StrictBool = False


class ExtensionEntry(Record):
    """One extension, by a notice before the deadline runs out (and within `notice_within`, if given)."""

    period: TimePeriod
    notice_within: TimePeriod | None = None


class WarningEntry(Record):
    """The time before the deadline, in hours, at which a role (or the case's `owner`) is notified."""

    before: TimePeriod
    notify: Slug


class DeadlineVersionEntry(Cited):
    """The length of the deadline while in force, and the events that stop or extend it."""

    valid: Dates
    period: TimePeriod
    tolling: TollingEntry | None = None
    extension: ExtensionEntry | None = None


class DeadlineEntry(Cited):
    """One deadline of one scope; its versions follow each other without a gap."""

    deadline: Slug
    kind: DeadlineKind
    label: Text
    applies_to: ScopeEntry
    starts_on: Annotated[tuple[EventKind, ...], Field(min_length=1)]
    ends_on: Annotated[tuple[EventKind, ...], Field(min_length=1)]
    at_expiry: AtExpiry
    interest: Slug | None = None
    warnings: tuple[WarningEntry, ...] | None = None
    escalates_to: Slug | None = None
    time_zone: Text | None = None
    calendar: Slug | None = None
    business_end: StrictBool = False
    versions: Annotated[tuple[DeadlineVersionEntry, ...], Field(min_length=1)]


class DeadlinesFile(Cited):
    """law/deadlines/*.yaml: the deadline rules of one body of law; warnings and escalation hold for every entry without its own."""

    warnings: tuple[WarningEntry, ...] = ()
    escalates_to: Slug
    deadlines: Annotated[tuple[DeadlineEntry, ...], Field(min_length=1)]


class HolidayEntry(Record):
    """One holiday. `open: true` marks a public holiday on which business days still count."""

    day: Day
    name: Text
    open: StrictBool = False


class HolidaysFile(Cited):
    """law/holidays/*.yaml: one calendar; a year not listed here is a gap."""

    calendar: Slug
    years: Annotated[dict[Year, tuple[HolidayEntry, ...]], Field(min_length=1)]


class JurisdictionEntry(Cited):
    """The state law that governs a plan, and its time zone and calendar; `state: null` means no state's insurance law."""

    plan: Plan
    valid: Dates
    state: State | None
    time_zone: Text
    calendar: Slug


class JurisdictionsFile(Cited):
    """payers/*/jurisdiction.yaml: the plans of one payer."""

    plans: Annotated[tuple[JurisdictionEntry, ...], Field(min_length=1)]


class InterestRateEntry(Cited):
    """A published yearly rate in percent."""

    valid: Dates
    percent: Annotated[str, ascii_text(r"^[0-9]{1,2}(\.[0-9]{1,4})?$")]


class AfterAppealEntry(Cited):
    """Money won by an appeal bears interest from the day it was first due; left out where it is unknown."""


class InterestFile(Cited):
    """law/interest/*.yaml: one way of computing interest on late payments."""

    interest: Slug
    floor_percent: Annotated[str, ascii_text(r"^[0-9]{1,2}(\.[0-9]{1,4})?$")] | None = None
    published: Text | None = None
    days_in_year: Annotated[StrictInt, Field(ge=360, le=366)]
    least: Amount
    rates: tuple[InterestRateEntry, ...] = ()
    after_appeal: AfterAppealEntry | None = None
