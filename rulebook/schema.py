"""The shape of every YAML file under policies/: unknown keys refused, dates and codes strictly typed.

May not import yaml or touch files; policy_tables.py turns these records into values of the pure core.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    Strict,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)

from adjudication.deadlines.periods import Period
from adjudication.model.reference import ComponentRole, ModifierKind
from adjudication.model.vocabulary import ClaimForm, CoordinationMethod, GroupCode, ProductLine, ReleaseEvent
from adjudication.people import Role
from adjudication.prerelease_holds.rules import Stratum


def _money(value: object) -> Decimal:
    """Accept quoted amounts only: a bare YAML number has already been through binary floating point."""
    if not isinstance(value, str):
        msg = "an amount must be written in quotes, for example '412.50'"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns only ValueError into a located message
    return Decimal(value)


def _period(value: object) -> Period:
    """Read a period of time; the one grammar for every file under policies/."""
    if isinstance(value, Period):
        return value
    if not isinstance(value, str):
        msg = "a period of time is written as a number and a unit, for example 30 days"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns only ValueError into a located message
    return Period.parse(value)


TimePeriod = Annotated[
    Period,
    PlainValidator(_period),
    WithJsonSchema(
        {"type": "string", "pattern": "^[1-9][0-9]{0,3} (hour|day|business day|month|year)s?$", "examples": ["30 days"]}
    ),
]
Text = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^\S")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
Day = Annotated[date, Strict()]
Procedure = Annotated[str, Field(pattern=r"^[0-9A-Z]\d{3}[0-9A-Z]$")]
Modifier = Annotated[str, Field(pattern=r"^[0-9A-Z]{2}$")]
Diagnosis = Annotated[str, Field(pattern=r"^[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?$")]
Outcome = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]
Pend = Annotated[str, Field(pattern=r"^P-[A-Z$]+(-[A-Z]+)?$")]
ReasonCode = Annotated[str, Field(pattern=r"^[0-9A-Z]{1,3}$")]
RemarkCode = Annotated[str, Field(pattern=r"^(M|MA|N)\d{1,3}$")]
Quarter = Annotated[str, Field(pattern=r"^\d{4}Q[1-4]$")]
Amount = Annotated[Decimal, BeforeValidator(_money), Field(ge=0, max_digits=12, decimal_places=2)]


Rate = Annotated[Decimal, BeforeValidator(_money), Field(gt=0, le=1, decimal_places=6)]
"""A share, such as '0.05'."""


class Confidence(StrEnum):
    """How sure we are of an entry; `synthetic` marks what we invented for synthetic payers."""

    CHECKED = "checked"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    SYNTHETIC = "synthetic"


class Record(BaseModel):
    """Base of all records: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cite(Record):
    """A source id of sources.yaml and the place in it."""

    source: Slug
    locator: Text


class Cited(Record):
    """An entry, or a file, that says where it comes from; an entry without either mark takes its file's."""

    citation: Cite | None = None
    confidence: Confidence | None = None


class Dates(Record):
    """Half-open: `starts` is inside, `ends` is not; no end means open."""

    starts: Day
    ends: Day | None = None


class SourceEntry(Record):
    """A document or file that entries cite; `use` is `authority`, or `bad-reference`: never to rely on."""

    title: Text
    publisher: Text
    published: Day | None
    retrieved: Day
    synthetic: StrictBool = False
    use: Annotated[str, Field(pattern=r"^(authority|bad-reference)$")] = "authority"
    note: Text | None = None


class SourcesFile(Record):
    """sources.yaml."""

    sources: dict[Slug, SourceEntry]


class ProcedureEntry(Cited):
    """One code while it is valid; the label is ours, never the licensed descriptor."""

    code: Procedure
    label: Text
    valid: Dates
    verified_until: Day | None = None
    pc_tc: Annotated[str, Field(pattern=r"^([0-9]|unknown)$")]
    modality: Slug
    region: Slug | None = None
    contrast: Annotated[str, Field(pattern=r"^(none|with|both)$")] | None = None
    role: ComponentRole | None = None
    unlisted: StrictBool = False


