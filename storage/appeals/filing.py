"""A filing with the known facts about its claim: the input of adjudication/appeals/filing.py, and the stored part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from adjudication.appeals.filing import Filing, FilingOutcome, FilingResult, assess
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.follow_on_filings import EarlierAppeal
from adjudication.appeals.rules import Matter
from adjudication.appeals.superseding import Before
from adjudication.deadlines.calendar import NO_CALENDAR
from adjudication.model.determination import Disposition
from adjudication.model.findings import Finding
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber
from adjudication.steps.roster import contract_status
from contracts.events.appeals import AppealFiledV1
from contracts.ids import payer_claim_number
from contracts.records.decision_json import plan_named
from storage.appeals.event_history import Opening

UNDECIDED: Final = "undecided"
"""The state of an appeal of a claim without a determination, as after a restore that lost a denial's signature."""


@dataclass(frozen=True, slots=True)
class Known:
    """The known facts about the claim of a filing. `notice_on` None: it has no determination, so nothing may be appealed.

    `superseded_by`: our number for the claim that replaced or voided it. `existing_appeals`: its appeals that a path opened.
    `roster`: the biller's present roster entries for the dates of service. `nameless`: the claim was decided, and no
    line names a plan.
    """

    notice_on: date | None
    appealable: frozenset[LineNumber]
    clinical: frozenset[LineNumber]
    plans: Mapping[LineNumber, Plan]
    under_appeal: frozenset[LineNumber]
    superseded_by: str | None = None
    existing_appeals: tuple[EarlierAppeal, ...] = ()
    roster: tuple[Finding, ...] = ()
    nameless: bool = False

    @classmethod
    def of(cls, before: Before | None, under_appeal: frozenset[LineNumber], reference: ReferenceData) -> Known:
        """Read the facts from the newest determination."""
        if before is None:
            return cls(None, frozenset(), frozenset(), {}, under_appeal)
        denied = [line for line in before.lines if line.disposition is Disposition.DENIED]
        governing = next(
            (before.plans[line.line] for line in (*denied, *before.lines) if line.line in before.plans), None
        )
        calendar = None if governing is None else reference.deadlines.calendar_of(governing.plan_id, before.decided_at)
        return cls(
            notice_on=(calendar or NO_CALENDAR).day_of(before.decided_at),
            appealable=frozenset(line.line for line in denied if reference.outcomes[line.reason].appealable),
            clinical=frozenset(line.line for line in denied if line.clinical),
            plans=before.plans,
            under_appeal=under_appeal,
            superseded_by=None if before.superseded_by is None else payer_claim_number(before.superseded_by),
            nameless=all(plan_named(line.findings) is None for line in before.lines),
        )

    def matter(self, lines: frozenset[LineNumber]) -> Matter:
        """Return the ground of the denial of lines: one clinical line makes the appeal a clinical one."""
        return Matter.CLINICAL if lines & self.clinical else Matter.ADMINISTRATIVE


def held_under(known: Known, reference: ReferenceData) -> str:
    """Return what an appeal without a path waits for: other policy data than these, or UNDECIDED, which is retried every round."""
    return UNDECIDED if known.notice_on is None else reference.content_hash


def lines_asked(filed: AppealFiledV1, known: Known) -> frozenset[LineNumber]:
    """Return the lines a filing names; none named means every line that may be appealed."""
    return frozenset(LineNumber(line) for line in filed.lines) or known.appealable


def answer_of(filed: AppealFiledV1, known: Known, reference: ReferenceData) -> FilingResult:
    """Return the result of a filing; without a plan no law can be found, and a person decides."""
    lines = lines_asked(filed, known)
    plan = _plan(lines, known) or _default(filed, known, reference)
    if plan is None:
        words = "No plan is known that governs these lines, so no rule of appeals can be found; a person decides."
        return FilingResult(FilingOutcome.NO_RULE, words)
    filing = Filing(
        appellant=filed.appellant,
        product_line=plan.product_line,
        plan_id=plan.plan_id,
        matter=known.matter(lines),
        subject=filed.subject,
        dates=dates_of(filed, known),
        lines=lines,
        appealable=known.appealable,
        under_appeal=known.under_appeal,
        proofs=frozenset(proof.proof for proof in filed.proofs),
        expedited=filed.expedited,
        physician_requested_expedited=filed.physician_asked,
        good_cause=filed.good_cause is not None,
        superseded_by=known.superseded_by,
        level=filed.level,
        existing_appeals=known.existing_appeals,
        contracted=contract_status(each for each in known.roster if each.line in lines).get(plan.plan_id),
    )
    calendar = reference.deadlines.calendar_of(plan.plan_id, filed.received_at)
    if calendar is None:
        words = (
            f"No state, time zone and calendar are loaded for the plan {plan.plan_id} on the day of receipt, so no "
            f"deadline of an appeal can be counted; a person decides."
        )
        return FilingResult(FilingOutcome.NO_RULE, words)
    return assess(filing, reference.appeals, calendar)


def dates_of(filed: AppealFiledV1, known: Known) -> FilingDates:
    """Return the dates of the notice and of the receipt of the appeal."""
    return FilingDates(filed.received_at, filed.postmarked_on, known.notice_on, filed.notice_received_on)


def opening_of(filed: AppealFiledV1, known: Known, answer: FilingResult, reference: ReferenceData) -> Opening:
    """Return the stored part of the answer: the appeal is always folded from it."""
    lines = answer.lines or lines_asked(filed, known)
    plans = sorted({plan.plan_id for line, plan in known.plans.items() if line in lines})
    if not plans and (plan := _plan(lines, known) or _default(filed, known, reference)) is not None:
        plans = [plan.plan_id]
    calendar = reference.deadlines.calendar_of(plans[0], filed.received_at) if plans else None
    return Opening(
        on=known.notice_on or (calendar or NO_CALENDAR).day_of(filed.received_at),
        disposal=answer.outcome,
        words=answer.words,
        plans=tuple(plans),
        ground=answer.ground,
        missing=answer.missing,
        late=answer.window is not None and answer.window.timely is False,
        urgency=answer.urgency,
        urgency_open=answer.urgency_open,
    )


def _default(filed: AppealFiledV1, known: Known, reference: ReferenceData) -> Plan | None:
    """Return the payer's default plan for a member who was never found, so that every denial can be appealed.

    If a named plan is not loaded, another plan's law may not be applied; a person decides.
    """
    default = reference.appeals.default_plan if known.nameless else None
    return None if default is None else reference.plan(default, known.notice_on or filed.received_at.date())


def _plan(lines: frozenset[LineNumber], known: Known) -> Plan | None:
    governing = [plan for line, plan in sorted(known.plans.items()) if line in lines]
    return governing[0] if governing else next(iter(known.plans.values()), None)
