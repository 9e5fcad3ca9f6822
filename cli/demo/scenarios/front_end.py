"""Errors of submitters before a claim is accepted: no event is lost, and each gets a status."""

from __future__ import annotations

import copy

import orjson

from cli.demo import people
from cli.demo.expected import PAID, DeadLettered, Rejected, determined, pended
from cli.demo.maker import TRIAL, Maker, line
from cli.demo.scenario import Scenario


def _twice(m: Maker) -> None:
    event = m.claim(m.member(), [line("72148")], determined(PAID), facts=TRIAL)
    m.again(event, "duplicate")


def _changed(m: Maker) -> None:
    event = m.claim(m.member(), [line("72148")], determined(PAID), facts=TRIAL)
    other = copy.deepcopy(event)
    other["data"]["lines"][0]["charge"] = "1999.00"
    m.again(other, "conflict")


def _bytes(m: Maker) -> None:
    m.raw(b"\xff\xfe" + m.run.encode() + b" this is not a claim", DeadLettered("undecodable"))


def _other_type(m: Maker) -> None:
    event = {"specversion": "1.0", "id": m.run, "source": "s", "type": "com.claimwright.claim.submitted.v9", "data": {}}
    m.raw(orjson.dumps(event), DeadLettered("unknown-type"))


def _unknown_key(m: Maker) -> None:
    m.claim(m.member(), [line("72148")], Rejected(frozenset({"extra_forbidden"}), "schema"), color="green")


def _half_a_day(m: Maker) -> None:
    lines = [line("72148", service_date="10.11.2025")]
    m.claim(m.member(), lines, Rejected(frozenset({"calendar_date"}), "schema"))


def _replacement_of_nothing(m: Maker) -> None:
    expected = Rejected(frozenset({"M47"}), "business-rule")
    m.claim(m.member(), [line("72148")], expected, frequency="7", facts=TRIAL)


def _replacement(m: Maker) -> None:
    expected = pended("P-CHAIN", "intake.replacement_chain")
    m.claim(m.member(), [line("72148")], expected, frequency="7", payer_claim_number="CWSYNTHETIC", facts=TRIAL)


def _check_digit(m: Maker) -> None:
    wrong = {**people.CENTER, "npi": people.CENTER["npi"][:-1] + str((int(people.CENTER["npi"][-1]) + 1) % 10)}
    m.claim(m.member(), [line("72148")], Rejected(frozenset({"N257"}), "business-rule"), billing=wrong)


def _dangling_pointer(m: Maker) -> None:
    lines = [line("72148", diagnosis_pointers=[3])]
    m.claim(m.member(), lines, Rejected(frozenset({"M76"}), "business-rule"))


def _hospital_without_bill_type(m: Maker) -> None:
    lines = [line("72148", revenue_code="0612")]
    m.claim(m.member(), lines, Rejected(frozenset({"MA30"}), "business-rule"), form="institutional")


SCENARIOS = (
    Scenario("The same event sent again is acknowledged and not run again", "architecture 1.6", _twice, copies=3),
    Scenario(
        "Other content under the same number is a conflict for operations", "architecture 1.6", _changed, copies=2
    ),
    Scenario("Bytes that are not an event are kept unchanged", "dead letter", _bytes, copies=2),
    Scenario("An event of an unknown version is kept", "versioned types", _other_type),
    Scenario("A key outside the contract is rejected by name of its place", "strict models", _unknown_key),
    Scenario("A date in another format is rejected", "strict models", _half_a_day),
    Scenario("A replacement must name what it replaces", "C1 REF*F8", _replacement_of_nothing),
    Scenario("A replacement waits for its chain", "B1 step 9", _replacement),
    Scenario("A provider number with a wrong check digit is rejected", "B3 row 1", _check_digit),
    Scenario("A pointer at no diagnosis is rejected", "B3 row 1", _dangling_pointer),
    Scenario("A hospital claim needs a type of bill", "B3 row 15", _hospital_without_bill_type),
)
