"""Plans and contract rates of one payer: the schema of plans.yaml and rates.yaml, and its checks.

It decides no coverage; it only refuses contradictory tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field, StrictBool, StrictInt

from adjudication.model.authorization_exceptions import AuthorizationExceptions, Circumstance, Treatment
from adjudication.model.authorizations import RetrospectiveTerms
from adjudication.model.components import Component
from adjudication.model.findings import Citation
from adjudication.model.prices import InpatientWindow, MultipleImaging, ReductionHandling
from adjudication.model.reference import Plan, Rate
from adjudication.model.vocabulary import CoordinationMethod, DateRange, EditProgram, PlanId, ProductLine
from adjudication.prerelease_holds.rules import PaymentAuthority, QualitySample, Stratum
from contracts.scalars import RevenueCode, ascii_text
from rulebook.checks import Citations, by_name, date_range
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Amount, Cite, Cited, Confidence, Dates, Procedure, Record, Slug, Text
from rulebook.schema import Rate as Share

BillKind = Annotated[str, ascii_text(r"^[1-9][1-9]$")]
"""The first two positions of a type of bill: the facility and the kind of care (NUBC form locator 4)."""


class DecisionLimitEntry(Record):
    """Days from receipt to decision of a clean electronic claim, and the law that sets them."""

    days: Annotated[StrictInt, Field(ge=1, le=120)]
    citation: Cite
    confidence: Confidence


class RosterEntry(Cited):
    """The payer keeps a roster of providers for the plan. `contract_of`: the provider whose contract decides the contract status."""

    contract_of: Literal["billing-provider"]


class ContractedEntry(Cited):
    """The claims of this plan reach us from providers with a contract only."""

    every_biller: Literal[True]


class AuthorityEntry(Record):
    """The highest amount in US dollars that a claim is paid without a supervisor."""

    amount: Amount
    citation: Cite
    confidence: Confidence


class SharesEntry(Dates):
    """The share of each stratum that quality checks, by the day of service."""

    shares: Annotated[dict[Stratum, Share], Field(min_length=1)]


class SampleEntry(Record):
    """The quality sample by the day of service. At `released_hours` before the legal deadline, unchecked claims are released. `rates` follow each other."""

    seed: Annotated[str, Field(min_length=16, max_length=100, pattern=r"^\S+$")]
    rates: Annotated[tuple[SharesEntry, ...], Field(min_length=1)]
    released_hours: Annotated[StrictInt, Field(ge=4, le=240)]
    citation: Cite
    confidence: Confidence


class MultipleImagingEntry(Record):
    """The handling of a line to which a reduction for several imaging studies of one session could apply."""

    handling: ReductionHandling
    citation: Cite
    confidence: Confidence


class InpatientWindowEntry(Record):
    """The handling of a hospital's services within `days` before an admission, which the stay may pay for."""

    days: Annotated[StrictInt, Field(ge=1, le=30)]
    handling: ReductionHandling
    citation: Cite
    confidence: Confidence


class RetrospectiveEntry(Record):
    """The plan takes requests for an authorization after the service, until this many days after it."""

    days: Annotated[StrictInt, Field(ge=1, le=730)]
    citation: Cite
    confidence: Confidence


class ReadyLinesEntry(Record):
    """Lines without a question are determined and paid while other lines of their claim wait."""

    determined_first: Literal[True]
    citation: Cite
    confidence: Confidence


