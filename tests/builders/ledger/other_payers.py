"""A member's other coverage and the other payer's explanation of benefits, as events."""

from __future__ import annotations

from typing import Any

from contracts.events.documents import DocumentReceivedV1
from contracts.events.feeds import CoverageChangedV1
from contracts.events.other_payers import OtherCoverageV1, PayerAdjudicationV1
from tests.builders.ledger.submissions import SERVICE_DATE, a_coverage_change

EOB: dict[str, Any] = {
    "payer_id": "SYN-OTHER-PAYER",
    "adjudicated_on": SERVICE_DATE.isoformat(),
    "paid": "300.00",
    "lines": [
        {
            "number": 1,
            "paid": "300.00",
            "adjustments": [
                {"group": "CO", "carc": "45", "amount": "150.00"},
                {"group": "PR", "carc": "2", "amount": "50.00"},
            ],
        }
    ],
}
"""Billed 500.00, allowed 350.00, paid 300.00: the provider must accept 350.00, so 50.00 are left to pay."""


def coverage(order: str | None, version: int = 1) -> CoverageChangedV1:
    """The member's coverage, with another payer in this order; None: there is no other payer."""
    others = () if order is None else (OtherCoverageV1(payer_id="SYN-OTHER-PAYER", order=order, starts=SERVICE_DATE),)
    return a_coverage_change(version).model_copy(update={"other_coverage": others})


def adjudicated(**changes: Any) -> PayerAdjudicationV1:
    return PayerAdjudicationV1.model_validate({**EOB, **changes}, strict=False)


def an_eob(version: int = 1, **fields: Any) -> DocumentReceivedV1:
    kind = {"kind": "explanation-of-benefits", "submitter": "SYNTHETIC", "claim_control_number": "C1"}
    return DocumentReceivedV1.model_validate({"document_id": "SYN-EOB-1", "version": version, **kind, **fields})