class ProceduresFile(Cited):
    """codes/procedures.yaml."""

    procedures: tuple[ProcedureEntry, ...]


class ModifierEntry(Cited):
    """One modifier; `forms` omitted means both claim forms."""

    code: Modifier
    label: Text
    kind: ModifierKind
    forms: tuple[ClaimForm, ...] = tuple(ClaimForm)


class ModifiersFile(Cited):
    """codes/modifiers.yaml."""

    modifiers: tuple[ModifierEntry, ...]


class DiagnosisEntry(Cited):
    """One ICD-10-CM code over a range of dates; a header is listed as not billable, with its replacements."""

    code: Diagnosis
    valid: Dates
    billable: StrictBool = True
    replaced_by: tuple[Diagnosis, ...] = ()


class DiagnosesFile(Cited):
    """codes/diagnoses.yaml."""

    diagnoses: tuple[DiagnosisEntry, ...]


class DiagnosisGroupEntry(Cited):
    """A named list of diagnosis prefixes over a range of dates."""

    name: Slug
    valid: Dates
    prefixes: Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Z]\d[0-9A-Z.]*$")], ...], Field(min_length=1)]


class DiagnosisGroupsFile(Cited):
    """codes/diagnosis_groups.yaml."""

    groups: tuple[DiagnosisGroupEntry, ...]


class ReleaseEntry(Cited):
    """One quarterly release for one claim form, and the two tables that hold it."""

    release: Quarter
    form: ClaimForm
    valid: Dates
    carried_forward: StrictBool
    pairs: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.csv$")]
    units: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.csv$")]


class ReleasesFile(Record):
    """edits/ncci/releases.yaml."""

    releases: tuple[ReleaseEntry, ...]


class DecisionLimitEntry(Record):
    """Days from receipt to decision of a clean electronic claim, and the law that sets them."""

    days: Annotated[StrictInt, Field(ge=1, le=120)]
    citation: Cite
    confidence: Confidence


class RosterEntry(Cited):
    """The payer keeps a roster of providers for the plan. `contract_of`: whose contract decides the contract status."""

    contract_of: Literal["billing-provider"]


class AuthorityEntry(Record):
    """Up to which amount in US dollars a claim is paid without a supervisor."""

    amount: Amount
    citation: Cite
    confidence: Confidence


class SampleEntry(Record):
    """Which share of each stratum quality looks at before release; `released_hours` before the law's time is over."""

    seed: Annotated[str, Field(min_length=16, max_length=100, pattern=r"^\S+$")]
    rates: Annotated[dict[Stratum, Rate], Field(min_length=1)]
    released_hours: Annotated[StrictInt, Field(ge=4, le=240)]
    citation: Cite
    confidence: Confidence


class PlanVersion(Cited):
    """What a plan says while in force. Without an authority or a sample, nothing waits before release."""

    valid: Dates
    adopts_ncci: StrictBool
    authorization_required: tuple[Procedure, ...]
    excluded_codes: tuple[Procedure, ...] = ()
    rate_schedule: Slug
    precedence: Slug
    coordination: CoordinationMethod
    decision_limit: DecisionLimitEntry
    roster: RosterEntry | None = None
    payment_authority: AuthorityEntry | None = None
    quality_sample: SampleEntry | None = None


class PlanEntry(Cited):
    """One plan: what never changes about it, and its dated versions."""

    plan_id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]+$")]
    product_line: ProductLine
    versions: Annotated[tuple[PlanVersion, ...], Field(min_length=1)]


class PlansFile(Record):
    """payers/*/plans.yaml: the plans of one payer."""

    payer: Text
    plans: Annotated[tuple[PlanEntry, ...], Field(min_length=1)]


