"""The limits that the rules set to a proposal: whether it is in time, how many people approve it, and what may be automatic.

Paying more with certainty may be automatic where the rule names the reason. Taking money back, or making a member liable
for more, always needs two people, one of them with authority to recover; it is never automatic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from adjudication.deadlines.calendar import LegalCalendar
from adjudication.deadlines.periods import last_day
from adjudication.model.findings import Citation
from adjudication.model.reference import Plan, ReferenceData
from adjudication.people import Refusal, StaffMember, forbidden, invalid
from adjudication.readjudication.proposal import Case, Kept, Proposal, Result
from adjudication.readjudication.rules import Ground, ReopeningRule

TAKING_BACK: Final = 2
"""People who approve before money is taken back or a member is made liable."""


@dataclass(frozen=True, slots=True)
class Governing:
    """The rule and the calendar of one changed line; `first`: the legal day of the first decision."""

    rule: ReopeningRule
    calendar: LegalCalendar
    first: date


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one proposal. `until`: the last day on each ground, None at any time; empty: no rule, so it cannot be approved.

    `lines`: the governing rule of each changed line. `missing`: the rule or calendar that is not loaded.
    """

    lines: tuple[Governing, ...] = ()
    until: tuple[tuple[Ground, date | None], ...] = ()
    people: int = 1
    automatic: bool = False
    missing: str = ""

    @property
    def rules(self) -> tuple[ReopeningRule, ...]:
        """Return the rules, each once."""
        named = {line.rule.name: line.rule for line in self.lines}
        return tuple(named.values())

    def today(self, now: datetime) -> date:
        """Return the legal day of an instant; where the plans of several lines differ, the later day, which ends a time limit first."""
        return max(line.calendar.day_of(now) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Receivable:
    """Money to be taken back: stated, not collected. Recovery may begin after `not_before`, disputes are open until `dispute_until`."""

    not_before: date
    dispute_until: date
    citation: Citation


@dataclass(frozen=True, slots=True)
class Given:
    """One approval that counts: by whom, in which role, on which ground."""

    person_id: str
    role: str
    ground: Ground


def terms_of(case: Case, proposal: Proposal, reference: ReferenceData) -> Terms:
    """Find the rules of the lines that would change, and their joint requirements; the strictest of several binds."""
    lines = []
    for line in proposal.changes:
        plan = proposal.plans.get(line.before.line)
        governing = None if plan is None else _governing(plan, case.first_decided_at, reference)
        if governing is None:
            named = "no plan" if plan is None else f"the plan {plan.plan_id}"
            return Terms(
                missing=f"line {line.before.line}: {named} has no rule for reopening on the day of the decision"
            )
        lines.append(governing)
    found = Terms(tuple(lines))
    if not lines:
        return found
    people = TAKING_BACK if proposal.adverse else 1
    return replace(
        found, until=_until(case, proposal, lines), people=people, automatic=_automatic(case, proposal, found.rules)
    )


def _governing(plan: Plan, decided_at: datetime, reference: ReferenceData) -> Governing | None:
    calendar = reference.deadlines.calendar_of(plan.plan_id, decided_at)
    if calendar is None:
        return None
    first = calendar.day_of(decided_at)
    rule = reference.reopening.rule_of(plan.plan_id, plan.product_line, first)
    return None if rule is None else Governing(rule, calendar, first)


def _until(case: Case, proposal: Proposal, lines: Sequence[Governing]) -> tuple[tuple[Ground, date | None], ...]:
    """Return the last day on each ground; no time limit bars what an order binds the plan to do."""
    if case.ordered:
        return ((Ground.ORDINARY, None),)
    found: list[tuple[Ground, date | None]] = []
    for ground in Ground:
        ends: list[date | None] = []
        for line in lines:
            limit = line.rule.less if proposal.adverse else line.rule.more
            barred = proposal.adverse and ground not in line.rule.needs.get(case.reason, frozenset(Ground))
            if barred or ground not in limit.within:
                break
            ends.append(limit.ends_on(ground, line.first, line.calendar))
        else:
            found.append((ground, min((end for end in ends if end is not None), default=None)))
    return tuple(found)


def _automatic(case: Case, proposal: Proposal, rules: Sequence[ReopeningRule]) -> bool:
    """Return whether it may be automatic: every changed line gains, no line pends, and no appeal or signature is involved."""
    if proposal.adverse or proposal.adds <= 0 or case.appealed or case.ruled:
        return False
    if any(line.kept not in (Kept.CHANGED, Kept.SAME) for line in proposal.lines):
        return False
    if any(line.more <= 0 or line.before.signature is not None for line in proposal.changes):
        return False
    return all(case.reason in rule.automatic for rule in rules)


def in_time(terms: Terms, ground: Ground, now: datetime) -> bool:
    """Return whether the decision may be changed now on a ground, by the legal day of the plans."""
    return any(each is ground and (end is None or terms.today(now) <= end) for each, end in terms.until)


def approval_refusal(
    case: Case,
    proposal: Proposal,
    terms: Terms,
    approval: tuple[StaffMember, Ground],
    given: Sequence[Given],
    now: datetime,
) -> Refusal | None:
    """Return why a person may not approve a proposal now on a ground; `given`: the approvals that it has."""
    person, ground = approval
    if proposal.result is not Result.CORRECTS:
        return Refusal("nothing-to-approve", "adjudicating this claim again changes nothing that could be approved")
    if terms.missing:
        return Refusal("no-rule", f"{terms.missing}; add it to workflow/reopenings.yaml")
    if not in_time(terms, ground, now):
        return Refusal("too-late", _too_late(terms, ground))
    if person.person_id in case.deciders:
        return forbidden("decided-it", "you decided this claim; another person approves its correction")
    if case.raised is not None and person.person_id == case.raised.person_id:
        return forbidden("raised-it", "you raised this reopening; another person approves the correction")
    return _personal_refusal(terms, person, ground, given)


def _personal_refusal(terms: Terms, person: StaffMember, ground: Ground, given: Sequence[Given]) -> Refusal | None:
    may = frozenset.intersection(*(rule.approves | rule.takes_back for rule in terms.rules))
    if not person.roles & may:
        return forbidden("role-may-not", f"a correction is approved by: {_names(may)}")
    if any(each.person_id == person.person_id for each in given):
        return forbidden("second-person", "you approved this already; another person gives the second approval")
    if any(each.ground is not ground for each in given):
        return invalid(
            "other-ground", f"the first approval was given on the ground {given[0].ground}; use the same one"
        )
    senior = frozenset.intersection(*(rule.takes_back for rule in terms.rules))
    last = len(given) + 1 >= terms.people
    if terms.people >= TAKING_BACK and last and not _senior(person, given, senior):
        return forbidden("senior-needed", f"one of the two who take money back is: {_names(senior)}")
    return None


def _senior(person: StaffMember, given: Sequence[Given], senior: frozenset[str]) -> bool:
    return bool(person.roles & senior) or any(each.role in senior for each in given)


def _too_late(terms: Terms, ground: Ground) -> str:
    ends = dict(terms.until)
    if ground not in ends:
        open_ones = ", ".join(ends) or "none"
        return f"the rule does not allow this correction on the ground {ground}; grounds it allows: {open_ones}"
    return f"on the ground {ground} the decision could be changed until {ends[ground]}; see the rule for other grounds"


def _names(roles: frozenset[str]) -> str:
    return ", ".join(sorted(roles))


def receivable(proposal: Proposal, terms: Terms, now: datetime) -> Receivable | None:
    """Return the legal requirements for recovering an overpayment; None if there is none.

    The notice counts from the legal day of the correction; the latest day of several rules binds.
    """
    if proposal.takes <= 0:
        return None
    ends = []
    for line in terms.lines:
        today, law = line.calendar.day_of(now), line.rule.recovery
        notice, dispute = last_day(today, law.notice, line.calendar), last_day(today, law.dispute, line.calendar)
        ends.append(Receivable(notice, dispute, law.citation))
    return max(ends, key=lambda each: (each.not_before, each.dispute_until), default=None)
