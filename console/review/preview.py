"""A decision before it is signed: its result for each line, the letters it would send, and the license that signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adjudication.people import License, Refusal, StaffMember
from adjudication.review.case import Done
from adjudication.review.decision_actions import Decide
from adjudication.review.permissions import permit
from console.ports import Console
from console.review.forms import FormInput, Sent
from console.review.models import CaseResponse
from console.review.opening import needed_for, rules_about
from console.review.view import Read
from console.worklist.view import lines_in_words
from letters.written import WrittenLetter


@dataclass(frozen=True, slots=True)
class LineDecision:
    """The proposed decision on one line; `why_not` when it would be refused."""

    line: str
    outcome: str
    resolution: str
    denies_as: str
    why_not: str
    license: License | None
    letters: tuple[WrittenLetter, ...]


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The page before signing."""

    case: CaseResponse
    decisions: tuple[LineDecision, ...]
    typed: FormInput
    rationale: str
    criteria: tuple[str, ...]
    evidence: tuple[str, ...]
    now: datetime

    @property
    def license(self) -> License | None:
        """The license that signs, if a signature is needed."""
        return next((each.license for each in self.decisions if each.license is not None), None)

    @property
    def allowed(self) -> bool:
        """Return whether every line may be decided in this way."""
        return all(not each.why_not for each in self.decisions)


async def preview_view(
    console: Console, read: Read, person: StaffMember, typed: FormInput, sent: Sequence[Sent]
) -> PreviewView:
    """Ask the core about each line and draft its letters; nothing is decided by it."""
    now = console.now()
    actions = [each.content.to_core(person.person_id, now.date()) for each in sent]
    decisions = [action for action in actions if isinstance(action, Decide)]
    drafted = [await _drafted(console, read, person, decision) for decision in decisions]
    return PreviewView(
        case=read.case,
        decisions=tuple(drafted),
        typed=typed,
        rationale=typed.first("rationale").strip(),
        criteria=typed.all("criteria"),
        evidence=typed.all("evidence"),
        now=now,
    )


async def _drafted(console: Console, read: Read, person: StaffMember, decision: Decide) -> LineDecision:
    now, waiting = console.now(), read.waiting
    needed = needed_for(console, waiting)
    permitted = permit(waiting.case, decision, person, now, await rules_about(console, waiting), needed)
    license = decision.license(person, now, needed)
    letters: tuple[WrittenLetter, ...] = ()
    if isinstance(permitted, Done):
        letters = await console.case_contexts.draft(
            waiting, decision, decision.signature(person, permitted, needed), now
        )
    outcome = console.reference.outcomes.get(decision.outcome)
    denied = None if decision.denies_as is None else console.reference.outcomes.get(decision.denies_as)
    return LineDecision(
        line=lines_in_words([decision.line]),
        outcome=decision.outcome if outcome is None else outcome.label,
        resolution=decision.resolution.value,
        denies_as="" if denied is None else denied.label,
        why_not=permitted.words if isinstance(permitted, Refusal) else "",
        license=license,
        letters=letters,
    )
