"""Late payments: the missed deadlines, the late amount of each, and its interest.

The day of payment is not known here. Interest is computed through the legal day of the determination, with the amount
per further day, from which the payment system continues. Unknown interest is reported as unknown, never as zero, and
delays no payment. A claim that is not paid more than before gets no interest and loses none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from adjudication.deadlines.compute import compute
from adjudication.deadlines.interest import (
    Interest,
    InterestRule,
    LateInterest,
    NoInterestRate,
    Standing,
    interest_owed,
)
from adjudication.deadlines.rule_book import Governing, NoDeadline, NoDeadlineReason, Owing
from adjudication.deadlines.rules import CLAIM_KINDS, DeadlineRule, Situation
from adjudication.model.determination import Determination
from adjudication.model.pends import COORDINATION_PEND, DOCUMENT_PEND
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber, PlanId
from adjudication.review.claim_deadlines import CaseTimes, Wait, deadline_events

_BY_DOCUMENTS: Final = frozenset({DOCUMENT_PEND, COORDINATION_PEND})
_WEAKEST_FIRST: Final = ("low", "medium", "high")
_UNSURE: Final = "low"
_UNSURE_WORDS: Final = (
    "our reading of the law, or the rate, is of low confidence; have it checked before it is relied on"
)
_SEVERAL_PLANS: Final = (
    "lines of several plans take the place of an earlier payment; how much of the new money falls under this plan's law "
    "is not known"
)


@dataclass(frozen=True, slots=True)
class AdditionalPayment:
    """The amount that a determination pays beyond the earlier one, under one plan; `amount` None if it cannot be attributed to one plan."""

    plan: Plan
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Payment:
    """The events of the claim until its first decision, the amount paid now, and whether an appeal won it."""

    times: CaseTimes
    decided_at: datetime
    more: tuple[AdditionalPayment, ...]
    appealed: bool = False


def may_be_late(received_at: datetime, decision: Determination, reference: ReferenceData) -> bool:
    """Return whether any payment deadline may have passed; a quick check that is false for nearly every claim."""
    soonest = reference.deadlines.soonest_interest
    return soonest is not None and decision.decided_at >= received_at + soonest and decision.paid > 0


def paid_more(
    decision: Determination, plans: Mapping[LineNumber, Plan], stood: Mapping[LineNumber, Decimal], replaced: Decimal
) -> tuple[AdditionalPayment, ...]:
    """Return the additional money of each plan. `stood`: paid by the version before, by line; `replaced`: paid on
    the claims that this one reverses, whose lines may differ.
    """
    sums: dict[PlanId, Decimal] = {}
    for line in decision.lines:
        if line.line in plans:
            plan_id = plans[line.line].plan_id
            sums[plan_id] = sums.get(plan_id, Decimal(0)) + line.paid - stood.get(line.line, Decimal(0))
    by_id = {plan.plan_id: plan for plan in plans.values()}
    paying = {plan_id: amount for plan_id, amount in sums.items() if amount > 0}
    if sum(paying.values()) <= replaced:
        return ()
    if len(paying) > 1 and replaced > 0:
        return tuple(AdditionalPayment(by_id[plan_id], None) for plan_id in paying)
    return tuple(AdditionalPayment(by_id[plan_id], amount - replaced) for plan_id, amount in paying.items())


def late_interest(payment: Payment, reference: ReferenceData) -> tuple[LateInterest, ...]:
    """Return the interest for every deadline that passed before the payment; empty if none did."""
    return tuple(found for more in payment.more for found in _of_plan(more, payment, reference))


def became_clean(times: CaseTimes, reference: ReferenceData) -> datetime:
    """Return when the claim became clean: the receipt of the last item outside the payer's control, not its review.

    A pend code that is no longer loaded counts as within the payer's control, so that the interest is not too low.
    """
    unclean = (wait for wait in times.waits if (rule := reference.pends.get(wait.code)) is not None and not rule.clean)
    return max((times.received_at, *(_over(wait, times) for wait in unclean)))


def _over(wait: Wait, times: CaseTimes) -> datetime:
    until = wait.until or times.decided_at or wait.since
    came = [at for at in times.answered if wait.since <= at <= until] if wait.code in _BY_DOCUMENTS else []
    return max(came, default=until)


def _of_plan(more: AdditionalPayment, payment: Payment, reference: ReferenceData) -> Iterator[LateInterest]:
    times, plan = payment.times, more.plan
    contracted = times.contracts.get(plan.plan_id)
    situation = Situation(
        plan.plan_id, plan.product_line, times.received_at, clean=True, contracted=contracted, electronic=True
    )
    for kind in CLAIM_KINDS:
        owing = reference.deadlines.owing(kind, situation)
        if isinstance(owing, NoDeadline):
            yield _no_deadline(owing, more, payment)
            return  # Without a jurisdiction no kind has a deadline: report it once.
        for governing in owing.rules:
            late = _of_rule(governing, owing, more, payment, reference)
            if late is not None:
                yield late


def _of_rule(
    governing: Governing, owing: Owing, more: AdditionalPayment, payment: Payment, reference: ReferenceData
) -> LateInterest | None:
    """Compute the deadline up to the first decision, which met it, and count interest from its due day."""
    rule, calendar = governing.rule, governing.calendar
    decided = replace(
        payment.times, notice=None
    )  # Interest counts from the due day, regardless of when letters were mailed.
    events = tuple(deadline_events(decided, became_clean(payment.times, reference)))
    deadline = compute(rule, events, calendar, payment.decided_at)
    if isinstance(deadline, NoDeadline):
        return _no_deadline(deadline, more, payment)
    through = calendar.day_of(payment.decided_at)
    if deadline.due_on is None or through <= deadline.due_on or rule.interest is None:
        return None
    interest_rule = reference.deadlines.interest[rule.interest]
    found = _interest_on(interest_rule, more, deadline.due_on, through, appealed=payment.appealed)
    interest = found if isinstance(found, Interest) else None
    confidence = _weakest(rule.confidence, interest_rule, interest, appealed=payment.appealed)
    why = (*_not_known(rule, owing), *((found.words,) if isinstance(found, NoInterestRate) else ()))
    sure = Standing.OWED if owing.certain else Standing.MAY_BE_OWED
    return LateInterest(
        standing=Standing.NOT_COMPUTED if interest is None else sure,
        clock=rule.rule_id,
        on=more.amount,
        due_on=deadline.due_on,
        through=through,
        arithmetic=(*deadline.arithmetic, *(interest.arithmetic if interest is not None else ())),
        why=(*why, _UNSURE_WORDS) if confidence == _UNSURE else why,
        citation=interest_rule.citation,
        confidence=confidence,
        rule=interest_rule,
        interest=interest,
    )


def _interest_on(
    rule: InterestRule, more: AdditionalPayment, due_on: date, through: date, *, appealed: bool
) -> Interest | NoInterestRate:
    if appealed and rule.after_appeal is None:
        return NoInterestRate(
            f"the loaded rule {rule.name} does not say from which day money won by an appeal bears interest; add "
            f"after_appeal to it under law/interest/ once that is known"
        )
    if more.amount is None:
        return NoInterestRate(_SEVERAL_PLANS)
    return interest_owed(rule, more.amount, due_on, through)


def _not_known(rule: DeadlineRule, owing: Owing) -> Iterator[str]:
    if not owing.certain:
        names = ", ".join(flag.replace("_", " ") for flag in owing.unknown)
        yield f"not known of the claim: {names}; interest is owed only where its deadline is {rule.rule_id} ({rule.label})"


def _weakest(deadline: str, rule: InterestRule, interest: Interest | None, *, appealed: bool) -> str:
    appeal = rule.after_appeal.confidence if appealed and rule.after_appeal is not None else ""
    said = (deadline, rule.confidence, appeal, "" if interest is None else interest.confidence)
    return next((word for word in _WEAKEST_FIRST if word in said), rule.confidence)


def _no_deadline(deadline: NoDeadline, more: AdditionalPayment, payment: Payment) -> LateInterest:
    """Report that it is unknown whether interest is owed, as of the UTC day: the plan's zone may be unknown as well."""
    name = (
        f"{deadline.kind}: {deadline.reason}"
        if deadline.reason is NoDeadlineReason.NO_JURISDICTION
        else f"{deadline.kind}"
    )
    through = payment.decided_at.date()
    return LateInterest(Standing.NOT_COMPUTED, name, more.amount, None, through, (), (deadline.words,))
