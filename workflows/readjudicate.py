"""ReadjudicateWorkflow: one reopening, until it is closed. Its claim is adjudicated again, and people decide.

Each run of `_propose` adjudicates the claim as a dry run and stores the proposed correction. It runs at the start, on a signal,
daily, and after an action found the proposal out of date. The workflow knows ids and codes only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.workflow import ActivityCancellationType

from activities.options import LOCAL_RETRY_THRESHOLD, RETRY, TIMEOUT
from activities.readjudication.again import ReadjudicationActivities
from contracts.ids import is_action_id
from contracts.workflow_messages.readjudication import (
    CORRECTION_ACT_UPDATE,
    READJUDICATE,
    READJUDICATE_SIGNAL,
    CorrectionAct,
    CorrectionAnswer,
    Looked,
    Readjudicate,
)

_DAILY: Final = timedelta(hours=24)
"""Data without an event, such as a corrected rate, may change the result; a person may have closed the reopening."""


@workflow.defn(name=READJUDICATE, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class ReadjudicateWorkflow:
    """Hold one reopening."""

    @workflow.init
    def __init__(self, asked: Readjudicate) -> None:
        """Read the claim from the store first: nothing is kept between runs."""
        self._asked = asked
        self._look = True
        self._over = False

    @workflow.run
    async def run(self, _asked: Readjudicate) -> None:
        """Run until the reopening is closed."""
        while True:
            while self._look and not self._over:
                self._look = False
                looked = await self._propose()
                self._over = self._over or looked.over
            if self._over:
                await workflow.wait_condition(workflow.all_handlers_finished)
                return
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(self._asked)
            await self._wait()

    @workflow.update(name=CORRECTION_ACT_UPDATE)
    async def take_action(self, action_id: str) -> CorrectionAnswer:
        """Have the workflow judge and apply a submitted action; the same action twice has one effect."""
        act = CorrectionAct(self._asked.readjudication_id, action_id, workflow.now().isoformat())
        answer = await self._apply(act)
        self._over = self._over or answer.over
        self._look = self._look or answer.again
        return answer

    @take_action.validator
    def _known_action(self, action_id: str) -> None:
        """Refuse a text that cannot be an action id before it costs a history event."""
        if not is_action_id(action_id):
            msg = "an action is named by the id (a UUID) under which it was submitted"
            raise ValueError(msg)

    @workflow.signal(name=READJUDICATE_SIGNAL)
    def look(self) -> None:
        """Propose again: the claim was decided again, or its appeal ended."""
        self._look = True

    async def _wait(self) -> None:
        try:
            await workflow.wait_condition(lambda: self._look or self._over, timeout=_DAILY)
        except TimeoutError:
            self._look = True

    async def _propose(self) -> Looked:
        return await workflow.execute_local_activity_method(
            ReadjudicationActivities.propose_correction,
            self._asked,
            start_to_close_timeout=TIMEOUT,
            retry_policy=RETRY,
            local_retry_threshold=LOCAL_RETRY_THRESHOLD,
        )

    async def _apply(self, act: CorrectionAct) -> CorrectionAnswer:
        return await workflow.execute_local_activity_method(
            ReadjudicationActivities.apply_correction_action,
            act,
            start_to_close_timeout=TIMEOUT,
            retry_policy=RETRY,
            local_retry_threshold=LOCAL_RETRY_THRESHOLD,
            cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )
