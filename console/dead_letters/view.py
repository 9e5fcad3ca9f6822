"""Dead letters in words: the event, the reason of its refusal, the result of a replay. Pure; no bytes pass here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from console.web.formatting import day_in_words
from console.web.zones import UTC_ONLY, Zones
from contracts.records.dead_letters import (
    BulkReplay,
    BulkReplayState,
    DeadLetter,
    DeadLetterCount,
    DeadLetterFilter,
    DeadLetterState,
    Replay,
)

QUIET: Final = timedelta(minutes=1)
"""The time after a replay without a refusal, after which the page states that the event was accepted."""

REFUSALS: Final = {
    "undecodable": ("Could not be read", "Its bytes are not an event, or the product's reader failed on them."),
    "schema": ("Not as the contract says", "A value is missing, unknown or of the wrong kind."),
    "unknown-type": ("Another type of event", "This topic takes one type of event, and this is another."),
    "business-rule": ("Breaks a rule", "It is an event, and what it says cannot be."),
    "conflict": (
        "Same number, other content",
        "This claim revision, or this version of a record, was received before.",
    ),
    "projection-failed": ("Could not be applied", "It was read, and applying it failed."),
    "not-storable": ("Cannot be stored", "It was read, and the ledger cannot hold one of its values."),
}
_HELPS: Final = {
    "undecodable": "Replay it after our reader is corrected. If it was not an event, the sender must send it again.",
    "schema": "Replay it only if the contract has changed. Otherwise the sender must correct the event and send it again.",
    "unknown-type": "A replay helps once this version of us takes the type.",
    "business-rule": "A replay helps once what it refers to is there, such as the claim an appeal names.",
    "conflict": "A replay is refused again while the other content stands. The sender sends a correction instead.",
    "projection-failed": "Replay it after the cause of the failure is corrected.",
    "not-storable": "Replay it once this version of us stores it. Otherwise the sender must correct the event and send it again.",
}
_STATES: Final = {
    DeadLetterState.OPEN: ("open", "warn"),
    DeadLetterState.QUEUED: ("replay queued", "info"),
    DeadLetterState.SENT: ("replayed, on its topic", "info"),
    DeadLetterState.ACCEPTED: ("replayed, taken in", "ok"),
    DeadLetterState.KNOWN: ("replayed, changed nothing", "plain"),
    DeadLetterState.SETTLED: ("replayed, not refused", "ok"),
    DeadLetterState.REFUSED_AGAIN: ("refused again", "bad"),
    DeadLetterState.CLOSED: ("closed", "plain"),
}
_BULKS: Final = {
    BulkReplayState.PROPOSED: ("waits for a second person", "warn"),
    BulkReplayState.RUNNING: ("under way", "info"),
    BulkReplayState.DONE: ("done", "ok"),
    BulkReplayState.REFUSED: ("refused", "plain"),
    BulkReplayState.STOPPED: ("stopped", "bad"),
}


@dataclass(frozen=True, slots=True)
class LetterView:
    """One letter without its bytes."""

    letter: DeadLetter
    title: str
    meaning: str
    helps: str
    state: str
    kind: str
    became: str
    open: bool


@dataclass(frozen=True, slots=True)
class CountView:
    """Open letters of one kind, and the address of their list."""

    count: DeadLetterCount
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class BulkView:
    """One bulk replay."""

    bulk: BulkReplay
    what: str
    state: str
    kind: str
    sent: int
    minutes: int
    mine: bool


def letter_view(letter: DeadLetter, now: datetime) -> LetterView:
    """Put a letter into words."""
    title, meaning = REFUSALS.get(letter.refusal, (letter.refusal, ""))
    state = state_of(letter, now)
    words, kind = _STATES[state]
    return LetterView(
        letter=letter,
        title=title,
        meaning=meaning,
        helps=_HELPS.get(letter.refusal, ""),
        state=words,
        kind=kind,
        became=_became(state, letter.replay),
        open=state is DeadLetterState.OPEN,
    )


def removed_after(letter: DeadLetter, keep: timedelta) -> datetime | None:
    """Return until when a letter's content is kept; None while it is open, because then it is not removed."""
    ended = letter.closed.at if letter.closed is not None else letter.replay.asked_at if letter.replay else None
    return None if ended is None else ended + keep


