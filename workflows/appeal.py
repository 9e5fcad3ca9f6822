"""AppealWorkflow: one appeal, for months if need be, until no action is owed and no event is awaited.

It waits for reviewers' actions (the update `act`), for the feed (the signal `changed`) and for the next deadline. An activity
records the legal effect of a passed deadline. The workflow knows ids and times only. If the appellant requests a further
level after it ended, it is started again and reads the appeal from the audit trail.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.workflow import ActivityCancellationType

from activities.appeals.actions import AppealActivities
from activities.options import LOCAL_RETRY_THRESHOLD, RETRY, TIMEOUT
from contracts.ids import is_action_id
from contracts.workflow_messages.appeals import (
    APPEAL,
    APPEAL_ACT_UPDATE,
    APPEAL_CHANGED_SIGNAL,
    APPEAL_HELD_QUERY,
    AppealAct,
    AppealAnswer,
    AppealInput,
    AppealWatch,
    LookAtAppeal,
)

# A deadline that has already passed when it is checked must not become a busy loop.
_SHORTEST_WAIT: Final = timedelta(seconds=30)


@workflow.defn(name=APPEAL, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class AppealWorkflow:
    """Hold one appeal."""

    @workflow.init
    def __init__(self, appeal: AppealInput) -> None:
        """Read the appeal from the store first: nothing is kept between runs."""
        self._appeal_id = appeal.appeal_id
        self._look = True
        self._watch = AppealWatch(None, over=False)

    @workflow.run
    async def run(self, _appeal: AppealInput) -> None:
        """Run until no action is owed and no event is awaited."""
        while True:
            while self._look:
                self._look = False
                self._watch = await self._watch_appeal()
            if self._watch.over:
                await workflow.wait_condition(workflow.all_handlers_finished)
                # An action that was applied in the meantime may have opened the next level.
                if not self._asked():
                    return
                continue
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(AppealInput(self._appeal_id))
            await self._wait()

    @workflow.update(name=APPEAL_ACT_UPDATE)
    async def take_action(self, action_id: str) -> AppealAnswer:
        """Have the workflow judge and apply a submitted action; the same action twice has one effect."""
        answer = await self._apply(AppealAct(self._appeal_id, action_id, workflow.now().isoformat()))
        self._look = self._look or answer.accepted
        return answer

    @take_action.validator
    def _known_action(self, action_id: str) -> None:
        """Refuse a text that cannot be an action id before it costs a history event."""
        if not is_action_id(action_id):
            msg = "an action is named by the id (a UUID) under which it was submitted"
            raise ValueError(msg)

    @workflow.signal(name=APPEAL_CHANGED_SIGNAL)
    def changed(self) -> None:
        """Read the appeal again: a newer version of the filing arrived."""
        self._look = True

    @workflow.query(name=APPEAL_HELD_QUERY)
    def held(self) -> AppealWatch:
        """Return the time of the next deadline."""
        return self._watch

    def _asked(self) -> bool:
        return self._look

    async def _wait(self) -> None:
        next_at = self._watch.next_at
        timeout = None
        if next_at is not None:
            timeout = max(datetime.fromisoformat(next_at) - workflow.now(), _SHORTEST_WAIT)
        try:
            await workflow.wait_condition(lambda: self._look, timeout=timeout)
        except TimeoutError:
            self._look = True

    async def _watch_appeal(self) -> AppealWatch:
        return await workflow.execute_local_activity_method(
            AppealActivities.watch_appeal,
            LookAtAppeal(self._appeal_id, workflow.now().isoformat()),
            start_to_close_timeout=TIMEOUT,
            retry_policy=RETRY,
            local_retry_threshold=LOCAL_RETRY_THRESHOLD,
        )

    async def _apply(self, act: AppealAct) -> AppealAnswer:
        return await workflow.execute_local_activity_method(
            AppealActivities.apply_appeal_action,
            act,
            start_to_close_timeout=TIMEOUT,
            retry_policy=RETRY,
            local_retry_threshold=LOCAL_RETRY_THRESHOLD,
            cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )
