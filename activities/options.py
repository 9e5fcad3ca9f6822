"""Time limits and retries of activities: one rule for every workflow."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio.common import RetryPolicy

# A step is one or two SQL statements and some 0.1 s of Python for the most lines a batch may have. Twenty seconds
# leave room for a lock held by a slow transaction, and bound how long a killed worker delays the batch.
TIMEOUT: Final = timedelta(seconds=20)

# A step ends itself before the time-out, by an error that the workflow knows: it then tries fewer
# claims (workflows/steps.py). Temporal would try the same claims again, without end.
STEP_SECONDS: Final = 15.0

# One large claim: all steps in one activity. 999 lines take seconds, a member's long history some more; a killed
# worker is noticed by its heartbeat.
LARGE_TIMEOUT: Final = timedelta(minutes=10)
HEARTBEAT_TIMEOUT: Final = timedelta(seconds=30)
HEARTBEAT_SECONDS: Final = 5.0

# Retries never end: only errors of a store leave an activity, and giving up would leave accepted
# claims undecided. A database that restarts is back in seconds (short first pauses); one that is down for a
# day must not fill the history: at 30 s a try and some seven events each, the limit of 51,200 events is about
# two days away.
RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=30),
    maximum_attempts=0,
)

# Pauses shorter than this are waited out inside the workflow task (no event written); longer ones become a
# timer, so that a long outage does not keep a workflow task open and heartbeating.
LOCAL_RETRY_THRESHOLD: Final = timedelta(seconds=5)
