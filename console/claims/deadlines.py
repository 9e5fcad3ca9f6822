"""The legal deadlines of a claim with the arithmetic that a person can check line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from adjudication.deadlines.rule_book import NoDeadline
from adjudication.deadlines.state import DeadlineState
from adjudication.letters.wording import LetterLibrary
from adjudication.model.findings import Citation
from adjudication.model.reference import ReferenceData
from adjudication.review.claim_deadlines import CaseTimes, claim_deadlines


@dataclass(frozen=True, slots=True)
class ClaimDeadlineView:
    """One deadline. `due_at`: absent if it could not be computed; `arithmetic` then has the reason."""

    label: str
    rule: str
    state: str
    kind: str
    due_at: datetime | None
    met_at: datetime | None
    running: bool
    escalates_to: str
    at_expiry: str
    arithmetic: tuple[str, ...]
    citation: Citation | None
    title: str


def deadline_views(
    times: CaseTimes | None, reference: ReferenceData, words: LetterLibrary, now: datetime
) -> tuple[ClaimDeadlineView, ...]:
    """Compute the deadlines as of now; the first due comes first."""
    if times is None:
        return ()
    labels = {rule.rule_id: rule.label for rule in reference.deadlines.rules}
    shown = [_view(state, labels, words) for state in claim_deadlines(times, reference, now)]
    return tuple(sorted(shown, key=lambda view: (view.due_at is None, view.due_at or now, view.rule)))


def _view(state: DeadlineState | NoDeadline, labels: dict[str, str], words: LetterLibrary) -> ClaimDeadlineView:
    if isinstance(state, NoDeadline):
        label = f"No {state.kind.value} deadline"
        none = ClaimDeadlineView(
            label, state.reason.value, "not set", "bad", None, None, False, "", "", (state.words,), None, ""
        )
        return none if state.soonest is None else _uncounted(_view(state.soonest, labels, words), state)
    name, kind = _standing(state)
    source = words.sources.get(state.citation.source)
    return ClaimDeadlineView(
        label=labels.get(state.rule_id, state.rule_id),
        rule=state.rule_id,
        state=name,
        kind=kind,
        due_at=state.due_at,
        met_at=state.met_at,
        running=state.running,
        escalates_to=state.escalates_to,
        at_expiry=state.at_expiry.value.replace("-", " "),
        arithmetic=state.arithmetic,
        citation=state.citation,
        title=state.citation.source if source is None else source.title,
    )


def _uncounted(soonest: ClaimDeadlineView, state: NoDeadline) -> ClaimDeadlineView:
    """Show a deadline gap with its earliest possible end, marked as not a deadline."""
    arithmetic = (state.words, *soonest.arithmetic)
    if soonest.met_at is not None:
        return replace(soonest, arithmetic=arithmetic)
    name = "may have run out" if soonest.state == "ran out" else f"{soonest.state}, due at the earliest"
    return replace(soonest, state=name, kind="bad", arithmetic=arithmetic)


def _standing(state: DeadlineState) -> tuple[str, str]:
    if state.met_at is not None:
        return ("met too late", "bad") if state.expired else ("met", "ok")
    if state.expired:
        return "ran out", "bad"
    if state.started_at is None:
        return "not begun", "plain"
    return ("stopped", "info") if state.tolled_since is not None else ("running", "warn")
