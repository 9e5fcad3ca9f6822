"""The times at which a pended claim is tried again without an event or a reviewer. Due dates are data and are not set here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from activities.adjudication.working_set import ClaimWork
from adjudication.model.determination import Pended
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ReleaseEvent
from adjudication.prerelease_holds.check import held_until

_FIRST_PAUSE: Final = timedelta(minutes=5)
_LONGEST_PAUSE: Final = timedelta(hours=6)


def next_try(
    work: ClaimWork, decision: Pended, round_number: int, now: datetime, reference: ReferenceData
) -> datetime | None:
    """Return the earliest time at which a retry may have another result without an event or a reviewer, or None.

    | the pends wait for | tried at |
    |---|---|
    | a failed step (retry), or the commit was refused | soon; the pause doubles with each try |
    | a sibling component | the end of its waiting time: then it is denied as an orphan |
    | the claim that a correction names | the end of its waiting time: then the correction is refused |
    | a quality check | the last time that the law leaves: then the claim is released without the check |
    """
    times = []
    events = {event for pend in decision.pends for event in reference.pends[pend.code].releases_on}
    received_at = work.stored.claim.received_at
    soon = now + min(_FIRST_PAUSE * (1 << min(round_number, 10)), _LONGEST_PAUSE)
    if ReleaseEvent.RETRY in events or work.refusals:
        times.append(soon)
    if ReleaseEvent.SIBLING_ARRIVED in events:
        orphan_at = received_at + timedelta(days=reference.family.wait_days)
        times.append(orphan_at if orphan_at > now else soon)
    if ReleaseEvent.ORIGINAL_DECIDED in events:
        refused_at = received_at + timedelta(days=reference.chain.wait_days)
        times.append(refused_at if refused_at > now and not _may_have_missed_original(work, round_number) else soon)
    unchecked_at = held_until(decision)
    if unchecked_at is not None:
        times.append(unchecked_at if unchecked_at > now else soon)
    return min(times, default=None)


def _may_have_missed_original(work: ClaimWork, round_number: int) -> bool:
    """Return whether the original may have been decided without resuming this correction.

    The original resumes the corrections that waited when it was decided; it knows those registered before it was read.
    So a correction is tried again soon after its first try, and while its original is being decided.
    """
    return round_number == 0 or any(not each.version and not each.pended for each in work.stored.chain)
