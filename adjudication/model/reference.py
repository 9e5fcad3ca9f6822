"""Reference data the rules read: dated, cited tables from policies/, as frozen values without I/O.

rulebook/library.py loads them. Every table answers by date; a date without a table is a gap, which pends and has no default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from adjudication.appeals.rules import AppealRules
from adjudication.corrections.rules import ChainRules
from adjudication.deadlines.rule_book import NO_DEADLINE_RULES, DeadlineRules
from adjudication.model.authorization_exceptions import AuthorizationExceptions
from adjudication.model.authorizations import RetrospectiveTerms
from adjudication.model.claim import Cause
from adjudication.model.components import Component
from adjudication.model.edit_tables import DiagnosisEdition, EditRelease
from adjudication.model.fact_dictionary import FactDictionary
from adjudication.model.filing import FilingRules
from adjudication.model.findings import Citation
from adjudication.model.liability import LiabilityRule
from adjudication.model.modifier_kinds import BillerStatement, Service
from adjudication.model.prices import InpatientWindow, ModifierPrice, MultipleImaging
from adjudication.model.readings import (
    DiagnosisAges,
    DiagnosisSexes,
    OrderRules,
    ReaderTypes,
    ReadingRules,
    TaxonomyRules,
)
from adjudication.model.scope import ImagingRevenue, OutsideCodes
from adjudication.model.vocabulary import (
    ClaimForm,
    CoordinationMethod,
    DateRange,
    EditProgram,
    GroupCode,
    HoldsBack,
    OutcomeCode,
    PendCode,
    PlanId,
    ProductLine,
    ReleaseEvent,
)
from adjudication.people import Role, SigningRules
from adjudication.policy.catalog import PolicyCatalog
from adjudication.prerelease_holds.rules import PaymentAuthority, QualitySample
from adjudication.readjudication.rules import NO_REOPENING_RULES, ReopeningRules

_APPROVAL_BINDS: Final = Citation("42-cfr-422-138", "(c): an approved authorization binds")


class ComponentRole(StrEnum):
    """The component that a code of the spine MRS family pays for; the split is by code, not by modifier (PC/TC indicator 0)."""

    ACQUISITION = "acquisition"
    TRANSMISSION = "transmission"
    ANALYSIS = "analysis"
    INTERPRETATION = "interpretation"


class ModifierKind(StrEnum):
    """Why a modifier exists, which decides where it may be billed."""

    COMPONENT = "component"  # 26, TC
    SURGICAL = "surgical"  # 54, 55, 56, 62, 80-82, AS
    ANAESTHESIA = "anaesthesia"  # 47
    ANAESTHESIA_OF_SCAN = "anaesthesia-of-scan"  # 23
    PAIR_BYPASS = "pair-bypass"  # 59, XE, XP, XS, XU, ...
    STATEMENT = "statement"  # GA, GX, GY, GZ: what the biller says of payment
    INFORMATIONAL = "informational"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ProcedureCode:
    """A procedure code while it is valid. `verified_until`: the first date that the loaded file does not cover."""

    code: str
    label: str
    valid: DateRange
    verified_until: date | None
    pc_tc: str
    modality: str
    region: str | None
    role: ComponentRole | None
    unlisted: bool
    citation: Citation
    contrast: str | None = None
    fractions: bool = False
    """True if its units may be fractional; a study is counted in whole units."""
    service: Service = Service.IMAGING
    reduced_with_others: bool = False
    """True if Medicare reduces its payment after another imaging study of the same session (multiple procedure indicator 4)."""


@dataclass(frozen=True, slots=True)
class ModifierRule:
    """A modifier and its kind. `forms` lists the claim forms on which it may be billed.

    Kinds of service: `opens`: on these it bypasses an NCCI pair; `only_on`: it is allowed on these only (empty: all); `asked_on`: on
    these the line pends for a coder. `states`: the biller's statement about payment. `never_with`: modifiers that contradict it on one line.
    """

    code: str
    kind: ModifierKind
    forms: frozenset[ClaimForm]
    citation: Citation
    opens: frozenset[Service] = frozenset()
    only_on: frozenset[Service] = frozenset()
    states: BillerStatement | None = None
    never_with: frozenset[str] = frozenset()
    asked_on: frozenset[Service] = frozenset()


@dataclass(frozen=True, slots=True)
class DiagnosisCode:
    """An ICD-10-CM code while it is valid, with what replaced it; headers are never billable. DiagnosisEdition has every other code."""

    code: str
    valid: DateRange
    billable: bool
    replaced_by: tuple[str, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class DiagnosisGroup:
    """A named, dated list of diagnosis prefixes, for example `discogenic-pain` or `cord-disease`."""

    name: str
    dates: DateRange
    prefixes: tuple[str, ...]
    citation: Citation
    _by_length: tuple[tuple[int, frozenset[str]], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the prefixes by length: every line of every claim is looked up, and some groups have hundreds."""
        lengths = sorted({len(prefix) for prefix in self.prefixes})
        sets = tuple((n, frozenset(prefix for prefix in self.prefixes if len(prefix) == n)) for n in lengths)
        object.__setattr__(self, "_by_length", sets)

    def matches(self, diagnosis: str) -> bool:
        """Return whether a diagnosis belongs to the group."""
        for length, prefixes in self._by_length:  # noqa: SIM110 - a loop is quicker than a generator here, on the hot path
            if diagnosis[:length] in prefixes:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan of a payer while in force: what decides the law, the policy, the edits and the rates of a line.

    `authority` and `sample` define the holds before release; None: no hold.
    """

    plan_id: PlanId
    payer: str
    product_line: ProductLine
    dates: DateRange
    adopts_ncci: bool
    authorization_required: frozenset[str]
    excluded_codes: frozenset[str]
    rate_schedule: str
    precedence: str
    decision_days: int
    coordination: CoordinationMethod
    citation: Citation
    edit_program: EditProgram = EditProgram.MEDICARE
    roster: Citation | None = None
    """The source of the contract status, if the payer keeps a roster of providers for this plan; None: no roster."""
    authority: PaymentAuthority | None = None
    sample: QualitySample | None = None
    packaged_revenue: frozenset[str] = frozenset()
    """Revenue codes that, without a procedure code, are paid with the other services of their day."""
    exceptions: AuthorizationExceptions = field(default_factory=AuthorizationExceptions)
    retrospective: RetrospectiveTerms | None = None
    """The time in which an authorization may be requested after the service; None: the plan takes no such request."""
    facility_schedule: str | None = None
    """The rates of institutional claims; None: a person prices them, and never the schedule of physicians."""
    facility_bills: frozenset[str] = frozenset()
    """The types of bill (first two positions) that `facility_schedule` prices; a person prices any other."""
    inpatient_window: InpatientWindow | None = None
    """The handling of services before an inpatient stay; None: not stated, so a person prices them."""
    contracted_billers: Citation | None = None
    """The source of the statement that every biller of this plan has a contract; None: the roster shows it, or it is unknown."""
    multiple_imaging: MultipleImaging | None = None
    """The handling of several studies of one session; None: not stated, so a person prices the later studies."""
    lines_when_ready: Citation | None = None
    """The law by which clean lines are paid before the others are decided; None: a claim is decided as a whole."""

    def schedule(self, form: ClaimForm) -> str | None:
        """Return the schedule that prices a claim form; None where none does."""
        return self.rate_schedule if form is ClaimForm.PROFESSIONAL else self.facility_schedule

    @property
    def binding(self) -> Citation:
        """The source of the rule that an approved authorization binds this plan: Medicare Advantage law, else the plan's terms."""
        return _APPROVAL_BINDS if self.product_line.is_medicare else self.citation


