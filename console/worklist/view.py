"""Turns a page of waiting claims into rows of the worklist: pure functions. The member stays masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.history import HistoryLine
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber, PlanId
from adjudication.people import Role, StaffMember
from adjudication.review.case import SIGNERS, Case
from adjudication.review.first_due import FirstDue
from adjudication.review.settlements import Resolution
from console.access.roles import roles_on
from console.ports import Console
from console.review.deciding import DecidingQuestion
from console.web.labels import label_of
from console.worklist.context import RowContext, Tally
from console.worklist.task_view import masked
from contracts.records.review_queries import WaitingClaim


@dataclass(frozen=True, slots=True)
class PendRow:
    """One pend of a claim, with its lines."""

    code: str
    label: str
    outcome: str
    lines: str
    owner: str


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """The tally of one policy version for some lines."""

    lines: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Row:
    """One claim of the worklist. `action_id`: the id of its take action, so that submitting the page twice assigns it once."""

    claim_id: str
    action_id: str
    control_number: str
    payer_claim_number: str
    member: str
    plans: tuple[str, ...]
    product_lines: tuple[str, ...]
    lines: tuple[ClaimLine, ...]
    diagnoses: tuple[str, ...]
    provider: str
    contracts: Mapping[PlanId, bool]
    service: tuple[date, date]
    billed: Decimal
    at_stake: Decimal
    pends: tuple[PendRow, ...]
    policies: tuple[PolicyRow, ...]
    documents: tuple[int, int]
    authorization: tuple[str, ...]
    siblings: int
    due: FirstDue | None
    labels: Mapping[str, str]
    questions: tuple[DecidingQuestion, ...]
    statutory: str
    clean: bool
    held_by: str | None
    held_until: datetime | None
    mine: bool
    touched_by: tuple[str, ...]
    barred: tuple[str, ...]
    license: str
    received_at: datetime
    can_take: bool


def row_of(
    console: Console, waiting: WaitingClaim, context: RowContext | None, viewer: StaffMember, now: datetime
) -> Row:
    """Return the row of one pended claim for one viewer."""
    claim, case, reference = waiting.claim, waiting.case, console.reference
    holder = None if case.assignment is None or case.assignment.over(now) else case.assignment
    held_by = None if holder is None else holder.person_id
    days = [line.service_date for line in claim.lines]
    return Row(
        claim_id=claim.claim_id,
        action_id=str(uuid4()),
        control_number=claim.control_number,
        payer_claim_number=waiting.payer_claim_number,
        member=masked(claim.member.member_id),
        plans=waiting.plans,
        product_lines=tuple(_product_lines(waiting.plans, claim, reference)),
        lines=claim.lines,
        diagnoses=claim.diagnoses,
        provider=claim.billing.npi,
        contracts=waiting.contracts,
        service=(min(days), max(days)),
        billed=sum((line.charge for line in claim.lines), Decimal(0)),
        at_stake=_at_stake(claim, case),
        pends=tuple(_pends(case, reference)),
        policies=() if context is None else _policies(context),
        documents=(sum(asked.answered_at is not None for asked in waiting.asked), len(waiting.asked)),
        authorization=() if context is None else tuple(_authorization(claim, context, reference)),
        siblings=0 if context is None else len(siblings_of(context.siblings, reference)),
        due=waiting.due,
        labels=dict(_labels(claim, reference)),
        questions=() if context is None else context.questions,
        statutory=_statutory(waiting.due, reference),
        clean=all(reference.pends[pend.code].clean for pend in case.pends if pend.code in reference.pends),
        held_by=held_by,
        held_until=None if holder is None else holder.until,
        mine=held_by == viewer.person_id,
        touched_by=tuple(sorted(case.participants)),
        barred=tuple(sorted({person for person, _, _ in case.recommended_by})),
        license=license_words(waiting, case, console),
        received_at=claim.received_at,
        can_take=held_by in (None, viewer.person_id) and bool(roles_on(waiting, viewer, console.rules)),
    )


def _labels(claim: Claim, reference: ReferenceData) -> Iterator[tuple[str, str]]:
    """Yield our own short label of each code billed."""
    for line in claim.lines:
        yield line.code, label_of(line.code, line.service_date, reference)


def _statutory(due: FirstDue | None, reference: ReferenceData) -> str:
    """Return the label of the first legal deadline; empty if none runs."""
    if due is None or due.statutory_at is None:
        return ""
    return next(
        (rule.label for rule in reference.deadlines.rules if rule.rule_id == due.statutory_rule), due.statutory_rule
    )


def _product_lines(plans: Iterable[PlanId], claim: Claim, reference: ReferenceData) -> Iterator[str]:
    received = claim.received_at
    found = (reference.plan(plan_id, reference.deadlines.legal_day(plan_id, received)) for plan_id in plans)
    yield from dict.fromkeys(plan.product_line.value for plan in found if plan is not None)


def _at_stake(claim: Claim, case: Case) -> Decimal:
    """Return the charges of the pended lines; a pend of the whole claim counts every line."""
    waiting = {pend.line for pend in case.pends}
    return sum((line.charge for line in claim.lines if None in waiting or line.number in waiting), Decimal(0))


def _pends(case: Case, reference: ReferenceData) -> Iterator[PendRow]:
    """Yield the pends of a claim, most urgent first, each once with its lines."""
    ranked = sorted(case.pends, key=lambda pend: (pend.priority, pend.due_at, pend.code))
    for code, outcome, owner in dict.fromkeys((pend.code, pend.outcome, pend.owner) for pend in ranked):
        lines = [pend.line for pend in case.pends if (pend.code, pend.outcome) == (code, outcome)]
        rule, outcome_rule = reference.pends.get(code), reference.outcomes.get(outcome)
        yield PendRow(
            code=code,
            label=code if rule is None else rule.label,
            outcome=outcome if outcome_rule is None else outcome_rule.label,
            lines=lines_in_words(lines),
            owner=owner,
        )


def lines_in_words(lines: Iterable[LineNumber | None]) -> str:
    """Return line numbers as text: `lines 1-3, 5`, or `whole claim`."""
    numbers = sorted({line for line in lines if line is not None})
    if not numbers:
        return "whole claim"
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    ranges = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
    return f"{'line' if len(numbers) == 1 else 'lines'} {ranges}"


def _policies(context: RowContext) -> tuple[PolicyRow, ...]:
    """Show each policy once, with the lines for which its tally is equal."""
    alike: dict[Tally, list[LineNumber]] = {}
    for line, tallies in context.tallies.items():
        for tally in tallies:
            alike.setdefault(tally, []).append(line)
    return tuple(PolicyRow(lines_in_words(lines), tally) for tally, lines in alike.items())


def _authorization(claim: Claim, context: RowContext, reference: ReferenceData) -> Iterator[str]:
    numbers = {claim.authorization_number, *(line.authorization_number for line in claim.lines)}
    yield from sorted(number for number in numbers if number)
    for outcome in context.authorization:
        rule = reference.outcomes.get(outcome)
        yield outcome if rule is None else rule.label


def siblings_of(lines: Iterable[HistoryLine], reference: ReferenceData) -> tuple[HistoryLine, ...]:
    """Return the lines of other claims that belong to the same kind of study."""
    return tuple(line for line in lines if line.code in reference.family.codes)


def license_words(waiting: WaitingClaim, case: Case, console: Console) -> str:
    """Return the license that a denial of the pended lines would need; empty when none does."""
    denying: set[Role] = set()
    for pend in case.pends:
        denying |= console.rules.roles_for(pend.code, Resolution.DENIES)
    if not denying & SIGNERS:
        return ""
    states = console.reference.signing.needed(waiting.plans).states
    return f"{' or '.join(sorted(states))} license" if states else "license of any state"
