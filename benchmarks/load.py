"""Synthetic claims that are decided without a reviewer: active coverage, documented imaging, a contract rate. Fast to make."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from cli.demo.clinical import failed_trial, on_the_wire, usual_diagnoses
from contracts.events.codec import envelope
from runtime.clients.submit import member_reference

PLAN = "HUDSON-COMM"
NPI = "1234567893"
CODES = ("72148", "72141", "72146", "72147", "72142", "72149")
# Members come back with the same code within the year: every claim says why the study is repeated.
RECORD = {**failed_trial(date(2025, 9, 1)), "repeat.reason": "progression"}
FACTS = tuple({"fact": name, **value} for name, value in on_the_wire(RECORD).items())


def coverage_events(members: int) -> Iterator[tuple[str, bytes]]:
    """Yield (key, event): one open coverage span per member."""
    for number in range(members):
        member = member_id(number)
        data = {
            "coverage_id": f"SYN-COV-{number}",
            "member_id": member,
            "plan_id": PLAN,
            "birth_date": "1980-01-01",
            "starts": "2025-01-01",
            "version": 1,
        }
        yield member_reference(member), event("coverage.changed", f"cov-{number}", data)


def straight_through_claims(
    count: int, seed: int, members: int, first: int = 0, month: str = "2025-09"
) -> Iterator[tuple[str, bytes]]:
    """Yield (key, event): claims of one or two imaging lines, spread over members (from the `first`) and days of a month.

    Claims that are sent after others need other members or another month: one service billed twice is a suspected duplicate.
    """
    chance = random.Random(seed)
    facts = [{**fact, "source": "visit note", "recorded_on": "2025-08-25"} for fact in FACTS]
    for number in range(count):
        member = member_id(first + number % members)
        day = f"{month}-{1 + number // members % 28:02d}"
        codes = chance.sample(CODES[:3], 1 + (chance.random() < 0.4))
        diagnoses, places = usual_diagnoses(codes)
        data = {
            "submitter": "SYN-BENCH",
            "first_filed_on": "2025-11-20",
            "claim_control_number": f"B{seed}-{number}",
            "form": "professional",
            "place_of_service": "11",
            "member": member_fields(member),
            "billing": {"npi": NPI, "taxonomy": "261QM1200X"},
            "diagnoses": diagnoses,
            "supporting_information": facts if len(codes) == 1 else of_the_whole_spine(facts),
            "lines": [line_of(index, code, day, chance, places[index]) for index, code in enumerate(codes)],
        }
        yield member_reference(member), event("claim.submitted", f"bench-{seed}-{number}", data)


def large_claims(count: int, lines: int, members: int, first: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield (key, event): claims of `lines` imaging lines over a month, spread over members (from the `first`)."""
    template = orjson.loads(next(straight_through_claims(1, 1, 1))[1])["data"]
    line = template["lines"][0]
    codes = [CODES[each % len(CODES)] for each in range(lines)]
    diagnoses, places = usual_diagnoses(codes)
    for number in range(count):
        member = member_id(first + number % members)
        data = {
            **template,
            "diagnoses": diagnoses,
            "claim_control_number": f"L{lines}-{first}-{number}",
            "member": {**template["member"], "member_id": member},
            "supporting_information": of_the_whole_spine(template["supporting_information"]),
            "lines": [
                {
                    **line,
                    "number": each + 1,
                    "code": codes[each],
                    "diagnosis_pointers": [places[each]],
                    "charge": f"{900 + each}.00",
                    "service_date": f"2025-09-{1 + each // len(CODES) % 28:02d}",
                }
                for each in range(lines)
            ],
        }
        yield member_reference(member), event("claim.submitted", f"large-{lines}-{first}-{number}", data)


def member_fields(member: str) -> dict[str, str]:
    """Name the patient of a claim; all synthetic members have one name and one birthday."""
    return {"member_id": member, "birth_date": "1980-01-01", "family_name": "Testcase", "given_name": "Bench"}


def line_of(index: int, code: str, day: str, chance: random.Random, diagnosis: int) -> dict[str, Any]:
    """Return a line of a claim with a charge above the contract rate; it points at one diagnosis of the claim."""
    return {
        "number": index + 1,
        "code": code,
        "units": "1",
        "charge": f"{900 + chance.randrange(200)}.00",
        "service_date": day,
        "diagnosis_pointers": [diagnosis],
    }


def of_the_whole_spine(facts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return facts with the whole spine as their subject, for a claim that bills several regions."""
    return [{**fact, "about": {"region": "whole-spine"}} for fact in facts]


def member_id(number: int) -> str:
    """Return the id of one of the benchmark's synthetic members."""
    return f"SYN-B-{number:07d}"


def event(kind: str, identity: str, data: Mapping[str, object]) -> bytes:
    """Encode an event of the benchmarks."""
    return orjson.dumps(envelope(kind, identity, "benchmarks/load", "2025-10-01T00:00:00Z", data))