@dataclass(frozen=True, slots=True)
class Rate:
    """Contract rate per unit in US dollars of one part of a service, while in force."""

    schedule: str
    code: str
    amount: Decimal
    dates: DateRange
    component: Component = Component.GLOBAL


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """The remittance codes of one outcome, and whether only a clinician may deny with it.

    `precedence` orders outcomes on a line: the lowest number is the primary reason, the others are kept as "would also fail".
    `included`: the service is part of another one, whatever another payer decided about it.
    """

    outcome: OutcomeCode
    label: str
    scenario: str
    group: GroupCode
    carc: str | None
    rarcs: tuple[str, ...]
    clinical: bool
    appealable: bool
    precedence: int
    citation: Citation
    included: bool = False


@dataclass(frozen=True, slots=True)
class PendRule:
    """The rule of one pend code: its owner, its urgency, the lines it holds back, and the events that release it."""

    code: PendCode
    label: str
    owner: str
    priority: int
    clean: bool
    due_days: int
    releases_on: tuple[ReleaseEvent, ...]
    citation: Citation
    may_pass: frozenset[Role] = frozenset()
    may_deny: frozenset[Role] = frozenset()
    may_price: frozenset[Role] = frozenset()
    holds_back: HoldsBack = HoldsBack.CLAIM


@dataclass(frozen=True, slots=True)
class CombinationRules:
    """The gate of reason-code combinations: those that a remittance may never carry."""

    deactivated: Mapping[str, date]
    remark_required: frozenset[str]
    only_group: Mapping[str, frozenset[GroupCode]]
    never_for_documents: frozenset[str]
    never_whole_charge: frozenset[str]
    alert_remarks: frozenset[str]
    citation: Citation


