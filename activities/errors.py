"""The errors that leave an activity. Each may be temporary, so Temporal retries it. No message holds member data.

A database error quotes values ("Key (member_id, ...) = ..."), and what an activity raises is written to a
history. So only the class of an error and the place that raised it leave an activity.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NoReturn

from temporalio.exceptions import ApplicationError

from activities.options import STEP_SECONDS
from contracts.workflow_messages.claims import TOOK_TOO_LONG


class CommitRefusedError(Exception):
    """The store refused pended claims, although a pend can break no constraint; retried."""

    def __init__(self, claims: int) -> None:
        """Take the number of refused claims."""
        super().__init__(
            f"{claims} pended claims were refused by the decision store, though pends break no constraint; "
            "look for the constraint in the store's log; the activity is retried"
        )


class StepUnavailableError(Exception):
    """A step could not be done for the batch, most likely because its store is unavailable; retried."""

    def __init__(self, step: str, error_class: str, at: str) -> None:
        """Take the step, the class of the error and the place that raised it, as names only."""
        super().__init__(
            f"{step} could not be done: {error_class} at {at}; if this continues, check the database and its log; "
            "the activity is retried"
        )
        self.names = step, error_class, at
        """The arguments, which are sent to another process: the exception itself cannot be unpickled there."""


class HistoryTooLongError(Exception):
    """The member has more lines in the claim's window than the edits compare; a person must review the claim."""


def refuse_history(most: int) -> NoReturn:
    """Raise HistoryTooLongError, since edits against a part of the history could be wrong."""
    raise HistoryTooLongError(f"the member has more than {most} other lines in the window of the claim")


@contextmanager
def hide_error_details(step: str) -> Iterator[None]:
    """Replace whatever is raised inside by its class and place, without the message and without the cause."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - only the name of the error may leave
        raise StepUnavailableError(step, error_class(error), place(error)) from None


@asynccontextmanager
async def in_time(step: str, seconds: float = STEP_SECONDS) -> AsyncIterator[None]:
    """End a step that takes too long with an error on which the workflow tries fewer claims at once (workflows/steps.py)."""
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        msg = f"{step} took longer than {seconds:g} s; fewer claims are tried at once"
        raise ApplicationError(msg, type=TOOK_TOO_LONG, non_retryable=True) from None


def error_class(error: BaseException) -> str:
    """Name the class of an error, and of the driver's error that it wraps."""
    cause = error.__cause__
    return type(error).__name__ + (f" ({type(cause).__name__})" if cause is not None else "")


def place(error: BaseException) -> str:
    """Name the function and line that raised: enough to find a fault, and nothing of the claim."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].name}:{frames[-1].lineno}" if frames else "unknown"
