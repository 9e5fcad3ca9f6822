"""The events of the steady flow, drawn from a seed, and what must come of each: nothing that was sent may be missing."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson

from adjudication.model.vocabulary import ClaimId
from benchmarks.load import coverage_events, large_claims, member_id, straight_through_claims
from contracts.claim_intake.registration import LARGE_LINES
from contracts.events.codec import envelope
from contracts.events.topics import (
    APPEALS_FILED,
    AUTHORIZATIONS_CHANGED,
    CLAIMS_SUBMITTED,
    COVERAGE_CHANGED,
    DOCUMENTS_RECEIVED,
    PROVIDERS_CHANGED,
)
from contracts.ids import payer_claim_number
from runtime.clients.submit import Keyed, key_of, member_reference
from tests.builders.events import a_coverage_event, a_document_event, a_provider_event, an_authorization_event

MEMBERS = 300
CLAIMS_OF_A_BLOCK = MEMBERS * 28
"""A member has one claim a day of the month; then come other members, so that no claim repeats another."""

ADDRESS = {"lines": ["1 Synthetic Street"], "city": "Syntheville", "state": "NY", "postal_code": "99999"}
"""Where members and providers get their letters: without one, letters cannot issue themselves and are stuck."""

AUTHORIZED = 40
"""Members with an authorization of one unit, which two claims of each ask for."""


@dataclass
class Sent:
    """What the broker has: nothing of it may be lost."""

    claims: set[str] = field(default_factory=set)
    """Control numbers."""
    unreadable: set[bytes] = field(default_factory=set)
    coverage: dict[str, int] = field(default_factory=dict)
    """The newest version of each span."""
    documents: set[str] = field(default_factory=set)
    appeals: set[str] = field(default_factory=set)
    """References."""
    records: int = 0
    repeats: int = 0

    @property
    def authorizations(self) -> set[str]:
        """The members of whom at least one claim asked for the one unit of an authorization."""
        return {control.split("-")[1] for control in self.claims if control.startswith("R-")}


class Events:
    """Draws the next record; `sent` is shown once the broker has it."""

    def __init__(self, seed: int) -> None:
        self._chance, self._serial, self._straight = random.Random(seed), count(), _straight_through()
        self._late: deque[Keyed] = deque()
        self._authorized = deque(_authorized_claims())
        self._some: list[Keyed] = []
        self._versions = dict.fromkeys(range(MEMBERS), 1)
        self.sent = Sent()

    def first(self) -> list[Keyed]:
        """What the feeds know before the first claim."""
        spans = [(COVERAGE_CHANGED, key, value) for key, value in coverage_events(MEMBERS)]
        authorized = [record for number in range(AUTHORIZED) for record in _authorized_member(number)]
        return [_addressed(each) for each in (*spans, *authorized, _provider())]

    def draw(self) -> Keyed:
        """Return the next record of the flow."""
        return _addressed(self._KINDS[self._chance.choices(range(len(self._KINDS)), self._WEIGHTS)[0]](self))

    def note(self, record: Keyed) -> None:
        """Note a record that the broker acknowledged."""
        topic, _, value = record
        self.sent.records += 1
        try:
            data = orjson.loads(value)["data"]
        except (orjson.JSONDecodeError, KeyError):
            self.sent.unreadable.add(value)
            return
        if topic == CLAIMS_SUBMITTED:
            self.sent.repeats += data["claim_control_number"] in self.sent.claims
            self.sent.claims.add(data["claim_control_number"])
        elif topic == COVERAGE_CHANGED:
            known = self.sent.coverage.get(data["coverage_id"], 0)
            self.sent.coverage[data["coverage_id"]] = max(known, data["version"])
        elif topic == DOCUMENTS_RECEIVED:
            self.sent.documents.add(data["document_id"])
        elif topic == APPEALS_FILED:
            self.sent.appeals.add(data["appeal_reference"])

    def _ordinary(self) -> Keyed:
        record = next(self._straight)
        if len(self._some) < 1000:
            self._some.append(record)
        return record

    def _clinical(self) -> Keyed:
        """A spectroscopy that only a physician may decide, and a document about it afterwards.

        Its month has no other claims: imaging of the same day would deny it, and no person would be asked.
        """
        number = next(self._serial)
        claim = _claim(f"P-{number}", member_id(number % MEMBERS), "0609T", f"2025-10-{1 + number // MEMBERS % 28:02d}")
        document = a_document_event(f"SYN-DOC-P-{number}", submitter="SYN-BENCH", claim_control_number=f"P-{number}")
        self._late.append((DOCUMENTS_RECEIVED, f"P-{number}", orjson.dumps(document)))
        return claim

    def appeal(self, claim_id: str) -> None:
        """Have the member appeal a denial later."""
        number, received = payer_claim_number(ClaimId(claim_id)), datetime.now(UTC).isoformat()
        data = {
            "submitter": "SYN-BENCH",
            "appeal_reference": f"SYN-AP-{claim_id}",
            "version": 1,
            "claim": {"payer_claim_number": number},
            "appellant": "member",
            "channel": "portal",
            "received_at": received,
        }
        event = envelope("appeal.filed", f"chaos-appeal-{claim_id}", "synthetic", received, data)
        self._late.append((APPEALS_FILED, number, orjson.dumps(event)))

    def _stranger(self) -> Keyed:
        """A claim that comes before its member's coverage."""
        member = f"SYN-X-{next(self._serial):06d}"
        coverage = a_coverage_event(f"SYN-COV-{member}", member_id=member, birth_date="1980-01-01")
        self._late.append((COVERAGE_CHANGED, member_reference(member), orjson.dumps(coverage)))
        return _claim(f"X-{member}", member, "72148", "2025-09-01")

    def _large(self) -> Keyed:
        """A claim that a child process of the worker decides."""
        number = next(self._serial)
        _, value = next(large_claims(1, LARGE_LINES + 20, 1, first=number % MEMBERS))
        event = orjson.loads(value)
        event["id"] = f"chaos-large-{number}"
        event["data"]["claim_control_number"] = f"L-{number}"
        for line in event["data"]["lines"]:
            line["service_date"] = line["service_date"].replace("2025-09", "2025-08")
        return CLAIMS_SUBMITTED, member_reference(member_id(number % MEMBERS)), orjson.dumps(event)

    def _repeat(self) -> Keyed:
        return self._chance.choice(self._some) if self._some else self._ordinary()

    def _unreadable(self) -> Keyed:
        topic = self._chance.choice((CLAIMS_SUBMITTED, COVERAGE_CHANGED, DOCUMENTS_RECEIVED))
        return topic, "unreadable", b"{ no event %d" % next(self._serial)

    def _coverage(self) -> Keyed:
        number = self._chance.randrange(MEMBERS)
        self._versions[number] += 1
        event = orjson.loads(next(coverage_events(1))[1])
        member = member_id(number)
        event["id"] = f"cov-{number}-{self._versions[number]}"
        event["data"] |= {
            "coverage_id": f"SYN-COV-{number}",
            "member_id": member,
            "version": self._versions[number],
        }
        return COVERAGE_CHANGED, member_reference(member), orjson.dumps(event)

    def _what_comes_late(self) -> Keyed:
        return self._late.popleft() if self._late else self._ordinary()

    def _for_one_unit(self) -> Keyed:
        return self._authorized.popleft() if self._authorized else self._ordinary()

    def rest(self) -> list[Keyed]:
        """What is owed still: the coverage and documents of claims that were sent."""
        owed, self._late = [_addressed(each) for each in self._late], deque()
        return owed

    _KINDS = (_ordinary, _clinical, _stranger, _repeat, _unreadable, _coverage, _what_comes_late, _for_one_unit, _large)
    _WEIGHTS = (120, 10, 10, 10, 8, 8, 22, 12, 1)


