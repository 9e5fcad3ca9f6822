"""Records of all seven inbound topics as hostile and broken senders write them, from a seed; some of them are right.

Each record says what must become of it, so that the product's own decoder is not what it is measured by.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256
from typing import Any, Final

import orjson

from contracts.events.codec import envelope
from contracts.events.headers import Headers
from contracts.events.topics import (
    APPEALS_FILED,
    AUTHORIZATIONS_CHANGED,
    CLAIMS_SUBMITTED,
    COVERAGE_CHANGED,
    DOCUMENTS_RECEIVED,
    LETTERS_SENT,
    PROVIDERS_CHANGED,
)
from contracts.ids import name_based
from streams.kafka.batches import READ_LIMITS
from tests.builders.events import (
    a_claim_event,
    a_coverage_event,
    a_document_event,
    a_line,
    a_provider_event,
    an_authorization_event,
    an_institutional_claim_event,
)
from tests.builders.servers.batches import CODECS, Entry, a_batch, renamed
from tests.builders.streams.fuzz_values import BAD, ODD, PLACES, npi, put

SHARES: Final = {
    CLAIMS_SUBMITTED: 12,
    COVERAGE_CHANGED: 6,
    AUTHORIZATIONS_CHANGED: 4,
    PROVIDERS_CHANGED: 3,
    DOCUMENTS_RECEIVED: 4,
    LETTERS_SENT: 2,
    APPEALS_FILED: 1,
}
"""How many of 32 batches go to each topic."""
MOST_APPEALS: Final = 80
"""Appeals of one batch: each takes a transaction, and a whole batch of them would be waited for long after all else is read."""
PARTITIONS: Final = {topic: 6 if topic == CLAIMS_SUBMITTED else 3 for topic in SHARES}
LETTERS: Final = tuple(name_based(f"fuzz:{number}") for number in range(200))
"""Letters in the mail queue, whose mailing the proofs are about."""
LARGEST_BATCH: Final = 1_000_000
_REMEMBERED: Final = 200
_PLACEHOLDER: Final = "placeholder-name"
_BROKEN: Final = "B"
"""How names begin in events of which a part may be anything, so that none becomes the name of another event."""
_NAMES: Final = ("traceparent", "", "\x00", "é", "x" * 300)
_NO_JSON: Final = (
    b'"\\ud800"', b"NaN", b"-Infinity", b"00", b"+1", b"0x10", b"'a'", b"\xff", b'"\xff"', b'"\xc3\x28"',
    b'"\xed\xa0\x80"', b'"\xf8\x88\x80\x80\x80"', b'"\xc0\xaf"', b"", b"1 2", b"tru",
    b'"\\x"', b'"a\nb"', b"[1,]", b"{,}", b"//", b"1e", b"\x00",
)  # fmt: skip
"""What stands in the bytes of an event where a value stood, and makes them no JSON (RFC 8259)."""


class Fate(Enum):
    """What must become of a record: stored (or known before), refused, either of them, or nothing, since it was aborted."""

    STORED = auto()
    REFUSED = auto()
    EITHER = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Sent:
    """One record: what was sent, which mutation made it, and what must become of it."""

    entry: Entry
    mutation: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class Planned:
    """One batch to send. `commits`: whether its transaction is committed; None outside of one, and then `batch` holds the bytes."""

    topic: str
    partition: int
    records: Sequence[Sent]
    batch: bytes
    commits: bool | None = None


@dataclass(slots=True)
class _Known:
    """Good events of one partition: what may be sent again, changed under its version, or under a newer one."""

    events: list[Any]
    superseded: set[str]


class Fuzz:
    """Makes batches; equal seeds make equal batches. `claims`: payer claim numbers that an appeal may name."""

    def __init__(self, seed: int, claims: Sequence[str]) -> None:
        self._random = random.Random(seed)
        self._seed, self._made, self._claims = seed, 0, claims
        self._keys: dict[str, bytes | None] = {}
        self._known = {
            (topic, partition): _Known([], set()) for topic in SHARES for partition in range(PARTITIONS[topic])
        }

    def batches(self, count: int, largest: int = 300) -> Iterator[Planned]:
        """Yield batches of so many records that take effect, and some that are aborted besides."""
        left = count
        while left > 0:
            topic = self._random.choices(list(SHARES), list(SHARES.values()))[0]
            partition, kind = self._random.randrange(PARTITIONS[topic]), self._random.random()
            if kind < 0.02:
                yield self._large(topic, partition, bomb=kind < 0.005)
                left -= 1
                continue
            commits = None if kind > 0.07 else kind > 0.04
            most = 20 if commits is not None else MOST_APPEALS if topic == APPEALS_FILED else largest
            size = min(left, self._random.randint(1, most))
            records = [self._record(topic, partition, commits=commits) for _ in range(size)]
            left -= 0 if commits is False else size
            yield Planned(topic, partition, records, self._batch([each.entry for each in records]), commits)

    def _batch(self, entries: Sequence[Entry]) -> bytes:
        if self._random.random() < 0.1:
            key, value, _ = entries[-1]
            named = a_batch([*entries[:-1], (key, value, ((_PLACEHOLDER, b"1"),))])
            batch = renamed(named, _PLACEHOLDER.encode(), b"\xff" * len(_PLACEHOLDER))
        else:
            batch = a_batch(entries, self._random.choice([*CODECS, "raw-snappy"]))
        return batch if len(batch) < LARGEST_BATCH else a_batch(entries, "gzip")

    def _large(self, topic: str, partition: int, *, bomb: bool) -> Planned:
        """Return one record of megabytes that travels in kilobytes, or one that inflates beyond what is read."""
        size = READ_LIMITS.inflated_batch + 1 if bomb else self._random.randint(1, 8) * 1_048_576
        head = orjson.dumps(self._event(topic))[:-1] + b',"x":"'
        record = Sent((b"member", head + b"A" * size + b'"}', ()), "bomb" if bomb else "megabytes", Fate.REFUSED)
        codec = self._random.choice(("gzip", "zstd", "lz4"))
        return Planned(topic, partition, [record], a_batch([record.entry], "zstd" if bomb else codec))

    def _record(self, topic: str, partition: int, *, commits: bool | None) -> Sent:
        key = self._random.choice((b"member", None, b"", self._random.randbytes(8)))
        known = self._known[topic, partition]
        if commits is False:
            return Sent((key, orjson.dumps(self._event(topic)), ()), "aborted", Fate.NOTHING)
        mutation = self._random.choices(list(_MUTATIONS), [share for share, _ in _MUTATIONS.values()])[0]
        value, fate = _MUTATIONS[mutation][1](self, topic, known)
        if topic == CLAIMS_SUBMITTED and mutation in _OF_ONE_CLAIM:
            # A submitter keeps to one key for a claim; under several, an ordinary record may pass a large one.
            key = self._keys.setdefault(orjson.loads(value or b"")["id"].rstrip("+"), key)
        if commits and key is None and value is None:
            key = b""  # the client with transactions sends no record that has neither
        return Sent((key, value, self._headers()), mutation, fate)

    def _headers(self) -> Headers:
        if self._random.random() < 0.8:
            return ()
        values = (None, b"", b"\xff", b"x" * 50)
        count = 600 if self._random.random() < 0.002 else self._random.randint(1, 4)
        return tuple((self._random.choice(_NAMES), self._random.choice(values)) for _ in range(count))

    def _event(self, topic: str, name: str = "F") -> Any:
        """Make an event that was not sent before."""
        self._made += 1
        number = self._seed * 1_000_000 + self._made
        return EVENTS[topic](f"{name}{self._seed}-{self._made}", number, self._claims)

    # Each mutation returns the bytes of a value and what must become of it.

    def good(self, topic: str, known: _Known) -> tuple[bytes, Fate]:
        event = self._event(topic)
        return self._remember(event, known), Fate.STORED

    def odd(self, topic: str, _known: _Known) -> tuple[bytes, Fate]:
        event, places = self._event(topic), PLACES[topic]
        place = self._random.choice(
            [each for each, kind in places.items() if kind in ODD and "service_date" not in each]
        )
        put(event, place, self._random.choice(ODD[places[place]]))
        return orjson.dumps(event), Fate.STORED

    def many_lines(self, topic: str, _known: _Known) -> tuple[bytes, Fate]:
        event = self._event(topic)
        if topic == CLAIMS_SUBMITTED:
            event["data"] |= {"form": "professional", "place_of_service": "11"}
            event["data"]["lines"] = [a_line(number) for number in range(1, 1000)]
            event["data"].pop("bill_type", None)
        return orjson.dumps(event), Fate.STORED

    def again(self, topic: str, known: _Known) -> tuple[bytes, Fate]:
        if not known.events:
            return self.good(topic, known)
        return orjson.dumps(self._random.choice(known.events)), Fate.STORED

    def conflict(self, topic: str, known: _Known) -> tuple[bytes, Fate]:
        """Send other content under a version that stands."""
        standing = [each for each in known.events if each["id"] not in known.superseded]
        if not standing:
            return self.good(topic, known)
        event = deepcopy(self._random.choice(standing))
        self._change(topic, event)
        return orjson.dumps(event), Fate.REFUSED

    def newer(self, topic: str, known: _Known) -> tuple[bytes, Fate]:
        """Send other content under a newer version; what stood before may then come again without effect."""
        standing = [each for each in known.events if each["id"] not in known.superseded]
        if not standing:
            return self.good(topic, known)
        before = self._random.choice(standing)
        known.superseded.add(before["id"])
        event = deepcopy(before)
        version = "revision" if topic == CLAIMS_SUBMITTED else "version"
        event["data"][version] = event["data"].get(version, 1) + 1
        event["id"] += "+"
        self._change(topic, event)
        return self._remember(event, known), Fate.STORED

    def bad(self, topic: str, _known: _Known) -> tuple[bytes, Fate]:
        event, places = self._event(topic), PLACES[topic]
        place = self._random.choice(list(places))
        put(event, place, deepcopy(self._random.choice(BAD[places[place]])))
        return _dumps(event), Fate.REFUSED

    def wrong_type(self, topic: str, _known: _Known) -> tuple[bytes, Fate]:
        other = self._event(self._random.choice([each for each in SHARES if each != topic]))
        action = self._random.randrange(6)
        if action == 0:
            event: Any = other
        elif action == 1:
            event = other | {"type": self._event(topic)["type"]}
        elif action == 2:
            event = self._event(topic)["data"]
        elif action == 3:
            event = [self._event(topic)]
        elif action == 4:
            event = self._event(topic) | {"specversion": self._random.choice(("0.3", "1", 1.0, None))}
        else:
            event = self._random.choice((None, True, 0, 1.5, "", "event", [], {}))
        return orjson.dumps(event), Fate.REFUSED

    def no_value(self, *_: Any) -> tuple[bytes | None, Fate]:
        return self._random.choice((None, b"", b"null")), Fate.REFUSED

    def random_bytes(self, *_: Any) -> tuple[bytes, Fate]:
        return b"\xff" + self._random.randbytes(self._random.randint(1, 300)), Fate.REFUSED

    def truncated(self, topic: str, _known: _Known) -> tuple[bytes, Fate]:
        value = orjson.dumps(self._event(topic))
        return value[: self._random.randrange(1, len(value))], Fate.REFUSED

    def no_json(self, topic: str, _known: _Known) -> tuple[bytes, Fate]:
        value = orjson.dumps(self._event(topic))
        return value.replace(b'"synthetic"', self._random.choice(_NO_JSON), 1), Fate.REFUSED

    def deep(self, topic: str, _known: _Known) -> tuple[bytes, Fate]:
        depth = self._random.choice((130, 300, 1100, 20_000))
        inner = self._random.choice((b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth, b"[" * depth))
        value = orjson.dumps(self._event(topic))
        return self._random.choice((inner, value[:-1] + b',"x":' + inner + b"}")), Fate.REFUSED

    def damaged(self, topic: str, _known: _Known) -> tuple[bytes, Fate]:
        """Replace, drop, repeat or add anything at one to three places of an event."""
        event = self._event(topic, _BROKEN)
        for _ in range(self._random.randint(1, 3)):
            container, key = self._random.choice(list(_places(event)))
            action = self._random.random()
            if action < 0.7:
                container[key] = self._anything()
            elif action < 0.85:
                del container[key]
            elif isinstance(container, dict):
                container[self._random.choice(("extra", "", "version", "data", "\x00"))] = self._anything()
            else:
                container.extend([container[key]] * self._random.choice((1, 500)))
        return _dumps(event), Fate.EITHER

    def flipped(self, topic: str, _known: _Known) -> tuple[bytes, Fate]:
        """Change some bytes of an event to any others."""
        value = bytearray(orjson.dumps(self._event(topic, _BROKEN)))
        for _ in range(self._random.randint(1, 4)):
            value[self._random.randrange(len(value))] = self._random.randrange(256)
        return bytes(value), Fate.EITHER

    def twice(self, topic: str, _known: _Known) -> tuple[bytes, Fate]:
        """Name a member of the event twice: which one counts is not defined (RFC 8259), so both must not be mixed."""
        first, second = orjson.dumps(self._event(topic, _BROKEN)), orjson.dumps(self._event(topic, _BROKEN))
        return first[:-1] + b"," + second[1:], Fate.EITHER

    def _change(self, topic: str, event: Any) -> None:
        """Give an event content that no other has."""
        self._made += 1
        _CHANGES[topic](event["data"], f"{self._made}")

    def _anything(self) -> Any:
        kinds = [*BAD.values(), *ODD.values()]
        return deepcopy(self._random.choice(self._random.choice(kinds)))

    def _remember(self, event: Any, known: _Known) -> bytes:
        known.events.append(event)
        del known.events[:-_REMEMBERED]
        return orjson.dumps(event)


Mutation = Callable[[Fuzz, str, _Known], tuple[bytes | None, Fate]]
_MUTATIONS: Final[Mapping[str, tuple[float, Mutation]]] = {
    "good": (30, Fuzz.good),
    "odd and right": (5, Fuzz.odd),
    "999 lines": (0.02, Fuzz.many_lines),
    "again": (8, Fuzz.again),
    "conflict": (4, Fuzz.conflict),
    "newer": (4, Fuzz.newer),
    "bad scalar": (20, Fuzz.bad),
    "wrong type": (5, Fuzz.wrong_type),
    "no value": (2, Fuzz.no_value),
    "random bytes": (2, Fuzz.random_bytes),
    "truncated": (3, Fuzz.truncated),
    "no JSON": (3, Fuzz.no_json),
    "deep": (0.5, Fuzz.deep),
    "damaged": (10, Fuzz.damaged),
    "flipped": (3, Fuzz.flipped),
    "twice": (0.5, Fuzz.twice),
}
"""How often each is chosen, in parts of 100."""
_OF_ONE_CLAIM: Final = ("good", "again", "conflict", "newer")


def _dumps(event: Any) -> bytes:
    try:
        return orjson.dumps(event)
    except TypeError:  # an integer beyond 64 bits, or half a character
        return json.dumps(event).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _claim(name: str, number: int, _claims: Sequence[str]) -> Any:
    return a_claim_event(name) if number % 3 else an_institutional_claim_event(name)


def _appeal(name: str, number: int, claims: Sequence[str]) -> Any:
    data = {
        "submitter": "SYNTHETIC",
        "appeal_reference": name,
        "version": 1,
        "claim": {"payer_claim_number": claims[number % len(claims)]},
        "appellant": "member",
        "channel": "portal",
        "received_at": f"2025-09-{number % 28 + 1:02d}T09:00:00Z",
    }
    return envelope("appeal.filed", name, "synthetic", "2025-09-30T09:00:00Z", data)


def sha256_of(letter: str) -> str:
    """The hash that a synthetic letter is in the queue with."""
    return sha256(letter.encode()).hexdigest()


def _proof(name: str, number: int, _claims: Sequence[str]) -> Any:
    letter = LETTERS[number % len(LETTERS)]
    data = {
        "letter_id": letter,
        "version": number,
        "sha256": sha256_of(letter),
        "result": "sent",
        "at": "2025-09-30T09:00:00Z",
        "carrier": "Synthetic Carrier",
        "reference": name,
    }
    return envelope("letter.sent", name, "synthetic", "2025-09-30T09:00:00Z", data)


EVENTS: Final[Mapping[str, Callable[[str, int, Sequence[str]], Any]]] = {
    CLAIMS_SUBMITTED: _claim,
    COVERAGE_CHANGED: lambda name, number, _: a_coverage_event(name, number % 5 + 1, other_coverage=[]),
    AUTHORIZATIONS_CHANGED: lambda name, number, _: an_authorization_event(name, number % 5 + 1),
    PROVIDERS_CHANGED: lambda _name, number, _: a_provider_event(npi(number)),
    DOCUMENTS_RECEIVED: lambda name, number, _: a_document_event(name, number % 5 + 1),
    APPEALS_FILED: _appeal,
    LETTERS_SENT: _proof,
}
_CHANGES: Final[Mapping[str, Callable[[Any, str], None]]] = {
    CLAIMS_SUBMITTED: lambda data, other: data["lines"][0].update(charge=f"{other}.07"),
    COVERAGE_CHANGED: lambda data, other: data.update(plan_id=f"PLAN-{other}"),
    AUTHORIZATIONS_CHANGED: lambda data, other: data.update(plan_id=f"PLAN-{other}"),
    PROVIDERS_CHANGED: lambda data, other: data["contracts"][0].update(plan_id=f"PLAN-{other}"),
    DOCUMENTS_RECEIVED: lambda data, other: data.update(note=f"note {other}"),
    LETTERS_SENT: lambda data, other: data.update(carrier=f"carrier {other}"),
    APPEALS_FILED: lambda data, other: data.update(statement=f"statement {other}"),
}
"""Other content of the same event; `other` differs each time."""