class CoordinationEntry(Cited):
    """One way to pay after another payer, and the rule behind it."""

    method: CoordinationMethod


class CoordinationFile(Cited):
    """workflow/coordination.yaml: how several payers of one member settle a line."""

    cost_share: Annotated[tuple[ReasonCode, ...], Field(min_length=1)]
    methods: Annotated[tuple[CoordinationEntry, ...], Field(min_length=1)]


class RateVersion(Record):
    """Contract rates per unit in US dollars while in force."""

    valid: Dates
    amounts: dict[Procedure, Amount]


class RateSchedule(Cited):
    """One schedule of contract rates; several plans may use it."""

    schedule: Slug
    versions: Annotated[tuple[RateVersion, ...], Field(min_length=1)]


class RatesFile(Record):
    """payers/*/rates.yaml: the rate schedules of one payer."""

    schedules: Annotated[tuple[RateSchedule, ...], Field(min_length=1)]


class OutcomeEntry(Cited):
    """How one outcome of the core is reported: CORE scenario, group, CARC, RARCs, who may deny with it."""

    outcome: Outcome
    label: Text
    scenario: Annotated[str, Field(pattern=r"^(S1|S2|S3|S4|none)$")]
    group: GroupCode = GroupCode.CONTRACTUAL
    carc: ReasonCode | None = None
    rarcs: tuple[RemarkCode, ...] = ()
    clinical: StrictBool = False
    appealable: StrictBool
    precedence: Annotated[StrictInt, Field(ge=1, le=9999)]


class OutcomesFile(Cited):
    """workflow/outcomes.yaml."""

    outcomes: tuple[OutcomeEntry, ...]


class CombinationsFile(Record):
    """workflow/combinations.yaml."""

    citation: Cite
    confidence: Confidence
    deactivated: dict[ReasonCode, Day]
    remark_required: tuple[ReasonCode, ...]
    only_group: dict[ReasonCode, tuple[GroupCode, ...]]
    never_for_documents: tuple[ReasonCode, ...]
    never_whole_charge: tuple[ReasonCode, ...]
    clinical: tuple[ReasonCode, ...]
    alert_remarks: tuple[RemarkCode, ...]


class PendEntry(Cited):
    """Who owns a pend, how urgent it is (1 first), and what releases it."""

    code: Pend
    label: Text
    owner: Slug
    priority: Annotated[StrictInt, Field(ge=1, le=9)]
    clean: StrictBool
    due_days: Annotated[StrictInt, Field(ge=1, le=120)]
    releases_on: Annotated[tuple[ReleaseEvent, ...], Field(min_length=1)]
    may_pass: tuple[Role, ...] = ()
    may_deny: tuple[Role, ...] = ()
    may_price: tuple[Role, ...] = ()


class PendsFile(Cited):
    """workflow/pends.yaml."""

    pends: tuple[PendEntry, ...]


class SigningProfessions(Record):
    """The professions that may sign an adverse clinical decision, regardless of the signer's role."""

    citation: Cite
    confidence: Confidence
    may_sign: Annotated[tuple[Text, ...], Field(min_length=1)]


class SigningFile(Record):
    """workflow/signing.yaml: what a license needs to sign an adverse clinical decision; a plan not listed takes any state."""

    citation: Cite
    confidence: Confidence
    professions: SigningProfessions
    expertise: Annotated[tuple[Slug, ...], Field(min_length=1)]
    states: dict[str, tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...]]


class FamilyFile(Record):
    """workflow/family.yaml."""

    citation: Cite
    confidence: Confidence
    codes: tuple[Procedure, ...]
    acquisition: tuple[Procedure, ...]
    dependent: tuple[Procedure, ...]
    window_days: Annotated[StrictInt, Field(ge=0, le=365)]
    wait_days: Annotated[StrictInt, Field(ge=1, le=120)]
