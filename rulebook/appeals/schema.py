"""The shape of the YAML files of appeals: one path per file under policies/law/appeals/, and the codes of its results.

It reads no files; rulebook/appeals/rules.py turns these records into values of the pure core.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from adjudication.appeals.rules import (
    Appellant,
    CountedFrom,
    EffectuationFrom,
    FiledWhen,
    Forum,
    Judgment,
    LateDecisionEffect,
    Matter,
    Proof,
    Subject,
    Urgency,
)
from adjudication.model.vocabulary import GroupCode, PlanId, ProductLine
from rulebook.bound_plans import BindsEntry
from rulebook.schema import Cited, Dates, ReasonCode, RemarkCode, Slug, Text, TimePeriod


class WindowEntry(Cited):
    """The time in which a level may be requested; `appellants` omitted: the window of every appellant."""

    within: TimePeriod
    counted_from: CountedFrom
    filed_when: FiledWhen
    presumed_receipt_days: Annotated[StrictInt, Field(ge=0, le=30)] = 0
    good_cause: StrictBool = False
    rolls: StrictBool = False
    appellants: tuple[Appellant, ...] = ()


class DecisionEntry(Cited):
    """The time that the plan has, and the one extension it may take.

    `extension_notice`: the period in which its notice is sent; left out: before the original period ends.
    """

    subject: Subject
    urgency: Urgency
    within: TimePeriod
    extension: TimePeriod | None = None
    extension_notice: TimePeriod | None = None


class DeciderEntry(Cited):
    """The requirements for the decider of a level of the plan."""

    not_involved: StrictBool
    not_subordinate: StrictBool
    judgement: Judgment


class AcknowledgementEntry(Cited):
    """The time within which the plan acknowledges the appeal to the appellant."""

    within: TimePeriod


class ForwardEntry(Cited):
    """Automatic forwarding of an adverse part."""

    to: Slug
    expedited_within: TimePeriod | None = None


class EffectuationEntry(Cited):
    """The time that the plan has to carry out a reversal."""

    subject: Subject
    urgency: Urgency = Urgency.STANDARD
    within: TimePeriod
    counted_from: EffectuationFrom


class ContinuationEntry(Cited):
    """Benefits that continue while a service is under appeal."""

    ask_within: TimePeriod


class DismissalEntry(Cited):
    """The remedies of an appellant after a dismissal."""

    vacate_within: TimePeriod
    review_within: TimePeriod
    review_by: Slug


class LevelEntry(Cited):
    """One level; an omitted key means that the level does not have it."""

    level: Slug
    forum: Forum
    clinical_only: StrictBool = False
    windows: tuple[WindowEntry, ...] = ()
    decisions: tuple[DecisionEntry, ...] = ()
    decider: DeciderEntry | None = None
    acknowledge: AcknowledgementEntry | None = None
    missed: LateDecisionEffect | None = None
    forward: ForwardEntry | None = None
    next: tuple[Slug, ...] = ()
    effectuation: tuple[EffectuationEntry, ...] = ()
    continuation: ContinuationEntry | None = None
    dismissal: DismissalEntry | None = None


class StandingEntry(Cited):
    """One kind of appellant and what they must prove."""

    appellant: Appellant
    proofs: tuple[Proof, ...] = ()
    waits_for_proof: StrictBool = False
    proof_within: TimePeriod | None = None


class PathFile(Cited):
    """law/appeals/*.yaml: the levels one law or contract opens, to whom, and for which denials.

    `binds`: the plans of some product lines in some states, for the law of a state. A path that `builds_on` another has its appellants and levels, before its own levels; `also_next` adds levels that
    may follow one of them, and `effectuation` replaces the times of one of them for the same subject and urgency. Levels for
    clinical denials only are left out of a path for other denials.
    """

    path: Slug
    title: Text
    product_lines: tuple[ProductLine, ...] = ()
    plans: tuple[PlanId, ...] = ()
    binds: BindsEntry | None = None
    matters: Annotated[tuple[Matter, ...], Field(min_length=1)]
    valid: Dates
    builds_on: Slug | None = None
    also_next: dict[Slug, tuple[Slug, ...]] = Field(default_factory=dict)
    effectuation: dict[Slug, tuple[EffectuationEntry, ...]] = Field(default_factory=dict)
    standing: tuple[StandingEntry, ...] = ()
    levels: tuple[LevelEntry, ...] = ()


class AppealCodeEntry(Cited):
    """The codes of a result on a remittance; `group` omitted: as the original adjustment."""

    carc: ReasonCode
    rarcs: tuple[RemarkCode, ...] = ()
    group: GroupCode | None = None


class DefaultPlanEntry(Cited):
    """The plan whose rules govern an appeal if no plan of the member is known."""

    plan: PlanId


class AppealCodesFile(Cited):
    """workflow/appeal_results.yaml."""

    default_plan: DefaultPlanEntry | None = None

    maintained: AppealCodeEntry
    maintained_outside: AppealCodeEntry
    reversal_remarks: dict[Appellant, RemarkCode]