class PlanVersion(Cited):
    """The terms of a plan while in force. Without `authority` no amount is held before release; a sample is required.

    `edit_program`: the program of the NCCI edits that the plan adopts. `facility_schedule` prices the institutional claims of the types in `facility_bills`.
    A person prices other institutional claims, all of them without a schedule, and the cases of `multiple_imaging` and `inpatient_window` if these are left out.
    `authorization_exceptions`: the handling of a missing required authorization per circumstance; the law governs
    emergencies, and a person handles circumstances that are not listed. `retrospective_authorization`: without it, the plan takes no
    request for an authorization after the service.
    """

    valid: Dates
    adopts_ncci: StrictBool
    edit_program: EditProgram | None = None
    authorization_required: tuple[Procedure, ...]
    authorization_exceptions: dict[Circumstance, Treatment] = Field(default_factory=dict)
    retrospective_authorization: RetrospectiveEntry | None = None
    excluded_codes: tuple[Procedure, ...] = ()
    packaged_revenue: tuple[RevenueCode, ...] = ()
    rate_schedule: Slug
    facility_schedule: Slug | None = None
    facility_bills: tuple[BillKind, ...] = ()
    inpatient_window: InpatientWindowEntry | None = None
    multiple_imaging: MultipleImagingEntry | None = None
    precedence: Slug
    coordination: CoordinationMethod
    decision_limit: DecisionLimitEntry
    roster: RosterEntry | None = None
    contracted_billers: ContractedEntry | None = None
    payment_authority: AuthorityEntry | None = None
    quality_sample: SampleEntry | None = None
    ready_lines: ReadyLinesEntry | None = None


class PlanEntry(Cited):
    """One plan: its fixed properties, and its dated versions."""

    plan_id: Annotated[str, ascii_text(r"^[A-Z][A-Z0-9-]+$")]
    product_line: ProductLine
    versions: Annotated[tuple[PlanVersion, ...], Field(min_length=1)]


class PlansFile(Record):
    """payers/*/plans.yaml: the plans of one payer."""

    payer: Text
    plans: Annotated[tuple[PlanEntry, ...], Field(min_length=1)]


_PARTS: Final[Mapping[Component, str]] = {
    Component.GLOBAL: "amounts",
    Component.TECHNICAL: "technical",
    Component.PROFESSIONAL: "professional",
}


class RateVersion(Record):
    """Contract rates per unit in US dollars while in force, by the part of a service that they pay.

    `amounts` pays the whole (global) service, `technical` and `professional` its parts. A part without a rate is priced
    by a person: no part is computed from another.
    """

    valid: Dates
    amounts: dict[Procedure, Amount] = Field(default_factory=dict)
    technical: dict[Procedure, Amount] = Field(default_factory=dict)
    professional: dict[Procedure, Amount] = Field(default_factory=dict)


class RateSchedule(Cited):
    """One schedule of contract rates; several plans may use it."""

    schedule: Slug
    versions: Annotated[tuple[RateVersion, ...], Field(min_length=1)]


class RatesFile(Record):
    """payers/*/rates.yaml: the rate schedules of one payer."""

    schedules: Annotated[tuple[RateSchedule, ...], Field(min_length=1)]


def plans(
    label: str, file: PlansFile, citations: Citations, exceptions: Mapping[ProductLine, AuthorizationExceptions]
) -> dict[PlanId, tuple[Plan, ...]]:
    """Build the versions of every plan of one payer. `exceptions` is the law of each product line."""
    found: dict[PlanId, tuple[Plan, ...]] = {}
    for index, entry in enumerate(file.plans):
        where = place(label, key=f"plans[{index}]")
        if PlanId(entry.plan_id) in found:
            raise PolicyDataError(where, f"the plan {entry.plan_id} is listed twice", "keep one of the two")
        rows: list[Plan] = []
        for n, version in enumerate(entry.versions):
            place_of = f"{where}.versions[{n}] {entry.plan_id}"
            plan = replace(
                _plan_version(place_of, file.payer, entry, version, citations),
                exceptions=_exceptions(f"{where}.versions[{n}]", version, exceptions[entry.product_line]),
            )
            samples = _samples(place_of, version, citations)
            rows += [replace(plan, dates=dates, sample=sample) for dates, sample in samples]
        found[PlanId(entry.plan_id)] = by_name(label, rows, lambda r: r.plan_id, lambda r: r.dates)[entry.plan_id]
    return found


