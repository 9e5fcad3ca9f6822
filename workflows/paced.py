"""The loop of workflows that only set a pace: one step after another, with the wait in between that the step asks for.

Such a workflow knows an id. The store has the progress, so that a start, a restart and a new run are the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from temporalio import workflow

from activities.options import LOCAL_RETRY_THRESHOLD, RETRY, TIMEOUT


class StepDone(Protocol):
    """The result of one step. `again_in`: seconds until the next one, None for until a signal; `over`: no step is left."""

    @property
    def again_in(self) -> float | None: ...

    @property
    def over(self) -> bool: ...


@dataclass(slots=True)
class Wake:
    """Ends the wait between two steps when set: a person changed something."""

    changed: bool = False


async def run_steps(
    step: Callable[[Any, Any], Awaitable[StepDone]], hold: object, wake: Wake, longest: timedelta | None = None
) -> None:
    """Repeat a step, which gets `hold`, until it is over, in a new run of the workflow where the history grows long.

    `longest` bounds the wait for a signal, which may be lost with the process that sends it.
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