def _addressed(record: Keyed) -> Keyed:
    """Return the record of a member or provider with their address; anything else as it is, unreadable bytes too."""
    topic, key, value = record
    if topic not in {COVERAGE_CHANGED, PROVIDERS_CHANGED} or value.startswith(b"{ no event"):
        return record
    event = orjson.loads(value)
    event["data"]["address"] = ADDRESS
    return topic, key, orjson.dumps(event)


def _straight_through() -> Iterator[Keyed]:
    for block in count():
        first = block * MEMBERS
        if block:
            spans = list(coverage_events(first + MEMBERS))[first:]
            yield from ((COVERAGE_CHANGED, key, value) for key, value in spans)
        for key, value in straight_through_claims(CLAIMS_OF_A_BLOCK, block, MEMBERS, first=first):
            yield CLAIMS_SUBMITTED, key, value


def _claim(control: str, member: str, code: str, day: str) -> Keyed:
    """One line of one code; what a policy asks about it is not stated."""
    event = _template()
    event["id"] = f"chaos-{control}"
    data: dict[str, Any] = event["data"]
    data |= {"claim_control_number": control, "member": {**data["member"], "member_id": member}}
    data["lines"] = [{**data["lines"][0], "code": code, "service_date": day}]
    if code == "0609T":
        data |= {"supporting_information": [], "diagnoses": ["M51.360"]}
    return CLAIMS_SUBMITTED, member_reference(member), orjson.dumps(event)


def _template() -> dict[str, Any]:
    return dict(orjson.loads(next(straight_through_claims(1, 99, 1))[1]))


def _authorized_member(number: int) -> Iterator[Keyed]:
    """Coverage by the Medicare plan, and one unit of 72158."""
    member, reference = f"SYN-R-{number:04d}", member_reference(f"SYN-R-{number:04d}")
    about: dict[str, Any] = {"member_id": member, "plan_id": "HUDSON-MA"}
    coverage = a_coverage_event(f"SYN-COV-R{number}", birth_date="1980-01-01", **about)
    yield COVERAGE_CHANGED, reference, orjson.dumps(coverage)
    services = [{"code": "72158", "units": "1", "starts": "2025-09-01", "ends": "2025-12-01"}]
    authorization = an_authorization_event(f"SYN-PA-R{number}", services=services, **about)
    yield AUTHORIZATIONS_CHANGED, reference, orjson.dumps(authorization)


def _provider() -> Keyed:
    """Who bills them all, on the roster of the Medicare plan."""
    npi = _template()["data"]["billing"]["npi"]
    event = a_provider_event(npi, contracts=[{"plan_id": "HUDSON-MA", "starts": "2025-01-01"}])
    return PROVIDERS_CHANGED, npi, orjson.dumps(event)


def _authorized_claims() -> Iterator[Keyed]:
    """Two claims a member, of different days, for the one unit that both name."""
    for number in range(AUTHORIZED):
        for turn in range(2):
            topic, _, value = _claim(f"R-{number}-{turn}", f"SYN-R-{number:04d}", "72158", f"2025-09-1{turn}")
            event = orjson.loads(value)
            event["data"]["authorization_number"] = f"SYN-PA-R{number}"
            changed = orjson.dumps(event)
            yield topic, key_of(changed)[0], changed
