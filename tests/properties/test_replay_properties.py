"""A replay never changes bytes: whatever was sent, what is kept of it and what goes out again is the same."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.dead_letters import Refusal
from contracts.events.headers import Headers, from_pairs
from contracts.events.outgoing import ReplayedEvent
from contracts.events.topics import CLAIMS_SUBMITTED
from storage.dead_letters.intake import row_of
from storage.outbox.queue import pack_replays, unpack
from streams.kafka.records import Record
from streams.outbox.dead_letters import dead_letter
from tests.builders.events import RECEIVED

BYTES = st.none() | st.binary(max_size=200) | st.text(max_size=50).map(lambda text: text.encode("utf-8", "ignore"))


HEADERS = st.lists(st.tuples(st.text(max_size=20), BYTES), max_size=5).map(tuple)


@given(key=BYTES, value=BYTES, headers=HEADERS, offset=st.integers(0, 2**62))
def test_what_is_replayed_is_what_came(key: bytes | None, value: bytes | None, headers: Headers, offset: int) -> None:
    record = Record(CLAIMS_SUBMITTED, 3, offset, RECEIVED, key, value, headers)
    kept = row_of(dead_letter(record, Refusal.UNDECODABLE, ()))
    assert (kept["key"], kept["value"]) == (key, value)
    kept_headers = from_pairs(None if kept["headers"] is None else orjson.loads(kept["headers"]))
    assert kept_headers == headers
    event = ReplayedEvent(kept["topic"], kept["key"], kept["letter_id"], kept["value"], kept_headers)
    assert unpack(pack_replays([event])) == (event,)
