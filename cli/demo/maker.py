"""Builds the events of one run of one scenario."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid5

import orjson

from cli.demo import people
from cli.demo.clinical import documented, failed_trial, on_the_wire, usual_diagnoses
from cli.demo.expected import Expected
from cli.demo.people import SyntheticMember
from contracts.events.codec import canonical, envelope, payload_hash
from contracts.events.topics import AUTHORIZATIONS_CHANGED, CLAIMS_SUBMITTED, COVERAGE_CHANGED, PROVIDERS_CHANGED
from contracts.ids import NAMESPACE, claim_id, repeated_claim_id
from runtime.clients.submit import member_reference

DAY = "2025-11-10"

TRIAL: dict[str, dict[str, Any]] = on_the_wire(failed_trial(date.fromisoformat(DAY)))
"""Facts of a failed trial of treatment before a service on the usual day."""

SPINE_TRIAL: dict[str, dict[str, Any]] = {
    name: {**fact, "about": {"region": "whole-spine"}} for name, fact in TRIAL.items()
}
"""The same facts about the whole spine, for a claim with several regions."""

RED_FLAG: dict[str, dict[str, Any]] = {
    **on_the_wire(documented(date.fromisoformat(DAY))),
    "indication": {"code": "cauda-equina"},
    "episode.onset_or_change_date": {"day": "2025-11-01"},
    "xray.date": {"day": "2025-11-02"},
    "eval.in_person": {"day": "2025-11-05"},
    "redflag.cauda_equina": {"flag": True},
}
"""Facts of suspected cauda equina: no trial and no re-evaluation is required."""


@dataclass(frozen=True, slots=True)
class DemoRecord:
    """One Kafka record and, for claims, the expected outcome; `answer`: the expected status of a claim that is sent again."""

    topic: str
    key: str
    value: bytes
    scenario: str
    expected: Expected | None = None
    claim_id: str | None = None
    answer: str | None = None


@dataclass(slots=True)
class Maker:
    """Collects the records of one run of a scenario; `run` makes every id in it unique."""

    scenario: str
    plan: str
    run: str
    records: list[DemoRecord] = field(default_factory=list)
    _serial: int = 0

    @property
    def study(self) -> str:
        """A spine MRI that the guideline decides: not the lumbar MRI for the plan where a local determination (L37281) comes first."""
        return "72141" if self.plan == "CASCADE-MA" else "72148"

    def member(self, *spans: tuple[str, str, str | None], **fields: Any) -> SyntheticMember:
        """A new member, enrolled in the plan since 2024 unless spans (plan, starts, ends) are given; `fields` go into the coverage event."""
        member = SyntheticMember(f"SYN-M-{self._id('m')}")
        for plan, starts, ends in spans or ((self.plan, "2024-01-01", None),):
            data = {
                "coverage_id": f"SYN-COV-{self._id('c')}",
                "member_id": member.member_id,
                "plan_id": plan,
                "birth_date": people.BIRTH_DATE,
                "address": people.ADDRESS,
                "starts": starts,
                "determined_on": starts,
                "version": 1,
                **({"ends": ends} if ends else {}),
                **fields,
            }
            self._feed(COVERAGE_CHANGED, "coverage.changed", member, data)
        return member

    def dependent(self, of: SyntheticMember, born: str, given_name: str, ends: str | None = None) -> dict[str, Any]:
        """Enroll a child under a member's id; returns the child as a claim carries them."""
        who = {"birth_date": born, "given_name": given_name, "family_name": of.as_claimed()["family_name"]}
        data = {
            "coverage_id": f"SYN-COV-{self._id('c')}",
            "member_id": of.member_id,
            "plan_id": self.plan,
            **who,
            "relationship": "child",
            "address": people.ADDRESS,
            "starts": "2024-01-01",
            "determined_on": "2024-01-01",
            "version": 1,
            **({"ends": ends} if ends else {}),
        }
        self._feed(COVERAGE_CHANGED, "coverage.changed", of, data)
        return {"member_id": of.member_id, **who, "relationship": "child"}

    def stranger(self) -> SyntheticMember:
        """A member without any coverage event."""
        return SyntheticMember(f"SYN-M-{self._id('x')}")

    def newcomer(self) -> dict[str, Any]:
        """A provider used in this run only, who is not on the roster. The number begins with 2, as no issued NPI does."""
        return people.provider(200000000 + uuid5(NAMESPACE, self._id("p")).int % 100000000, people.TAXONOMY_MRI_CLINIC)

    def enlist(self, provider: dict[str, Any], version: int = 1, **state: Any) -> None:
        """Put a provider on the roster with contracts and investigations; without `contracts`, the roster shows that the provider has none."""
        npi = provider["npi"]
        value = orjson.dumps(
            self._event("provider.changed", {"npi": npi, "version": version, "address": people.ADDRESS, **state})
        )
        self.records.append(DemoRecord(PROVIDERS_CHANGED, npi, value, self.scenario))

    def authorization(self, member: SyntheticMember, *codes: str, **options: Any) -> str:
        """An authorization for one unit of each code in autumn 2025; returns its number."""
        number = f"SYN-PA-{self._id('a')}"
        service = {"units": options.get("units", "1"), "starts": options.get("starts", "2025-10-01")}
        service["ends"] = options.get("ends", "2026-01-01")
        if "provider" in options:
            service["provider_npi"] = options["provider"]["npi"]
        if "unit_kind" in options:
            service["unit_kind"] = options["unit_kind"]
        data = {
            "authorization_number": number,
            "member_id": member.member_id,
            "plan_id": self.plan,
            "status": options.get("status", "approved"),
            "services": [{"code": code, **service} for code in codes],
            "version": 1,
        }
        self._feed(AUTHORIZATIONS_CHANGED, "authorization.changed", member, data)
        return number

    def claim(
        self, patient: SyntheticMember, lines: list[dict[str, Any]], expected: Expected | None, **fields: Any
    ) -> dict[str, Any]:
        """Publish a claim; returns its event, so that it can be sent again or changed."""
        facts = fields.pop("facts", {})
        data: dict[str, Any] = {
            "submitter": "SYN-CLEARING",
            "claim_control_number": f"SYN-{self._id('k')}",
            "form": "professional",
            "place_of_service": "49",
            "member": patient.as_claimed(),
            "billing": people.CENTER,
            "ordering": people.ORDERING,
            # The demonstration is run on any later day; no claim is filed before its services.
            "first_filed_on": max("2025-11-20", *(line["service_date"] for line in lines)),
            "supporting_information": [
                {"fact": name, **value, "source": "ordering visit note", "recorded_on": "2025-11-03"}
                for name, value in facts.items()
            ],
            "lines": [{"number": index + 1, **line} for index, line in enumerate(lines)],
        }
        if fields.get("form") == "institutional":
            del data["place_of_service"]
            data["billing"] = people.HOSPITAL
        if "diagnoses" not in fields:
            data["diagnoses"], places = usual_diagnoses(each.get("code", "") for each in lines)
            pointing = zip(data["lines"], places, strict=True)
            data["lines"] = [
                {**each, "diagnosis_pointers": [to]} if each.get("diagnosis_pointers") == [1] else each
                for each, to in pointing
            ]
        data.update(fields)
        data["billing"] = {**data["billing"], "address": people.ADDRESS}
        event = self._event("claim.submitted", data)
        self.send(event, expected)
        return event

    def send(self, event: dict[str, Any], expected: Expected | None) -> None:
        """Publish a claim event as it is."""
        data = event["data"]
        identity = self._identity(data)
        self.raw(orjson.dumps(event), expected, identity, member_reference(data["member"]["member_id"]))

    def _identity(self, data: dict[str, Any]) -> str:
        """Return the claim's id here: later claims under the same number have ids derived from their content."""
        key = (data["submitter"], data["claim_control_number"], data.get("revision", 1))
        first = claim_id(*key)
        if all(record.claim_id != first for record in self.records):
            return first
        return repeated_claim_id(*key, payload_hash(canonical(data)))

    def again(self, event: dict[str, Any], answer: str) -> None:
        """Publish an event under a claim number that was used before; the expected answer is a claim status."""
        data = event["data"]
        identity = claim_id(data["submitter"], data["claim_control_number"], data.get("revision", 1))
        key = member_reference(data["member"]["member_id"])
        record = DemoRecord(CLAIMS_SUBMITTED, key, orjson.dumps(event), self.scenario, None, identity, answer)
        self.records.append(record)

    def raw(
        self, value: bytes, expected: Expected | None, identity: str | None = None, key: str = "unreadable"
    ) -> None:
        """Publish bytes on the claim topic."""
        self.records.append(DemoRecord(CLAIMS_SUBMITTED, key, value, self.scenario, expected, identity))

    def _feed(self, topic: str, kind: str, member: SyntheticMember, data: dict[str, Any]) -> None:
        value = orjson.dumps(self._event(kind, data))
        self.records.append(DemoRecord(topic, member_reference(member.member_id), value, self.scenario))

    def _event(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        identity = str(uuid5(NAMESPACE, f"demo:{kind}:{self._id('e')}"))
        return envelope(kind, identity, "claimwright/demo", "2025-11-20T08:00:00Z", data)

    def _id(self, kind: str) -> str:
        self._serial += 1
        return f"{self.run}-{kind}{self._serial:04d}"


def revenue_line(code: str, charge: str = "85.00") -> dict[str, Any]:
    """A hospital line with a revenue code only."""
    return {"revenue_code": code, "units": "1", "charge": charge, "service_date": DAY}


def line(code: str, *modifiers: str, units: str = "1", charge: str = "1450.00", **fields: Any) -> dict[str, Any]:
    """A service line on the usual day, pointing at the first diagnosis."""
    data: dict[str, Any] = {
        "code": code,
        "units": units,
        "charge": charge,
        "service_date": DAY,
        "diagnosis_pointers": [1],
    }
    if modifiers:
        data["modifiers"] = list(modifiers)
    return {**data, **fields}