@dataclass(frozen=True, slots=True)
class CoordinationRules:
    """The rules for a line that several payers share. `cost_share`: the reason codes under PR that leave the allowed amount whole
    (deductible, coinsurance, copayment). `rules_not_followed`: those by which a payer denies because its own rules were not followed. The
    others name an accident, employment or another payer: codes of institutional claims, of lines, and kinds of payers (837 SBR09).
    """

    cost_share: frozenset[str]
    rules_not_followed: frozenset[str]
    methods: Mapping[CoordinationMethod, Citation]
    order: Citation
    occurrences: Mapping[str, Cause] = field(default_factory=dict)
    conditions: Mapping[str, Cause] = field(default_factory=dict)
    values: Mapping[str, Cause] = field(default_factory=dict)
    modifiers: Mapping[str, Cause] = field(default_factory=dict)
    diagnoses: Mapping[str, Cause] = field(default_factory=dict)
    kinds: Mapping[str, Cause] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FamilyRules:
    """The rules that relate the four components of one spine MRS study across claims and billers."""

    codes: frozenset[str]
    acquisition: frozenset[str]
    dependent: frozenset[str]
    window_days: int
    wait_days: int
    citation: Citation
    least_discs: int
    discs_cited: Citation


@dataclass(frozen=True, slots=True)
class ReferenceData:
    """Everything the rules read, pinned by the content hash that each determination records."""

    content_hash: str
    procedures: Mapping[str, tuple[ProcedureCode, ...]]
    modifiers: Mapping[str, ModifierRule]
    edit_releases: tuple[EditRelease, ...]
    diagnoses: Mapping[str, tuple[DiagnosisCode, ...]]
    diagnosis_editions: tuple[DiagnosisEdition, ...]
    diagnosis_groups: Mapping[str, tuple[DiagnosisGroup, ...]]
    plans: Mapping[PlanId, tuple[Plan, ...]]
    rates: Mapping[tuple[str, str], tuple[Rate, ...]]
    outcomes: Mapping[OutcomeCode, OutcomeRule]
    pends: Mapping[PendCode, PendRule]
    combinations: CombinationRules
    family: FamilyRules
    reading: ReadingRules
    reader_types: ReaderTypes
    orders: OrderRules
    taxonomies: TaxonomyRules
    diagnosis_ages: tuple[DiagnosisAges, ...]
    diagnosis_sexes: tuple[DiagnosisSexes, ...]
    catalog: PolicyCatalog
    appeals: AppealRules
    signing: SigningRules
    documents: frozenset[str]
    facts: FactDictionary
    chain: ChainRules
    coordination: CoordinationRules
    filing: FilingRules
    deadlines: DeadlineRules = NO_DEADLINE_RULES
    modifier_prices: Mapping[str, tuple[ModifierPrice, ...]] = field(default_factory=dict)
    liability: tuple[LiabilityRule, ...] = ()
    outside: tuple[OutsideCodes, ...] = ()
    imaging_revenue: tuple[ImagingRevenue, ...] = ()
    office_documents: frozenset[str] = frozenset()
    reopening: ReopeningRules = NO_REOPENING_RULES

    def procedure(self, code: str, day: date) -> ProcedureCode | None:
        """Return the procedure code valid on a day, or None."""
        return next((version for version in self.procedures.get(code, ()) if day in version.valid), None)

    def outside_scope(self, code: str, day: date) -> OutsideCodes | None:
        """Return the out-of-scope range that contains a code; None if there is none, or the code is in our tables."""
        if code in self.procedures:
            return None
        return next((each for each in self.outside if day in each.dates and each.holds(code)), None)

    def edit_release(
        self, form: ClaimForm, day: date, program: EditProgram = EditProgram.MEDICARE
    ) -> EditRelease | None:
        """Return the edit tables of a program that govern a date of service, or None where none is loaded."""
        for release in self.edit_releases:
            if release.form is form and release.program is program and day in release.dates:
                return release
        return None

    def plan(self, plan_id: PlanId, day: date) -> Plan | None:
        """Return the plan version in force on a day, or None."""
        for version in self.plans.get(plan_id, ()):
            if day in version.dates:
                return version
        return None

    def rate(self, schedule: str, code: str, day: date, component: Component = Component.GLOBAL) -> Rate | None:
        """Return the contract rate of one part of a service in force on a day, or None."""
        for rate in self.rates.get((schedule, code), ()):
            if rate.component is component and day in rate.dates:
                return rate
        return None

    def modifier_price(
        self, modifier: str, form: ClaimForm, component: Component, schedule: str, day: date
    ) -> ModifierPrice | None:
        """Return the effect of a modifier on a schedule's rate of a part on a day: an entry for the schedule takes precedence over a general one."""
        fitting = [
            price
            for price in self.modifier_prices.get(modifier, ())
            if form in price.forms
            and component in price.components
            and day in price.dates
            and (not price.schedules or schedule in price.schedules)
        ]
        return max(fitting, key=lambda price: bool(price.schedules), default=None)

    def pends_released_by(self, *events: ReleaseEvent) -> frozenset[PendCode]:
        """Return the pends that any of these events releases."""
        return frozenset(code for code, rule in self.pends.items() if not set(events).isdisjoint(rule.releases_on))

    def in_group(self, name: str, diagnosis: str, day: date) -> bool:
        """Return whether a diagnosis belongs to a named group on a day."""
        for group in self.diagnosis_groups.get(name, ()):  # noqa: SIM110 - as above
            if day in group.dates and group.matches(diagnosis):
                return True
        return False
