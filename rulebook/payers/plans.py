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
from rulebook.schema import AuthorityEntry, CoordinationFile, FamilyFile, PlanFile, PlanVersion, RateFile, SampleEntry


def plan(label: str, file: PlanFile, citations: Citations) -> tuple[PlanId, tuple[Plan, ...]]:
    """Build the versions of one plan."""
    rows = [_plan_version(label, index, file, citations) for index in range(len(file.versions))]
    return PlanId(file.plan_id), by_name(label, rows, lambda r: r.plan_id, lambda r: r.dates)[file.plan_id]


def _plan_version(label: str, index: int, file: PlanFile, citations: Citations) -> Plan:
    version: PlanVersion = file.versions[index]
    where = place(label, key=f"versions[{index}] {file.plan_id}")
    citations.resolve(f"{where}.clock", version.clock.citation, version.clock.confidence)
    return Plan(
        plan_id=PlanId(file.plan_id),
        payer=file.payer,
        product_line=file.product_line,
        dates=date_range(where, version.valid),
        adopts_ncci=version.adopts_ncci,
        authorization_required=frozenset(version.authorization_required),
        excluded_codes=frozenset(version.excluded_codes),
        rate_schedule=version.rate_schedule,
        precedence=version.precedence,
        decision_days=version.clock.days,
        coordination=version.coordination,
        citation=citations.of(where, version, file),
        roster=None if version.roster is None else citations.of(f"{where}.roster", version.roster, file),
        authority=_authority(where, version.payment_authority, citations),
        sample=_sample(where, version.quality_sample, citations),
    )


def _authority(where: str, entry: AuthorityEntry | None, citations: Citations) -> PaymentAuthority | None:
    if entry is None:
        return None
    where = f"{where}.payment_authority"
    if entry.amount <= Decimal(0):
        remedy = "say up to which amount nobody is asked, or leave the authority out, so that nobody is asked at all"
        raise PolicyDataError(where, "the amount is not above zero", remedy)
    return PaymentAuthority(entry.amount, citations.resolve(where, entry.citation, entry.confidence))


def _sample(where: str, entry: SampleEntry | None, citations: Citations) -> QualitySample | None:
    if entry is None:
        return None
    cited = citations.resolve(f"{where}.quality_sample", entry.citation, entry.confidence)
    return QualitySample(entry.seed, dict(entry.rates), entry.released_hours, cited)


def rates(label: str, file: RateFile, citations: Citations) -> dict[tuple[str, str], tuple[Rate, ...]]:
    """Build one schedule; a rate of zero would pay nothing silently and is refused."""
    citations.of(place(label), file)
    rows = []
    for index, version in enumerate(file.versions):
        where = place(label, key=f"versions[{index}]")
        dates = date_range(where, version.valid)
        for code, amount in version.amounts.items():
            if amount <= Decimal(0):
                raise PolicyDataError(
                    f"{where}.amounts.{code}",
                    "the rate is not above zero",
                    "leave the code out, so that it pends for manual pricing",
                )
            rows.append(Rate(file.schedule, code, amount, dates))
    grouped = by_name(label, rows, lambda r: r.code, lambda r: r.dates)
    return {(file.schedule, code): versions for code, versions in grouped.items()}


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
