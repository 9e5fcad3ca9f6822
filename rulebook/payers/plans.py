"""What payers choose: plans, contract rates and the family window.

May not decide coverage; it only refuses tables that contradict themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from adjudication.model.findings import Citation
from adjudication.model.reference import CoordinationRules, FamilyRules, Plan, Rate
from adjudication.model.vocabulary import CoordinationMethod, PlanId
from adjudication.prerelease_holds.rules import PaymentAuthority, QualitySample
from rulebook.checks import Citations, by_name, date_range
from rulebook.errors import PolicyDataError, place
from rulebook.schema import (
    AuthorityEntry,
    CoordinationFile,
    FamilyFile,
    PlanEntry,
    PlansFile,
    PlanVersion,
    RateSchedule,
    RatesFile,
    SampleEntry,
)


def plans(label: str, file: PlansFile, citations: Citations) -> dict[PlanId, tuple[Plan, ...]]:
    """Build the versions of every plan of one payer."""
    found: dict[PlanId, tuple[Plan, ...]] = {}
    for index, entry in enumerate(file.plans):
        where = place(label, key=f"plans[{index}]")
        if PlanId(entry.plan_id) in found:
            raise PolicyDataError(where, f"the plan {entry.plan_id} is listed twice", "keep one of the two")
        rows = [
            _plan_version(f"{where}.versions[{n}] {entry.plan_id}", file.payer, entry, version, citations)
            for n, version in enumerate(entry.versions)
        ]
        found[PlanId(entry.plan_id)] = by_name(label, rows, lambda r: r.plan_id, lambda r: r.dates)[entry.plan_id]
    return found


def _plan_version(where: str, payer: str, entry: PlanEntry, version: PlanVersion, citations: Citations) -> Plan:
    limit = version.decision_limit
    citations.resolve(f"{where}.decision_limit", limit.citation, limit.confidence)
    return Plan(
        plan_id=PlanId(entry.plan_id),
        payer=payer,
        product_line=entry.product_line,
        dates=date_range(where, version.valid),
        adopts_ncci=version.adopts_ncci,
        authorization_required=frozenset(version.authorization_required),
        excluded_codes=frozenset(version.excluded_codes),
        rate_schedule=version.rate_schedule,
        precedence=version.precedence,
        decision_days=limit.days,
        coordination=version.coordination,
        citation=citations.of(where, version, entry),
        roster=None if version.roster is None else citations.of(f"{where}.roster", version.roster, entry),
        authority=_authority(where, version.payment_authority, citations),
        sample=_sample(where, version.quality_sample, citations),
    )


def _authority(where: str, entry: AuthorityEntry | None, citations: Citations) -> PaymentAuthority | None:
    if entry is None:
        return None
    where = f"{where}.payment_authority"
    if entry.amount <= Decimal(0):
        remedy = "give the amount up to which claims are paid without a supervisor, or leave the authority out"
        raise PolicyDataError(where, "the amount is not above zero", remedy)
    return PaymentAuthority(entry.amount, citations.resolve(where, entry.citation, entry.confidence))


def _sample(where: str, entry: SampleEntry | None, citations: Citations) -> QualitySample | None:
    if entry is None:
        return None
    cited = citations.resolve(f"{where}.quality_sample", entry.citation, entry.confidence)
    return QualitySample(entry.seed, dict(entry.rates), entry.released_hours, cited)


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
    rows = []
    for index, version in enumerate(entry.versions):
        where = place(label, key=f"{entry.schedule}.versions[{index}]")
        dates = date_range(where, version.valid)
        for code, amount in version.amounts.items():
            if amount <= Decimal(0):
                raise PolicyDataError(
                    f"{where}.amounts.{code}",
                    "the rate is not above zero",
                    "leave the code out, so that it pends for manual pricing",
                )
            rows.append(Rate(entry.schedule, code, amount, dates))
    grouped = by_name(label, rows, lambda r: r.code, lambda r: r.dates)
    return {(entry.schedule, code): versions for code, versions in grouped.items()}


def coordination(label: str, file: CoordinationFile, citations: Citations) -> CoordinationRules:
    """Build the rules of several payers; every method a plan may name has its citation, once."""
    methods: dict[CoordinationMethod, Citation] = {}
    for index, entry in enumerate(file.methods):
        where = place(label, key=f"methods[{index}] {entry.method}")
        if entry.method in methods:
            raise PolicyDataError(where, "the method is listed twice", "keep one of the two entries")
        methods[entry.method] = citations.of(where, entry, file)
    missing = sorted(set(CoordinationMethod) - methods.keys())
    if missing:
        raise PolicyDataError(place(label), f"the method {missing[0]} is not listed", "add it with its citation")
    return CoordinationRules(frozenset(file.cost_share), methods, citations.of(place(label), file))


def family(label: str, file: FamilyFile, citations: Citations) -> FamilyRules:
    """Build the family rules; acquisition and dependent codes must make up the family exactly."""
    codes, acquisition, dependent = (
        frozenset(file.codes),
        frozenset(file.acquisition),
        frozenset(file.dependent),
    )
    if acquisition & dependent or acquisition | dependent != codes:
        raise PolicyDataError(
            place(label),
            "acquisition and dependent do not divide codes between them",
            "put each family code into exactly one of the two",
        )
    citation = citations.resolve(place(label), file.citation, file.confidence)
    return FamilyRules(codes, acquisition, dependent, file.window_days, file.wait_days, citation)


def refuse_unknown(where: str, what: str, used: Iterable[str], known: Iterable[str], remedy: str) -> None:
    """Refuse a reference from one table to something no other table holds."""
    missing = sorted(set(used) - set(known))
    if missing:
        raise PolicyDataError(where, f"{what} {missing[0]} is not loaded", remedy)
