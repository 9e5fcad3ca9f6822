"""Corrections: a replacement or void changes an earlier claim, in whatever order they arrive, and nothing is paid twice."""

from __future__ import annotations

from typing import Any

from cli.demo import people
from cli.demo.expected import PAID, Determined, Expected, Line, OneOf, denied, determined, pended
from cli.demo.maker import TRIAL, Maker, line
from cli.demo.people import SyntheticMember
from cli.demo.scenario import Scenario
from contracts.ids import claim_id, payer_claim_number

NEEDS = "72158"
REPLACED = determined(Line("reversed", "chain.replaced", "CO", "45"))
VOIDED = determined(Line("reversed", "chain.voided", "CO", "45"))
CARRIED_OUT = determined(Line("withdrawn", "chain.void_carried_out"))
CLOSED = determined(Line("withdrawn", "chain.replaced"))

_Event = dict[str, Any]


def _refused(outcome: str) -> Determined:
    return determined(denied(outcome, "16"))


def _correction(
    m: Maker, of: _Event, patient: SyntheticMember, frequency: str, expected: Expected, **fields: Any
) -> _Event:
    """Send a replacement or void of an earlier claim, by our payer claim number."""
    data = of["data"]
    number = payer_claim_number(claim_id(data["submitter"], data["claim_control_number"], data.get("revision", 1)))
    lines = fields.pop("lines", None) or [
        {key: value for key, value in each.items() if key != "number"} for each in data["lines"]
    ]
    return m.claim(patient, lines, expected, frequency=frequency, payer_claim_number=number, facts=TRIAL, **fields)


def _final(m: Maker) -> None:
    """The corrected line costs less; the earlier payment is taken back in full."""
    member = m.member()
    original = m.claim(member, [line("72148")], REPLACED, facts=TRIAL)
    _correction(m, original, member, "7", determined(PAID), lines=[line("72148", charge="1200.00")])


def _under_one_number(m: Maker) -> None:
    """Correct a claim as an 837 does: the same claim control number, frequency 7 and our number for the original."""
    member = m.member()
    original = m.claim(member, [line("72148")], REPLACED, facts=TRIAL)
    number = original["data"]["claim_control_number"]
    lines = [line("72148", charge="1200.00")]
    _correction(m, original, member, "7", determined(PAID), lines=lines, claim_control_number=number)


def _two_visits(m: Maker) -> None:
    """A practice numbers by patient: the second visit comes under the number of the first."""
    member = m.member()
    first = m.claim(member, [line("72148")], determined(PAID), facts=TRIAL)
    number = first["data"]["claim_control_number"]
    later = [line("72141", service_date="2025-11-06")]
    m.claim(member, later, pended("P-DOC", "necessity.facts_missing"), claim_control_number=number)


def _last_unit(m: Maker) -> None:
    member = m.member()
    m.authorization(member, NEEDS)
    original = m.claim(member, [line(NEEDS)], REPLACED, facts=TRIAL)
    _correction(m, original, member, "7", determined(PAID))


def _void(m: Maker) -> None:
    member = m.member()
    original = m.claim(member, [line("72148")], VOIDED, facts=TRIAL)
    _correction(m, original, member, "8", CARRIED_OUT)


def _first(m: Maker) -> None:
    member = m.member()
    original = m.claim(member, [line("72148")], REPLACED, facts=TRIAL)
    _correction(m, original, member, "7", determined(PAID))
    m.records[-2:] = reversed(m.records[-2:])


def _under_review(m: Maker) -> None:
    """The reading is pended for its acquisition; its correction is then pended instead."""
    member = m.member()
    original = m.claim(member, [line("0612T")], CLOSED, facts=TRIAL)
    _correction(m, original, member, "7", pended("P-FAM", "edits.family_waiting"))


def _twice(m: Maker) -> None:
    member = m.member()
    original = m.claim(member, [line("72148")], VOIDED, facts=TRIAL)
    once = OneOf(f"void-{m.run}", (CARRIED_OUT, _refused("chain.already_changed")))
    _correction(m, original, member, "8", once)
    _correction(m, original, member, "8", once)


def _of_a_void(m: Maker) -> None:
    member = m.member()
    original = m.claim(member, [line("72148")], VOIDED, facts=TRIAL)
    void = _correction(m, original, member, "8", CARRIED_OUT)
    _correction(m, void, member, "8", _refused("chain.not_changeable"))


def _corrected_twice(m: Maker) -> None:
    member = m.member()
    original = m.claim(member, [line("72148")], REPLACED, facts=TRIAL)
    first = _correction(m, original, member, "7", REPLACED)
    _correction(m, first, member, "7", determined(PAID))


def _denied(m: Maker) -> None:
    member = m.member()
    lost = determined(denied("authorization.missing", "197"))
    original = m.claim(member, [line(NEEDS)], lost, facts=TRIAL)
    _correction(m, original, member, "7", _refused("chain.original_denied"))


def _other_member(m: Maker) -> None:
    original = m.claim(m.member(), [line("72148")], determined(PAID), facts=TRIAL)
    _correction(m, original, m.member(), "7", _refused("chain.other_member"))


def _other_biller(m: Maker) -> None:
    member = m.member()
    original = m.claim(member, [line("72148")], determined(PAID), facts=TRIAL)
    _correction(m, original, member, "7", _refused("chain.other_biller"), billing=people.OTHER_CENTER)


SCENARIOS = (
    Scenario(
        "A replacement of a final claim takes it back and is paid", "C1 frequency 7, B3 row 43", _final, explained=True
    ),
    Scenario("A replacement comes under the number of its original", "C1 CLM01, REF*F8", _under_one_number),
    Scenario("A second visit comes under the number of the first", "C1 CLM01", _two_visits),
    Scenario("A replacement gets the last unit its original held", "F7 replacement", _last_unit, ("HUDSON-MA",)),
    Scenario("A void takes the original back and bills nothing", "C1 frequency 8, B3 row 43", _void, copies=2),
    Scenario("A replacement that arrives before its original waits for it", "B1 step 9", _first, copies=2),
    Scenario("An open review is closed by the replacement of its claim", "B1 step 9", _under_review),
    Scenario("Of two voids of one claim one is carried out", "B3 row 44: N152", _twice),
    Scenario("A void cannot be voided", "B3 row 44: N152", _of_a_void),
    Scenario("A replacement is replaced in its turn", "C1: chain, never overwrite", _corrected_twice),
    Scenario("A claim denied in full is sent as a new claim, not replaced", "B3 row 44: N142", _denied, ("HUDSON-MA",)),
    Scenario("The number of another member's claim is refused", "B3 row 44: N152", _other_member),
    Scenario("Another provider's claim cannot be replaced", "B3 row 44: N152", _other_biller),
)
