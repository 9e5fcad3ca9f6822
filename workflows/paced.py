"""The loop of workflows that pace work: they run one step after another, and each step returns the wait before the next.

Such a workflow knows only an id. The store has the progress, so that it may be restarted at any time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from temporalio import workflow

from activities.options import LOCAL_RETRY_THRESHOLD, RETRY, TIMEOUT


class StepDone(Protocol):
    """The result of one step. `again_in`: seconds until the next step (None: wait for a signal); `over`: no step is left."""

    @property
    def again_in(self) -> float | None: ...

    @property
    def over(self) -> bool: ...


@dataclass(slots=True)
class Wake:
    """Set `changed` to end the wait between two steps."""

    changed: bool = False


async def run_steps(
    step: Callable[[Any, Any], Awaitable[StepDone]], hold: object, wake: Wake, longest: timedelta | None = None
) -> None:
    """Repeat a step until it is over; continue as a new run when the history grows long.

    `hold`: the argument of the workflow and of each step. `longest`: the longest wait for a signal, which may be lost.
    """
    while True:
        wake.changed = False
        done = await workflow.execute_local_activity_method(
            step,
            hold,
            start_to_close_timeout=TIMEOUT,
            retry_policy=RETRY,
            local_retry_threshold=LOCAL_RETRY_THRESHOLD,
        )
        if done.over:
            return
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(hold)
        timeout = longest if done.again_in is None else timedelta(seconds=done.again_in)
        try:
            await workflow.wait_condition(lambda: wake.changed, timeout=timeout)
        except TimeoutError:
            continue
