"""The consequences of an appeal event that need no further action, written in the same transaction as the event.

| cause | consequence |
|---|---|
| a ruling, or a settlement of an overturned line | a new determination that supersedes the one appealed; or the lines that must still be settled |
| a new determination that pays | effectuation of the ruling is recorded |
| the law sends the file to the next forum | the file is forwarded |
| any | the event `appeals.changed` |

A ruling that cannot be applied to the claim (AdjudicationError) is logged, and the appeal waits for operations under P-SYS,
who see it in their queue and may try it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from temporalio import activity

from activities.errors import place
from adjudication.appeals import actions, events
from adjudication.appeals.apply import apply
from adjudication.appeals.events import Event
from adjudication.appeals.outcome import Ruled
from adjudication.appeals.rules import Forum, LateDecisionEffect, Subject
from adjudication.appeals.state import AppealState, LevelResult, fold
from adjudication.appeals.superseding import After, Before, Verdicts, supersede
from adjudication.appeals.waiting import RETRY_ROLES, WaitingLine, failed, settlement_refusal, waiting_lines
from adjudication.deadlines.late_payment import Payment, late_interest, may_be_late, paid_more
from adjudication.model import outcomes
from adjudication.model.determination import Pended
from adjudication.model.errors import AdjudicationError
from adjudication.model.findings import Evidence, Finding
from adjudication.model.pends import EDIT_PEND
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import Step, Verdict
from adjudication.people import Refusal, forbidden
from adjudication.review.settlements import Settlement
from adjudication.steps.roster import contract_status
from contracts.event_builders.appeals import changed_message
from contracts.event_builders.decisions import determination_messages
from contracts.events.outgoing import OutgoingMessage
from contracts.ids import event_id
from contracts.records.appeals import AppealFile, AppealJudged

_NOTHING_WAITS: Final = Refusal("nothing-waits", "no overturned line of this appeal is pended")
_REPLACED: Final = Refusal(
    "claim-replaced",
    "the claim was replaced or voided; what the appeal won is carried out on the claim that replaced it",
)


@dataclass(frozen=True, slots=True)
class Consequences:
    """Computes the consequences of the events of one appeal at one instant."""

    file: AppealFile
    now: datetime
    reference: ReferenceData
    rationale: str = ""

    def of(self, answer: Sequence[Event]) -> AppealJudged:
        """Return the events with their consequences: further events, the superseding determination and the messages."""
        if not answer:
            return AppealJudged(state=self.file.state)
        state = fold(self.file.state, answer)
        return self._judged(state, list(answer), fold_again=any(_rules(event) for event in answer))

    def of_settlement(self, settlement: Settlement) -> AppealJudged:
        """Fold the overturned lines again with a settlement; determine the claim when no line is pended any more."""
        asked = (settlement.line, settlement.outcome)
        waiting = next((each for each in self.file.pends if (each.line, each.outcome) == asked), None)
        refusal = self._settling_refusal(settlement, waiting)
        if refusal is not None:
            return AppealJudged(refusal=refusal)
        return replace(self._judged(self.file.state, [], fold_again=True), signature=settlement.signature)

    def tried_again(self) -> AppealJudged:
        """Fold the overturned lines again with the policies and tables loaded now."""
        actor = self.file.actor
        if actor is None or not actor.roles & RETRY_ROLES:
            who = ", ".join(sorted(role.value for role in RETRY_ROLES))
            return AppealJudged(refusal=forbidden("role-may-not", f"this may be done by: {who}"))
        if not self.file.pends:
            return AppealJudged(refusal=_NOTHING_WAITS)
        return self._judged(self.file.state, [], fold_again=True)

    def _judged(self, state: AppealState, happened: list[Event], *, fold_again: bool) -> AppealJudged:
        """`fold_again` applies the rulings that no determination carries yet; otherwise pended lines stay as they are."""
        after = self._after(state) if fold_again else None
        determination = None if after is None else after.determination
        waiting = self._waiting(state, after) if fold_again else self.file.pends
        if self._taken_back:
            waiting = ()
        more = [*self._carried_out(state, after), *self._goes_on(state)]
        state, happened = fold(state, more), [*happened, *more]
        version = 0 if self.file.before is None else self.file.before.version + 1
        return AppealJudged(
            events=tuple(happened),
            state=state,
            rationale=self.rationale,
            determination=determination,
            version=version if determination is not None else 0,
            published_levels=tuple(result.level for result in self._unapplied(state))
            if determination is not None
            else (),
            pends=waiting,
            messages=self._messages(state, happened, after, version, waiting),
        )

    def _settling_refusal(self, settlement: Settlement, waiting: WaitingLine | None) -> Refusal | None:
        """Return why a person may not settle this: it is not pended, another role owns it, or the settlement is impossible."""
        if not self.file.pends:
            return _NOTHING_WAITS
        if self._taken_back:
            return _REPLACED
        if waiting is None or self.file.actor is None:
            return Refusal("not-waiting", "this line does not wait for that; look at what it waits for")
        if self.file.collides and waiting.outcome == outcomes.COMPONENT_ELSEWHERE:
            words = "another claim still has this component approved; have that claim corrected, or deny the line"
            return Refusal("component-elsewhere", words)
        return settlement_refusal(settlement, waiting, self.file.state, self.file.actor, self.reference)

    @property
    def _taken_back(self) -> bool:
        return self.file.before is not None and self.file.before.superseded_by is not None

    def _unapplied(self, state: AppealState) -> tuple[LevelResult, ...]:
        """Return the rulings that no determination carries yet; an overturned line may still be pended for a price."""
        return tuple(result for result in state.results if result.level not in self.file.published_levels)

    def _after(self, state: AppealState) -> After | None:
        """Apply the rulings to the claim; None where there is nothing to apply, or where it failed and operations must act."""
        before, untold = self.file.before, self._unapplied(state)
        if before is None or not untold or self._taken_back:
            return None
        verdicts = tuple(Verdicts(_ruled(state, result), result.rulings) for result in untold)
        try:
            after = supersede(before, verdicts, self.now, self.reference, self.file.settlements, self._elsewhere())
            return self._with_interest(before, after)
        except AdjudicationError as error:
            activity.logger.error(
                "an appeal ruling could not be applied to its claim; the appeal waits for operations: "
                "appeal_id=%s claim_id=%s error=%s at=%s",
                state.case.appeal_id,
                state.case.claim_id,
                type(error).__name__,
                place(error),
            )
            return None

    def _with_interest(self, before: Before, after: After) -> After:
        """Add the interest on what is paid beyond the determination appealed, where the payment is late."""
        decision, times = after.determination, self.file.times
        if decision is None or times is None or not may_be_late(times.received_at, decision, self.reference):
            return after
        stood = {line.line: line.paid for line in before.lines}
        times = replace(times, contracts=contract_status(f for line in before.lines for f in line.findings))
        payment = Payment(times, self.now, paid_more(decision, before.plans, stood, Decimal(0)), appealed=True)
        return replace(after, decision=replace(decision, interest=late_interest(payment, self.reference)))

    def _elsewhere(self) -> tuple[Finding, ...]:
        """Return a finding for each component that another claim has approved, because the database refused it or it is pended for that reason."""
        lines = {each.line for each in self.file.pends if each.outcome == outcomes.COMPONENT_ELSEWHERE}
        if self.file.collides and self.file.before is not None:
            codes = self.reference.family.codes
            lines |= {line.number for line in self.file.before.claim.lines if line.code in codes}
        found_at, pend = (Evidence("found_at", "commit"),), EDIT_PEND
        return tuple(
            Finding(
                Step.EDITS,
                outcomes.COMPONENT_ELSEWHERE,
                Verdict.PENDS,
                self.reference.family.citation,
                line,
                found_at,
                pend,
            )
            for line in sorted(line for line in lines if line is not None)
        )

    def _waiting(self, state: AppealState, after: After | None) -> tuple[WaitingLine, ...]:
        if after is None:
            return failed(state, self.now, self.reference)
        pends = after.decision.pends if isinstance(after.decision, Pended) else ()
        asked = waiting_lines(pends, state, self.now, self.reference)
        # A line pended before keeps its due date: settling one line gives the others no more time.
        known = {(each.line, each.code, each.outcome): each for each in self.file.pends}
        return tuple(known.get((each.line, each.code, each.outcome), each) for each in asked)

    def _carried_out(self, state: AppealState, after: After | None) -> tuple[Event, ...]:
        """Record effectuation where the superseding determination is the payment itself; a service still has to be given."""
        before = self.file.before
        if after is None or after.determination is None or before is None or state.effectuation_owed_from is None:
            return ()
        if state.case.subject is not Subject.PAYMENT:
            return ()
        reference = event_id(state.case.claim_id, "claim.determined", before.version + 1)
        return (events.Effectuated(self.now, None, reference),)

    def _goes_on(self, state: AppealState) -> tuple[Event, ...]:
        """Forward the file if the law sends it to the next forum; its event is published in the same transaction."""
        if state.forward_owed_from is None:
            return ()
        reference = f"appeal/{state.case.appeal_id}/{self.file.number + 1}"
        answer = apply(state, actions.RecordForward(reference), None, self.now, self.file.reports_to)
        return () if isinstance(answer, Refusal) else answer

    def _messages(
        self,
        state: AppealState,
        happened: Sequence[Event],
        after: After | None,
        version: int,
        waiting: Sequence[WaitingLine],
    ) -> tuple[OutgoingMessage, ...]:
        determined: tuple[OutgoingMessage, ...] = ()
        if after is not None and after.determination is not None and self.file.before is not None:
            claim = self.file.before.claim
            determined = determination_messages(claim, after.determination, self.reference)
        determined_as = version if determined else None
        changed = changed_message(state, happened, self.file.number + 1, self.now, determined_as, waiting)
        return (*determined, changed)


def _ruled(state: AppealState, result: LevelResult) -> Ruled:
    level = state.case.path.level(result.level)
    return Ruled(
        state.case.appeal_id,
        result.level,
        state.case.appellant,
        state.case.calendar.day_of(result.at),
        level.forum is not Forum.PLAN,
        level.citation,
        result.signature,
    )


def _rules(event: Event) -> bool:
    deemed = isinstance(event, events.Deemed) and event.missed is LateDecisionEffect.OVERTURNED
    return deemed or isinstance(event, events.Decided | events.OutsideRuled)
