"""ReviewClaimWorkflow: holds one pended claim until it is determined, for weeks if need be.

It waits for the signal `resume`, a reviewer's action, or the time of the next retry, and then runs the six steps on a batch
of one claim. It never ends while the claim is undecided: after its due date it logs one warning and keeps waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import VersioningBehavior

from adjudication.model.pends import FAMILY_PEND
from adjudication.model.vocabulary import ClaimId
from contracts.actions.bulk_retries import releases_in, restarts
from contracts.ids import batch_id, is_action_id
from contracts.workflow_messages.claims import (
    ACT_UPDATE,
    DECIDED_MEANWHILE,
    REQUEST_MAILED_SIGNAL,
    RESUME_SIGNAL,
    REVIEW_CLAIM,
    SETTLED,
    WAITING_FOR_QUERY,
    ClaimBatch,
    ReviewAct,
    ReviewAnswer,
    ReviewClaim,
    WaitingFor,
)

# workflows.steps issues commands, so it is not passed through the sandbox: Temporal checks it for determinism.
with workflow.unsafe.sandbox_import_notification_policy(
    workflow.SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
):
    from workflows.steps import adjudicate, apply_review_action, resume_completed, watch_clocks

# A retry time that is already past (the times of worker and server differ) must not become a busy loop.
_SHORTEST_WAIT: Final = timedelta(seconds=30)

_CLOCKS_DIFFER: Final = timedelta(minutes=1)
_LOOK_AGAIN: Final = timedelta(days=1)

DEADLINES_PATCH: Final = "clocks"
"""Reviews started before deadlines were watched replay without them; their next try, action or due date adds them."""

_SIBLINGS_AGAIN: Final = "siblings-again"
_TIME: Final = "time"


@workflow.defn(name=REVIEW_CLAIM, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class ReviewClaimWorkflow:
    """Hold one pended claim."""

    @workflow.init
    def __init__(self, review: ReviewClaim) -> None:
        """Continue where the batch, or the earlier run of this workflow, left the claim."""
        self._pended = review.pended
        self._round = review.round
        # Insertion-ordered and without repeats: ten siblings that arrive during one try cause one more try.
        self._reasons: dict[str, None] = dict.fromkeys(review.reasons)
        self._overdue = review.overdue
        self._next_deadline_check: datetime | None = None
        self._deadline_check_due = False
        self._watching_deadlines = False
        self._take_over_deadline_check("")
        if review.round == 0:
            self._read_siblings_again(())

    @workflow.run
    async def run(self, _review: ReviewClaim) -> int:
        """Return the round in which the claim was determined."""
        while True:
            await self._wait_for_reason()
            # Continue as new without a try: many actions that settled no pend have filled the history.
            if self._reasons and await self._try_again():
                # An action sent since is answered (the claim is decided) before this execution ends.
                await workflow.wait_condition(workflow.all_handlers_finished)
                return self._round
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(ReviewClaim(self._pended, self._round, list(self._reasons), self._overdue))

    @workflow.signal(name=RESUME_SIGNAL)
    def resume(self, reason: str) -> None:
        """Ask for another try; `reason` is a code. The same reason twice before the try causes one try."""
        self._reasons[reason] = None

    @workflow.signal(name=REQUEST_MAILED_SIGNAL)
    def request_mailed(self) -> None:
        """Check the deadlines again: the mailing of a request's letters stops or extends them."""
        self._deadline_check_due = self._watches_deadlines("-by-mail")

    @workflow.update(name=ACT_UPDATE)
    async def take_action(self, action_id: str) -> ReviewAnswer:
        """Judge and apply a submitted action; where it changes the claim, a try follows at once, after the answer.

        The same action twice has one effect: the store returns the recorded answer.
        """
        answer = await apply_review_action(ReviewAct(self._pended.claim_id, action_id))
        if answer.try_again:
            self._reasons[SETTLED] = None
        # A request for documents tolls a deadline; the answer ends the tolling.
        self._deadline_check_due = self._deadline_check_due or (
            answer.accepted and self._watches_deadlines("-by-action")
        )
        return answer

    @take_action.validator
    def _known_action(self, action_id: str) -> None:
        """Refuse a string that cannot be an action id before it costs a history event."""
        if not is_action_id(action_id):
            msg = "an action is named by the id (a UUID) under which it was submitted"
            raise ValueError(msg)

    @workflow.query(name=WAITING_FOR_QUERY)
    def waiting_for(self) -> WaitingFor:
        """Return why the claim is pended, until when, and how often it was tried again."""
        pended = self._pended
        return WaitingFor(pended.codes, pended.due_at, self._round, pended.retry_at, self._overdue)

    async def _try_again(self) -> bool:
        """Run the steps once; return whether the claim is determined now."""
        reasons = list(self._reasons)
        workflow.logger.info("trying again: claim_id=%s reasons=%s", self._pended.claim_id, ",".join(reasons))
        # Cleared before the try, not after: a reason that arrives during the try may concern data read too early.
        self._reasons.clear()
        self._round += 1
        claim_ids = [self._pended.claim_id]
        batch = batch_id((ClaimId(self._pended.claim_id),))
        large = self._pended.large
        asked = ClaimBatch(batch, claim_ids, self._round, releases_in(reasons), restarts(reasons), large)
        summary = await adjudicate(asked)
        await resume_completed(summary.completes, f"-by-round-{self._round}")
        if summary.pended:
            before, self._pended = self._pended, summary.pended[0]
            self._overdue = False
            self._take_over_deadline_check(f"-by-round-{self._round}")
            self._read_siblings_again(before.codes)
        return summary.determined > 0

    def _read_siblings_again(self, codes_before: list[str] | tuple[str, ...]) -> None:
        """Ask for one try at once when the claim has just begun to wait for siblings.

        Closes a race: a sibling may be registered after our step read the siblings and before our pend was committed. It
        saw no pended claim to resume, and we did not see it. From now on siblings see our pend.
        """
        if FAMILY_PEND in self._pended.codes and FAMILY_PEND not in codes_before:
            self._reasons[_SIBLINGS_AGAIN] = None

    async def _wait_for_reason(self) -> None:
        while not self._reasons and not self._history_is_long():
            if self._deadline_check_due:
                await self._check_deadlines()
                continue
            wake_at, wake = self._next_wake()
            try:
                await workflow.wait_condition(
                    lambda: bool(self._reasons) or self._deadline_check_due or self._history_is_long(),
                    timeout=self._until(wake_at),
                )
            except TimeoutError:
                wake()

    def _history_is_long(self) -> bool:
        """Return whether to continue in a new run without a reason; reviews without watched deadlines never do."""
        return self._watching_deadlines and workflow.info().is_continue_as_new_suggested()

    def _watches_deadlines(self, occasion: str) -> bool:
        """Return whether this execution watches deadlines; older executions begin to at their next occasion.

        Temporal remembers the answer of `patched` per name for the life of an execution: an older review answers no to the
        name asked at its start for good, so each later occasion asks under a separate name.
        """
        self._watching_deadlines = self._watching_deadlines or workflow.patched(DEADLINES_PATCH + occasion)
        return self._watching_deadlines

    def _take_over_deadline_check(self, occasion: str) -> None:
        """Take the time of the next deadline check from the last try; without one, check at once."""
        if self._watches_deadlines(occasion):
            check_at = self._pended.clock_at
            self._next_deadline_check = None if check_at is None else datetime.fromisoformat(check_at)
            self._deadline_check_due = check_at is None

    async def _check_deadlines(self) -> None:
        """Send the deadline alerts that are due, and remember the time of the next check."""
        self._deadline_check_due = False
        watch = await watch_clocks(self._pended.claim_id)
        if watch.decided:
            # The claim was superseded without a signal to this review: one more try finds that and ends the review.
            self._reasons[DECIDED_MEANWHILE] = None
        next_at = watch.next_at
        self._next_deadline_check = None if next_at is None else self._not_at_once(datetime.fromisoformat(next_at))

    def _not_at_once(self, at: datetime) -> datetime:
        """Postpone a check whose time has passed: by 30 seconds if the times of worker and server differ a little, a day where
        they disagree, so that a wrong system clock never causes a busy loop.
        """
        late = workflow.now() - at
        if late < timedelta():
            return at
        return workflow.now() + (_SHORTEST_WAIT if late < _CLOCKS_DIFFER else _LOOK_AGAIN)

    def _next_wake(self) -> tuple[datetime | None, Callable[[], None]]:
        """Return the next time to wake without a signal, and what to do then: a try, a deadline check, or the due date."""
        retry_at = datetime.fromisoformat(self._pended.retry_at) if self._pended.retry_at else None
        due_at = None if self._overdue else datetime.fromisoformat(self._pended.due_at)
        wakes = [
            (retry_at, self._time_to_try),
            (self._next_deadline_check, self._time_for_deadline_check),
            (due_at, self._escalate),
        ]
        return min(
            ((at, wake) for at, wake in wakes if at is not None),
            key=lambda each: each[0],
            default=(None, self._escalate),
        )

    def _time_to_try(self) -> None:
        self._reasons[_TIME] = None

    def _time_for_deadline_check(self) -> None:
        self._deadline_check_due = True

    def _until(self, moment: datetime | None) -> timedelta | None:
        return None if moment is None else max(moment - workflow.now(), _SHORTEST_WAIT)

    def _escalate(self) -> None:
        """Log that the due date passed without a decision; the claim stays pended."""
        self._overdue = True
        self._deadline_check_due = self._watches_deadlines(f"-by-due-date-{self._round}")
        workflow.logger.warning(
            "claim is past its due date: claim_id=%s codes=%s due_at=%s",
            self._pended.claim_id,
            ",".join(self._pended.codes),
            self._pended.due_at,
        )
