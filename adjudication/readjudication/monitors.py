"""Monitors: a draft judges decided claims after their decision, next to the data in force, and decides nothing. Pure.

A monitor compares three answers on a line: that of the data in force, that of the draft, and the recorded one, which a person
may have given. A draft that asks a person agrees with any person's decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from adjudication.model.claim import Claim
from adjudication.model.findings import Finding
from adjudication.model.outcomes import HOLDS
from adjudication.model.vocabulary import LineNumber, Step
from adjudication.people import Refusal, Role, StaffMember, forbidden, invalid
from adjudication.readjudication.impact import WAITS, LineImpact, LineResult, line_impacts, result_of
from adjudication.readjudication.shadow import Shadow
from adjudication.review.settlements import Settlement

STARTERS: Final = frozenset({Role.POLICY_OWNER, Role.MEDICAL_DIRECTOR})
"""Roles that start a monitor."""

WATCHERS: Final = STARTERS | {Role.SUPERVISOR, Role.OPERATIONS}
"""Roles that read the figures of monitors, and stop one."""

SHORTEST_REASON: Final = 20
LONGEST_DAYS: Final = 92
MOST_OPEN: Final = 3
"""The most monitors at a time, because each adjudicates claims on the same servers."""


class AgainstPerson(StrEnum):
    """The draft's answer on a line that a person decided, without that person's input."""

    ASKS = "asks-a-person"
    ALIKE = "decides-alike"
    OTHERWISE = "decides-otherwise"


@dataclass(frozen=True, slots=True)
class MonitoredLine:
    """One line with another result under the draft than under the data in force, or one that a person decided.

    `impact`: the difference of the two, None where they agree. `decided_by`: the role of the person whose decision stands,
    None where software decided. `draft_alone`: the draft's answer without that person. `rules`: in force, and of the draft.
    """

    line: int
    code: str
    plan: str
    provider: str
    served_on: date
    recorded: LineResult
    impact: LineImpact | None
    decided_by: str | None
    draft_alone: LineResult | None
    against: AgainstPerson | None
    rules: tuple[str, str]


def monitored_lines(
    claim: Claim,
    recorded: Mapping[LineNumber, LineResult],
    shadows: tuple[Shadow, Shadow, Shadow | None],
    settlements: Sequence[Settlement],
) -> tuple[MonitoredLine, ...]:
    """Compare the data in force with a draft on one decided claim. `shadows`: the results with the data in force, with the draft, and with the draft without reviewers' decisions."""
    before, after, alone = shadows
    impacts = {each.line: each for each in line_impacts(claim, recorded, before, after)}
    found = []
    for line in claim.lines:
        number, decision = line.number, recorded.get(line.number)
        impact = impacts.get(number)
        role = _decided_by(number, settlements)
        if decision is None or (impact is None and role is None):
            continue
        answer = None if alone is None or role is None else result_of(number, alone)
        plan = after.plans.get(number)
        found.append(
            MonitoredLine(
                number,
                line.code,
                "-" if plan is None else plan.plan_id,
                claim.billing.npi,
                line.service_date,
                decision,
                impact,
                role,
                answer,
                None if answer is None else _against(decision, answer),
                (rule_of(number, before.findings), rule_of(number, after.findings)),
            )
        )
    return tuple(found)


def rule_of(number: LineNumber, findings: Iterable[Finding]) -> str:
    """Return the policy, version and rule that answered a line, one per leg; empty where no policy was asked."""
    legs = [leg for f in findings if f.step is Step.NECESSITY and f.line == number for leg in f.legs]
    named = (f"{leg.policy} {leg.version} {leg.rule or 'no rule'}" for leg in legs if leg.policy is not None)
    return ", ".join(dict.fromkeys(named))


def _decided_by(number: LineNumber, settlements: Iterable[Settlement]) -> str | None:
    """Return the role of the person who last settled a line. Passing a check before release decides nothing."""
    of_line = [s for s in settlements if s.line in (None, number) and s.outcome not in HOLDS]
    last = max(of_line, key=lambda settlement: settlement.settled_at, default=None)
    return None if last is None else last.role


def _against(decision: LineResult, draft: LineResult) -> AgainstPerson:
    if draft.disposition == WAITS:
        return AgainstPerson.ASKS
    alike = (draft.disposition, draft.paid) == (decision.disposition, decision.paid)
    return AgainstPerson.ALIKE if alike else AgainstPerson.OTHERWISE


def start_refusal(
    person: StaffMember, reason: str, share: Decimal, ends_on: date, today: date, running: int
) -> Refusal | None:
    """Return why a person may not start a monitor, or None. `running`: monitors that run now."""
    if not person.roles & STARTERS:
        return forbidden("role-may-not", f"a monitor is started by: {', '.join(sorted(STARTERS))}")
    if len(reason.strip()) < SHORTEST_REASON:
        return invalid("reason", f"say in {SHORTEST_REASON} characters or more what the draft changes")
    if not 0 < share <= 1:
        return invalid("share", "give the share of claims as a number above 0, at most 1")
    if not 0 <= (ends_on - today).days <= LONGEST_DAYS:
        return invalid("ends-on", f"name its last day: today or one of the next {LONGEST_DAYS} days")
    if running >= MOST_OPEN:
        return Refusal("too-many-monitors", f"{MOST_OPEN} monitors run already; stop one first")
    return None


def stop_refusal(person: StaffMember, reason: str, *, stopped: bool) -> Refusal | None:
    """Return why a person may not stop a monitor, or None."""
    if not person.roles & WATCHERS:
        return forbidden("role-may-not", f"a monitor is stopped by: {', '.join(sorted(WATCHERS))}")
    if len(reason.strip()) < SHORTEST_REASON:
        return invalid("reason", f"say in {SHORTEST_REASON} characters or more why it is stopped")
    return Refusal("stopped", "this monitor is stopped already; nothing was changed") if stopped else None