def _edit_program(where: str, version: PlanVersion) -> EditProgram:
    """Return the program whose edits apply; any program if the plan uses no edits."""
    if version.adopts_ncci is (version.edit_program is None):
        raise PolicyDataError(
            where,
            "adopts_ncci and edit_program do not agree",
            "name the program (medicare or medicaid) of a plan that adopts NCCI, and of no other",
        )
    return version.edit_program or EditProgram.MEDICARE


def _plan_version(where: str, payer: str, entry: PlanEntry, version: PlanVersion, citations: Citations) -> Plan:
    limit = version.decision_limit
    citations.resolve(f"{where}.decision_limit", limit.citation, limit.confidence)
    return Plan(
        plan_id=PlanId(entry.plan_id),
        payer=payer,
        product_line=entry.product_line,
        dates=date_range(where, version.valid),
        adopts_ncci=version.adopts_ncci,
        edit_program=_edit_program(where, version),
        authorization_required=frozenset(version.authorization_required),
        excluded_codes=frozenset(version.excluded_codes),
        rate_schedule=version.rate_schedule,
        facility_schedule=version.facility_schedule,
        facility_bills=_facility_bills(where, version),
        inpatient_window=_inpatient_window(where, version.inpatient_window, citations),
        contracted_billers=_contracted(where, version, entry, citations),
        multiple_imaging=_multiple_imaging(where, version.multiple_imaging, citations),
        precedence=version.precedence,
        decision_days=limit.days,
        coordination=version.coordination,
        citation=citations.of(where, version, entry),
        roster=None if version.roster is None else citations.of(f"{where}.roster", version.roster, entry),
        authority=_authority(where, version.payment_authority, citations),
        packaged_revenue=frozenset(version.packaged_revenue),
        retrospective=_retrospective(where, version.retrospective_authorization, citations),
        lines_when_ready=_ready_lines(where, version.ready_lines, citations),
    )


def _contracted(where: str, version: PlanVersion, entry: PlanEntry, citations: Citations) -> Citation | None:
    if version.contracted_billers is None:
        return None
    if version.roster is not None:
        raise PolicyDataError(where, "has a roster and says that every biller has a contract", "keep one of the two")
    return citations.of(f"{where}.contracted_billers", version.contracted_billers, entry)


def _ready_lines(where: str, entry: ReadyLinesEntry | None, citations: Citations) -> Citation | None:
    return None if entry is None else citations.resolve(f"{where}.ready_lines", entry.citation, entry.confidence)


def _multiple_imaging(where: str, entry: MultipleImagingEntry | None, citations: Citations) -> MultipleImaging | None:
    if entry is None:
        return None
    cited = citations.resolve(f"{where}.multiple_imaging", entry.citation, entry.confidence)
    return MultipleImaging(entry.handling, cited)


def _facility_bills(where: str, version: PlanVersion) -> frozenset[str]:
    if (version.facility_schedule is None) != (not version.facility_bills):
        remedy = "name the types of bill that the schedule prices, such as 13 and 85, with a schedule and only then"
        raise PolicyDataError(where, "facility_schedule and facility_bills do not agree", remedy)
    return frozenset(version.facility_bills)


def _inpatient_window(where: str, entry: InpatientWindowEntry | None, citations: Citations) -> InpatientWindow | None:
    if entry is None:
        return None
    cited = citations.resolve(f"{where}.inpatient_window", entry.citation, entry.confidence)
    return InpatientWindow(entry.days, entry.handling, cited)


def _exceptions(where: str, version: PlanVersion, law: AuthorizationExceptions) -> AuthorizationExceptions:
    if Circumstance.EMERGENCY in version.authorization_exceptions:
        remedy = "remove it here; law/authorization_exceptions.yaml holds the law by product line"
        raise PolicyDataError(f"{where}.authorization_exceptions", "the law governs emergencies, not the plan", remedy)
    return replace(law, treatments=dict(version.authorization_exceptions))


