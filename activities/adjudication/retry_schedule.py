"""When a pended claim is tried again without anybody asking. It may not set due dates: they are data."""

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
    """Return the earliest time at which a try may end differently by itself, or None.

    A component that waits for siblings is tried when its waiting time is over: then it is an orphan and
    denied. A replacement or void is tried when its waiting time is over. A claim on which a step raised (or whose commit was refused) is tried again soon, then less and
    less often. One that waits for quality is tried when its law allows no more waiting: then it is released.
    """
    times = []
    codes = {pend.code for pend in decision.pends}
    events = {event for code in codes for event in reference.pends[code].releases_on}
    soon = now + _pause(round_number)
    if ReleaseEvent.RETRY in events or work.refused:
        times.append(soon)
    if ReleaseEvent.SIBLING_ARRIVED in events:
        orphan_at = work.stored.claim.received_at + timedelta(days=reference.family.wait_days)
        times.append(orphan_at if orphan_at > now else soon)
    if ReleaseEvent.ORIGINAL_DECIDED in events:
        refused_at = work.stored.claim.received_at + timedelta(days=reference.chain.wait_days)
        times.append(refused_at if refused_at > now and not _asks_again(work, round_number) else soon)
    unlooked_at = held_until(decision)
    if unlooked_at is not None:
        times.append(unlooked_at if unlooked_at > now else soon)
    return min(times, default=None)


def _asks_again(work: ClaimWork, round_number: int) -> bool:
    """Say whether a correction may have missed being told: once after its first try, and while its original is decided.

    The original tells corrections that waited when it was decided; it knows of those that came before it was read.
    """
    return round_number == 0 or any(not each.version and not each.pended for each in work.stored.chain)


def _pause(round_number: int) -> timedelta:
    doublings = min(round_number, 10)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)
