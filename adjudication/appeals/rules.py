"""The law of appeals as values: paths by product line, their levels, filing windows, decision periods and deciders.

Loaded from policies/law/appeals/ by rulebook/appeals/rules.py. It knows no single case. If no path is loaded for an appeal, a person
handles it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from adjudication.deadlines.periods import Period
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange, GroupCode, PlanId, ProductLine


class Appellant(StrEnum):
    """The party that appeals."""

    MEMBER = "member"
    REPRESENTATIVE = "representative"
    CONTRACT_PROVIDER = "contract-provider"
    NON_CONTRACT_PROVIDER = "non-contract-provider"


class Proof(StrEnum):
    """A document that some appellants must send before their appeal is accepted."""

    REPRESENTATION = "representation"
    MEMBER_CONSENT = "member-consent"
    WAIVER_OF_LIABILITY = "waiver-of-liability"


class Matter(StrEnum):
    """The kind of the denial: a clinical judgment, or anything else."""

    CLINICAL = "clinical"
    ADMINISTRATIVE = "administrative"


class Subject(StrEnum):
    """The request of the appeal: payment for a service already given, or the service itself."""

    PAYMENT = "payment"
    SERVICE = "service"


class Urgency(StrEnum):
    """The speed that the law requires of the decision."""

    STANDARD = "standard"
    EXPEDITED = "expedited"


class CountedFrom(StrEnum):
    """The day a filing window counts from."""

    NOTICE = "notice"
    RECEIPT = "receipt"


class FiledWhen(StrEnum):
    """The day that counts as the day of filing."""

    RECEIVED = "received"
    POSTMARKED = "postmarked"


class Forum(StrEnum):
    """The decider of a level. Only the plan's own levels are decided here; decisions of other forums are recorded."""

    PLAN = "plan"
    INDEPENDENT_REVIEW = "independent-review-entity"
    EXTERNAL_REVIEW = "external-reviewer"
    STATE = "state"
    LAW_JUDGE = "administrative-law-judge"
    COUNCIL = "appeals-council"
    COURT = "court"


class LateDecisionEffect(StrEnum):
    """The legal effect of a decision that is not made in time."""

    FORWARD = "affirmed-and-forwarded"
    EXHAUSTED = "deemed-exhausted"
    OVERTURNED = "deemed-overturned"
    ESCALATE = "escalated"


class Judgment(StrEnum):
    """The clinical judgment an appeal needs, beyond independence."""

    ANY = "any"
    CONSULT = "consult-clinician"
    CLINICIAN = "clinician"
    PHYSICIAN = "physician"
    CLINICAL_PEER = "clinical-peer"


class EffectuationFrom(StrEnum):
    """The event from which the time to carry out a reversal is counted."""

    REQUEST = "request"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class FilingWindow:
    """The time in which a level may be requested.

    `presumed_receipt_days`: the notice counts as received that many days after its date, unless there is evidence.
    `rolls`: a last day on a weekend or holiday moves to the next business day; without it, it does not.
    `appellants` empty: the window of every appellant.
    """

    period: Period
    counted_from: CountedFrom
    filed_when: FiledWhen
    citation: Citation
    presumed_receipt_days: int = 0
    good_cause: bool = False
    rolls: bool = False
    appellants: frozenset[Appellant] = frozenset()


@dataclass(frozen=True, slots=True)
class DecisionPeriod:
    """The time in which the plan must decide. `extension`: the one extension that it may take with notice.

    `extension_notice`: the time in which the notice of the extension must be sent; None: before the extended period ends.
    """

    subject: Subject
    urgency: Urgency
    period: Period
    citation: Citation
    extension: Period | None = None
    extension_notice: Period | None = None


@dataclass(frozen=True, slots=True)
class DeciderRule:
    """The requirements for the decider of a level of the plan."""

    not_involved: bool
    not_subordinate: bool
    judgment: Judgment
    citation: Citation


