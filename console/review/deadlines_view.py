"""The legal deadlines of a pended claim, as people see them: those stopped, those met, and the arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adjudication.deadlines.rule_book import NoDeadline
from adjudication.deadlines.state import DeadlineState
from adjudication.model.findings import Citation
from adjudication.model.reference import ReferenceData
from adjudication.review.claim_deadlines import CaseTimes, claim_deadlines
from contracts.records.review_queries import WaitingClaim


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """One deadline. `due_at` None: it cannot be computed, and `arithmetic` says why. Of a calendar gap it is the earliest."""

    name: str
    rule: str
    due_at: datetime | None
    stopped: bool
    met: bool
    citation: Citation | None
    arithmetic: tuple[str, ...]


def deadlines_of(
    waiting: WaitingClaim, reference: ReferenceData, now: datetime
) -> tuple[DeadlineState | NoDeadline, ...]:
    """Compute every deadline of a claim as of a time."""
    times = CaseTimes(
        received_at=waiting.claim.received_at,
        plans=waiting.plans,
        pends=tuple((pend.code, pend.due_at) for pend in waiting.pends),
        asked=tuple(sorted({each.asked_at for each in waiting.asked})),
        answered=tuple(sorted({each.received_at for each in waiting.arrived})),
        contracts=waiting.contracts,
        mailed=waiting.mailed,
    )
    return claim_deadlines(times, reference, now)


def deadline_view(clock: DeadlineState | NoDeadline) -> DeadlineView:
    """Show one deadline."""
    if isinstance(clock, NoDeadline):
        return _gap_shown(clock)
    return DeadlineView(
        name=_plain(clock.kind),
        rule=clock.rule_id,
        due_at=clock.due_at,
        stopped=clock.tolled_since is not None,
        met=clock.met_at is not None,
        citation=clock.citation,
        arithmetic=clock.arithmetic,
    )


def _gap_shown(clock: NoDeadline) -> DeadlineView:
    name, soonest = _plain(clock.kind), clock.soonest
    if soonest is None or soonest.met_at is not None:
        return DeadlineView(name, clock.reason.value, None, False, False, None, (clock.words,))
    rule = f"{soonest.rule_id} ({clock.reason}: at the earliest)"
    arithmetic = (clock.words, *soonest.arithmetic)
    return DeadlineView(
        name, rule, soonest.due_at, soonest.tolled_since is not None, False, soonest.citation, arithmetic
    )


def _plain(kind: str) -> str:
    return kind.replace("-", " ").capitalize()