def state_of(letter: DeadLetter, now: datetime) -> DeadLetterState:
    """Return the state of a dead letter, as far as its replay's position shows it."""
    if letter.replay is None:
        return DeadLetterState.OPEN if letter.closed is None else DeadLetterState.CLOSED
    return _replayed(letter, letter.replay, now)


def _replayed(letter: DeadLetter, replay: Replay, now: datetime) -> DeadLetterState:
    if replay.refused_as is not None:
        return DeadLetterState.REFUSED_AGAIN
    if replay.sent_at is None:
        return DeadLetterState.QUEUED
    registered = replay.claim_registered_at
    if registered is not None and registered >= replay.asked_at:
        return DeadLetterState.ACCEPTED
    if now - replay.sent_at < QUIET or (letter.claim_id is not None and registered is None):
        return DeadLetterState.SENT
    return DeadLetterState.SETTLED if registered is None else DeadLetterState.KNOWN


def _became(state: DeadLetterState, replay: Replay | None) -> str:
    if replay is None:
        return ""
    return {
        DeadLetterState.QUEUED: "It waits for the publisher, which sends it within seconds.",
        DeadLetterState.SENT: f"It stands at {replay.position}; its reader has not answered yet.",
        DeadLetterState.ACCEPTED: "The claim was taken in.",
        DeadLetterState.KNOWN: "The ledger had this claim before with the same content, so nothing changed.",
        DeadLetterState.SETTLED: f"It stands at {replay.position}, and its reader has not refused it.",
        DeadLetterState.REFUSED_AGAIN: "It was refused again and is another letter now; that one can be replayed.",
    }.get(state, "")


def count_views(counts: Iterable[DeadLetterCount], address: str) -> tuple[CountView, ...]:
    """Link each count to its list."""
    mark = "&" if "?" in address else "?"
    return tuple(
        CountView(
            each,
            REFUSALS.get(each.refusal, (each.refusal, ""))[0],
            f"{address}{mark}topic={each.topic}&refusal={each.refusal}&reason={each.reason}",
        )
        for each in counts
    )


def bulk_view(bulk: BulkReplay, person_id: str, per_second: int, zones: Zones = UTC_ONLY) -> BulkView:
    """Put a bulk replay into words."""
    state, kind = _BULKS[bulk.state]
    minutes = -(-bulk.left // (per_second * 60))
    mine = bulk.proposed_by == person_id
    return BulkView(bulk, filter_words(bulk.wanted, zones), state, kind, bulk.letters - bulk.left, minutes, mine)


def filter_words(wanted: DeadLetterFilter, zones: Zones = UTC_ONLY) -> str:
    """Return a filter in words, its days in the zone of the page (the API: UTC)."""
    parts = [
        ("on", wanted.topic),
        ("refused as", wanted.refusal),
        ("because of", wanted.reason),
        ("since", _when(wanted.since, zones)),
        ("before", _when(wanted.until, zones)),
    ]
    named = [f"{word} {value}" for word, value in parts if value]
    return "open letters " + ", ".join(named) if named else "all open letters"


def choices(counts: Sequence[DeadLetterCount], name: str, now: str) -> tuple[tuple[str, str], ...]:
    """Return the choices of a filter: the values of open letters, and those chosen already."""
    there = {str(getattr(each, name)) for each in counts} | ({now} if now else set())
    return (("", "any"), *((each, each) for each in sorted(there)))


def _when(at: datetime | None, zones: Zones) -> str:
    return "" if at is None else day_in_words(zones.local(at).date())