@dataclass(frozen=True, slots=True)
class ForwardRule:
    """Automatic forwarding of an adverse decision to the level `to`.

    An expedited appeal is forwarded within `expedited_within`. Without it, and for standard appeals, the deadline of the
    decision is also the deadline of the forwarding.
    """

    to: str
    citation: Citation
    expedited_within: Period | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The time within which the plan acknowledges the appeal to the appellant."""

    period: Period
    citation: Citation


@dataclass(frozen=True, slots=True)
class Effectuation:
    """The time that the plan has to carry out an overturned denial."""

    subject: Subject
    urgency: Urgency
    period: Period
    counted_from: EffectuationFrom
    citation: Citation


@dataclass(frozen=True, slots=True)
class Continuation:
    """Benefits continue during the appeal if requested in time (services only, never payment)."""

    ask_within: Period
    citation: Citation


@dataclass(frozen=True, slots=True)
class DismissalRule:
    """The remedies of an appellant after a dismissal."""

    vacate_within: Period
    review_within: Period
    review_by: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class AppealLevel:
    """One level of a path. Levels of other forums have no decider rule and no decision period.

    `clinical_only`: open only if the denial rested on a clinical judgment.
    """

    name: str
    forum: Forum
    windows: tuple[FilingWindow, ...]
    decisions: tuple[DecisionPeriod, ...]
    decider: DeciderRule | None
    acknowledge: Acknowledgement | None
    late_decision: LateDecisionEffect | None
    forward: ForwardRule | None
    next: tuple[str, ...]
    effectuation: tuple[Effectuation, ...]
    continuation: Continuation | None
    dismissal: DismissalRule | None
    citation: Citation
    clinical_only: bool = False

    def window(self, appellant: Appellant) -> FilingWindow | None:
        """Return the filing window of an appellant: the one for this kind of appellant, else the general one."""
        own = next((w for w in self.windows if appellant in w.appellants), None)
        return own or next((w for w in self.windows if not w.appellants), None)

    def decision(self, subject: Subject, urgency: Urgency) -> DecisionPeriod | None:
        """Return the period for a decision, or None if the law has no such appeal."""
        return next((d for d in self.decisions if (d.subject, d.urgency) == (subject, urgency)), None)

    def effectuation_rule(self, subject: Subject, urgency: Urgency) -> Effectuation | None:
        """Return the period for carrying out a reversal: the expedited one if the appeal is expedited and the rule has one."""
        found = {e.urgency: e for e in self.effectuation if e.subject is subject}
        return found.get(urgency) or found.get(Urgency.STANDARD)


@dataclass(frozen=True, slots=True)
class Standing:
    """The right of one kind of appellant to use a path. `waits_for_proof`: the time to decide starts with the last proof."""

    appellant: Appellant
    proofs: frozenset[Proof]
    waits_for_proof: bool
    proof_within: Period | None
    citation: Citation


@dataclass(frozen=True, slots=True)
class AppealPath:
    """The levels, in order, that one law or contract opens to some appellants of some product lines or plans.

    `builds_on`: the path whose levels it adds to.
    """

    name: str
    title: str
    product_lines: frozenset[ProductLine]
    plans: frozenset[PlanId]
    matters: frozenset[Matter]
    standing: tuple[Standing, ...]
    levels: tuple[AppealLevel, ...]
    dates: DateRange
    citation: Citation
    builds_on: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """Its name, and that of the path it builds on."""
        return frozenset({self.name} if self.builds_on is None else {self.name, self.builds_on})

    def standing_of(self, appellant: Appellant) -> Standing | None:
        """Return the standing of an appellant, or None."""
        return next((s for s in self.standing if s.appellant is appellant), None)

    def level(self, name: str) -> AppealLevel:
        """Return a level by name; the loader checked that every name in the data exists."""
        return next(level for level in self.levels if level.name == name)


@dataclass(frozen=True, slots=True)
class ResultCodes:
    """The codes of an appeal's result on a remittance. `group` None: the group of the original adjustment."""

    carc: str
    rarcs: tuple[str, ...]
    citation: Citation
    group: GroupCode | None = None


@dataclass(frozen=True, slots=True)
class AppealRules:
    """Every path, the codes of results, and the remark on a reversal by kind of appellant.

    `default_plan`: its paths apply if no plan of the member is known.
    """

    paths: tuple[AppealPath, ...]
    maintained: ResultCodes
    maintained_outside: ResultCodes
    reversal_remarks: Mapping[Appellant, str]
    default_plan: PlanId | None = None

    def paths_of(self, product_line: ProductLine, plan_id: PlanId, matter: Matter, on: date) -> tuple[AppealPath, ...]:
        """Return the paths open to any appellant of such a denial; paths that name the plan come first."""
        ever = self.paths_ever(product_line, plan_id, matter)
        return tuple(path for path in ever if on in path.dates)

    def paths_ever(self, product_line: ProductLine, plan_id: PlanId, matter: Matter) -> tuple[AppealPath, ...]:
        """Return the paths for such a denial on any day: if there were some, but there are none today, a rule is missing."""
        of_matter = [path for path in self.paths if matter in path.matters]
        named = [path for path in of_matter if plan_id in path.plans]
        return (*named, *(p for p in of_matter if product_line in p.product_lines and p not in named))
