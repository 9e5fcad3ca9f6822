"""Actions on bulk retries for the API and the pages: calls storage, starts the workflow, and raises refusals as problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adjudication.people import Refusal, StaffMember
from adjudication.review.bulk_retry import RELEASERS, Stage
from console.ports import Console, UnansweredError
from console.web.problems import Problem, problem_of
from contracts.records.bulk_retries import BulkRetryRecord, NewBulkRetry

_NO_SUCH: Final = "no bulk retry has this id; the list shows those there are"
_LATER: Final = (
    "this is recorded but not started, because Temporal did not answer. Send the same again, or wait: a worker that "
    "starts will start it"
)


def releasers_only(person: StaffMember) -> None:
    """Refuse people whose roles do not include bulk retries."""
    if not person.roles & RELEASERS:
        raise Problem(403, "role-may-not", "bulk retries are for operations and supervisors; ask one of them")


async def propose(console: Console, person: StaffMember, new: NewBulkRetry) -> BulkRetryRecord:
    """Store a proposal."""
    return _done(await console.bulk_retries.store.propose(new, person, console.now()))


async def approve(console: Console, person: StaffMember, release_id: str) -> BulkRetryRecord:
    """Approve a proposal and start its workflow."""
    seen = _done(await console.bulk_retries.store.approve(release_id, person, console.now()))
    await _run(console, release_id)
    return seen


async def change(console: Console, person: StaffMember, release_id: str, to: Stage) -> BulkRetryRecord:
    """Cancel, pause or continue. A running workflow reads the change at its next step if Temporal does not answer now."""
    seen = _done(await console.bulk_retries.store.change(release_id, to, person, console.now()))
    if seen.approved_by is None:
        return seen
    try:
        await _run(console, release_id)
    except Problem:
        if to is Stage.RUNNING:
            raise
    return seen


async def read(console: Console, release_id: str) -> BulkRetryRecord:
    """Return a bulk retry."""
    return _done(await console.bulk_retries.store.one(release_id, console.now()))


async def _run(console: Console, release_id: str) -> None:
    try:
        await console.bulk_retries.runner.run(release_id)
    except UnansweredError:
        raise Problem(503, "not-begun-yet", _LATER, headers={"Retry-After": "5"}) from None


def _done(answer: BulkRetryRecord | Refusal | None) -> BulkRetryRecord:
    if answer is None:
        raise Problem(404, "no-such-release", _NO_SUCH)
    if isinstance(answer, Refusal):
        raise problem_of(answer)
    return answer


STEPS: Final[Mapping[str, Stage]] = {"cancel": Stage.CANCELLED, "pause": Stage.PAUSED, "go-on": Stage.RUNNING}
"""The stage that each step in an address leads to."""
