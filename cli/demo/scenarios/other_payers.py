"""Coordination of benefits: who pays first, and what is paid after another payer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cli.demo.expected import PAID, Line, denied, determined, pended
from cli.demo.maker import TRIAL, Maker, line
from cli.demo.people import SyntheticMember
from cli.demo.scenario import Scenario
from contracts.ids import claim_id, payer_claim_number

PAYER = "SYN-OTHER-PAYER"
AFTER_ANOTHER = Line("approved", "pricing.secondary", "OA", "23")
WITHDRAWN = Line("withdrawn", "chain.replaced")


def other(order: str, payer_id: str = PAYER) -> dict[str, Any]:
    """Coverage by another payer since 2025."""
    return {"payer_id": payer_id, "order": order, "starts": "2025-01-01"}


def explained(charge: str = "1450.00", paid: str = "300.00", share: str = "75.00", number: int = 1) -> dict[str, Any]:
    """Return another payer's decision on a claim of one line: the rest of the charge is its contract's write-off."""
    rest = Decimal(charge) - Decimal(paid) - Decimal(share)
    parts = [("CO", "45", str(rest)), ("PR", "2", share)]
    adjustments = [{"group": group, "carc": carc, "amount": amount} for group, carc, amount in parts if Decimal(amount)]
    lines = [{"number": number, "paid": paid, "adjustments": adjustments}]
    return {"payer_id": PAYER, "adjudicated_on": "2025-11-17", "paid": paid, "lines": lines}


def _insured(m: Maker, order: str = "primary") -> SyntheticMember:
    return m.member(other_coverage=[other(order)])


def _waits(m: Maker) -> None:
    m.claim(_insured(m), [line("72148")], pended("P-COB", "coordination.primary_not_told"), facts=TRIAL)


def _unknown(m: Maker) -> None:
    m.claim(_insured(m, "unknown"), [line("72148")], pended("P-COB", "coordination.order_unknown"), facts=TRIAL)


def _ours_first(m: Maker) -> None:
    m.claim(_insured(m, "secondary"), [line("72148")], determined(PAID), facts=TRIAL)


def _contradicts(m: Maker) -> None:
    expected = pended("P-COB", "coordination.contradicts")
    m.claim(m.member(), [line("72148")], expected, facts=TRIAL, other_payers=[explained()])


def _secondary(m: Maker) -> None:
    m.claim(_insured(m), [line("72148")], determined(AFTER_ANOTHER), facts=TRIAL, other_payers=[explained()])


def _denied_there(m: Maker) -> None:
    nothing = explained(paid="0.00", share="0.00")
    expected = pended("P-COB", "coordination.primary_denied")
    m.claim(_insured(m), [line("72148")], expected, facts=TRIAL, other_payers=[nothing])


def _rules_broken_there(m: Maker) -> None:
    adjustments = [{"group": "CO", "carc": "197", "amount": "1450.00"}]
    lines = [{"number": 1, "paid": "0.00", "adjustments": adjustments}]
    refused = {**explained(paid="0.00", share="0.00"), "lines": lines}
    expected = pended("P-COB", "coordination.primary_rules_not_followed")
    m.claim(_insured(m), [line("72148")], expected, facts=TRIAL, other_payers=[refused])


def _not_by_line(m: Maker) -> None:
    whole = {**explained("2900.00"), "lines": []}
    whole["adjustments"] = [{"group": "CO", "carc": "45", "amount": "2600.00"}]
    expected = pended("P-COB", "coordination.primary_unclear")
    m.claim(_insured(m), [line("72148"), line("72141")], expected, facts=TRIAL, other_payers=[whole])


def _replaced(m: Maker) -> None:
    member = _insured(m)
    original = m.claim(member, [line("72148")], determined(WITHDRAWN), facts=TRIAL)["data"]
    number = payer_claim_number(claim_id(original["submitter"], original["claim_control_number"], 1))
    fields = {"frequency": "7", "payer_claim_number": number, "other_payers": [explained()]}
    m.claim(member, [line("72148")], determined(AFTER_ANOTHER), facts=TRIAL, **fields)


def _edits_hold(m: Maker) -> None:
    """An edit denies regardless of who pays first; the denial is sent once the order of payers is settled."""
    lines = [line("72149"), line("72148")]
    expected = determined(PAID, denied("edits.ncci_pair", "236"))
    m.claim(_insured(m, "secondary"), lines, expected, facts=TRIAL)


SCENARIOS = (
    Scenario(
        "A claim that another payer decides first waits for its explanation of benefits",
        "B3 row 3, F2 P-COB",
        _waits,
        ("HUDSON-COMM", "HUDSON-MCD", "HUDSON-MA"),
    ),
    Scenario("A claim pends while the order of payers is unknown", "unknown is never no", _unknown),
    Scenario("Coverage that pays after us holds nothing", "B1 step 6", _ours_first),
    Scenario("A payer that only the claim knows is looked at by a person", "B1 step 6", _contradicts),
    Scenario(
        "After another payer only our share is paid, and the other payer's part is reported as OA-23",
        "B3 row 4, C1 CLP02",
        _secondary,
        ("HUDSON-COMM", "HUDSON-MCD", "HUDSON-MA"),
        explained=True,
    ),
    Scenario("What another payer denied is not guessed at", "B1 step 6", _denied_there),
    Scenario("A denial for the other payer's own rules may be repeated, by a person", "CARC 136", _rules_broken_there),
    Scenario("Another payer's sum for the whole claim is not spread over its lines", "C1 SVD", _not_by_line),
    Scenario("A replacement that brings the explanation of benefits releases the claim", "C1 REF*F8", _replaced),
    Scenario("Edits apply in any order of payers", "B1 order", _edits_hold),
)
