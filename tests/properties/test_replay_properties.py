"""A replay never changes bytes: whatever was sent, what is kept of it and what goes out again is the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contracts.dead_letters import Refusal
from contracts.outgoing import ReplayedEvent
from contracts.topics import CLAIMS_SUBMITTED
from storage.dead_letters import row_of
from storage.outbox import pack_replays, unpack
from streams.dead_letters import dead_letter
from streams.records import Record
from tests.builders.events import RECEIVED

BYTES = st.none() | st.binary(max_size=200) | st.text(max_size=50).map(lambda text: text.encode("utf-8", "ignore"))


@given(key=BYTES, value=BYTES, offset=st.integers(0, 2**62))
def test_what_is_replayed_is_what_came(key: bytes | None, value: bytes | None, offset: int) -> None:
    record = Record(CLAIMS_SUBMITTED, 3, offset, RECEIVED, key, value)
    kept = row_of(dead_letter(record, Refusal.UNDECODABLE, ()))
    assert (kept["key"], kept["value"]) == (key, value)
    event = ReplayedEvent(kept["topic"], kept["key"], kept["letter_id"], kept["value"])
    assert unpack(pack_replays([event])) == (event,)