def _retrospective(where: str, entry: RetrospectiveEntry | None, citations: Citations) -> RetrospectiveTerms | None:
    if entry is None:
        return None
    where = f"{where}.retrospective_authorization"
    return RetrospectiveTerms(entry.days, citations.resolve(where, entry.citation, entry.confidence))


def _authority(where: str, entry: AuthorityEntry | None, citations: Citations) -> PaymentAuthority | None:
    if entry is None:
        return None
    where = f"{where}.payment_authority"
    if entry.amount <= Decimal(0):
        remedy = "give the amount up to which claims are paid without a supervisor, or leave the authority out"
        raise PolicyDataError(where, "the amount is not above zero", remedy)
    return PaymentAuthority(entry.amount, citations.resolve(where, entry.citation, entry.confidence))


def _samples(where: str, version: PlanVersion, citations: Citations) -> list[tuple[DateRange, QualitySample]]:
    """Build the samples of a version, each with its days of service.

    A sample is required for every plan, because facts of a claim, and of a document without an author, are accepted.
    """
    entry, whole = version.quality_sample, date_range(where, version.valid)
    periods = [] if entry is None else [date_range(f"{where}.quality_sample", each) for each in entry.rates]
    if entry is None or any(not each.shares.get(Stratum.ANONYMOUS) for each in entry.rates):
        raise PolicyDataError(
            where,
            "no decision that rests on documents without an author is checked",
            f"give quality_sample a rate above zero for {Stratum.ANONYMOUS}",
        )
    if whole.ends is None and not entry.rates[-1].shares.get(Stratum.APPROVED):
        raise PolicyDataError(
            where,
            "no share of what the claim itself states about care is looked at",
            f"give the last rates of quality_sample a share above zero for {Stratum.APPROVED}",
        )
    days = [whole.starts, *(period.ends for period in periods)]
    if [period.starts for period in periods] != days[:-1] or days[-1] != whole.ends:
        remedy = "begin with the first day of the version, each with the day on which the one before ends, and end as it does"
        raise PolicyDataError(f"{where}.quality_sample.rates", "the periods do not follow each other", remedy)
    cited = citations.resolve(f"{where}.quality_sample", entry.citation, entry.confidence)
    samples = (QualitySample(entry.seed, dict(each.shares), entry.released_hours, cited) for each in entry.rates)
    return list(zip(periods, samples, strict=True))


def rates(label: str, file: RatesFile, citations: Citations) -> dict[tuple[str, str], tuple[Rate, ...]]:
    """Build the schedules of one payer."""
    found: dict[tuple[str, str], tuple[Rate, ...]] = {}
    for entry in file.schedules:
        if any(schedule == entry.schedule for schedule, _ in found):
            raise PolicyDataError(place(label), f"the schedule {entry.schedule} is listed twice", "keep one of the two")
        found.update(_schedule(label, entry, citations))
    return found


def _schedule(label: str, entry: RateSchedule, citations: Citations) -> dict[tuple[str, str], tuple[Rate, ...]]:
    """Build one schedule; a rate of zero would pay nothing silently and is refused."""
    citations.of(place(label, key=entry.schedule), entry)
    found: dict[tuple[str, str], tuple[Rate, ...]] = {}
    for component, key in _PARTS.items():
        rows = []
        for index, version in enumerate(entry.versions):
            where = place(label, key=f"{entry.schedule}.versions[{index}]")
            dates = date_range(where, version.valid)
            for code, amount in getattr(version, key).items():
                if amount <= Decimal(0):
                    raise PolicyDataError(
                        f"{where}.{key}.{code}",
                        "the rate is not above zero",
                        "leave the code out, so that it pends for manual pricing",
                    )
                rows.append(Rate(entry.schedule, code, amount, dates, component))
        for code, versions in by_name(label, rows, lambda r: r.code, lambda r: r.dates).items():
            found[entry.schedule, code] = (*found.get((entry.schedule, code), ()), *versions)
    return found
