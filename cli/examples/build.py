"""Builds the claims of a row as upstream systems send them, and reads them as intake does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import orjson

from adjudication.model.claim import Claim, ReceivedDocument, SupportingFact
from adjudication.model.vocabulary import ClaimId
from cli.demo import people
from cli.demo.clinical import Facts, on_the_wire, usual_diagnoses
from cli.examples.facts import FACTS
from cli.examples.persons import as_claimed
from cli.examples.phrases import billed_line
from cli.examples.rows import BilledLine, ClaimFields, FirstPayer, Row
from contracts.claim_intake.mapping import to_core
from contracts.events.claims import ClaimSubmittedV1
from contracts.ids import claim_id, payer_claim_number

SUBMITTER: Final = "SYN-EXAMPLES"
PAYER: Final = "SYN-OTHER-PAYER"
RECORDED: Final = timedelta(days=7)
"""The time between the ordering visit, which recorded the facts, and the service."""
_RECEIPT_DAYS: Final = 10
_WRONG: Final = str((int(people.CENTER["npi"][-1]) + 1) % 10)

PROVIDERS: Final[Mapping[str, dict[str, Any]]] = {
    "center": people.CENTER,
    "other-center": people.OTHER_CENTER,
    "radiologist": people.RADIOLOGIST,
    "other-radiologist": people.provider(100000008, people.TAXONOMY_RADIOLOGY),
    "hospital": people.HOSPITAL,
    "vendor": people.VENDOR,
    "therapist": people.provider(100000007, "225100000X"),
    "psychiatrist": people.provider(100000011, "2084P0800X"),
    "neurologist": people.provider(100000009, "2084N0400X"),
    "wrong-npi": {**people.CENTER, "npi": people.CENTER["npi"][:-1] + _WRONG},
}


def received_at(fields: ClaimFields) -> datetime:
    """Return when the claim was received: ten days after the service unless the row says otherwise."""
    day = fields.received or fields.day + timedelta(days=_RECEIPT_DAYS)
    return datetime.combine(day, time(15), UTC)


def control_number(row: Row, index: int, fields: ClaimFields) -> str:
    """Return the submitter's number of a claim of a row."""
    return fields.control or f"SYN-{row.number:03d}-{index + 1}"


def wire_claim(row: Row, index: int, fields: ClaimFields, before: list[ClaimId]) -> ClaimSubmittedV1:
    """Return the claim as it is sent. `before`: the ids of the row's earlier claims, which a correction names."""
    billing = PROVIDERS[fields.by]
    codes = (billed_line(each if isinstance(each, str) else each.line).get("code", "") for each in fields.billed)
    usual, places = usual_diagnoses(codes)
    data: dict[str, Any] = {
        "submitter": SUBMITTER,
        "claim_control_number": control_number(row, index, fields),
        "form": "institutional" if fields.by == "hospital" else "professional",
        "member": as_claimed(row, fields),
        "billing": _with_taxonomy(billing, fields.taxonomy),
        "ordering": _ordering(fields),
        "diagnoses": fields.dx or usual,
        "lines": [
            _line(fields, position, each, to)
            for position, (each, to) in enumerate(zip(fields.billed, places, strict=True))
        ],
        "supporting_information": [] if fields.documented_by else _stated(fields),
        **_optional(row, fields),
        **fields.states,
    }
    corrected = fields.replaces or fields.voids
    if corrected is not None:
        data["frequency"] = "7" if fields.replaces else "8"
        data["payer_claim_number"] = payer_claim_number(before[corrected - 1])
    return ClaimSubmittedV1.model_validate_json(orjson.dumps(data))


def _ordering(fields: ClaimFields) -> dict[str, Any] | None:
    """Return who ordered: a neurosurgeon unless the row names another, another taxonomy, or none."""
    if fields.ordering == "none":
        return None
    named = people.ORDERING if fields.ordering is None else PROVIDERS[fields.ordering]
    return _with_taxonomy(named, fields.ordering_taxonomy)


def _with_taxonomy(provider: dict[str, Any], stated: str | None) -> dict[str, Any]:
    """Return a provider with another taxonomy, or without one."""
    if stated is None:
        return provider
    return {**provider, "taxonomy": None if stated == "none" else stated}


def core_claim(wire: ClaimSubmittedV1, fields: ClaimFields) -> Claim:
    """Map it as intake does, with the facts that documents state."""
    number = claim_id(wire.submitter, wire.claim_control_number, wire.revision)
    claim = to_core(wire, number, received_at(fields))
    if fields.documented_by is None:
        return claim
    recorded = fields.day - RECORDED
    facts = (
        SupportingFact(
            name,
            value,
            "emergency department note",
            recorded,
            author=None if fields.unsigned else "SYN-EMERGENCY-MD",
            document="SYN-DOC-1",
        )
        for name, value in stated_facts(fields).items()
    )
    note = ReceivedDocument("SYN-DOC-1", fields.documented_by, claim.received_at)
    return replace(claim, supporting=tuple(facts), documents=(note,))


def stated_facts(fields: ClaimFields) -> Facts:
    """Return the clinical facts of a claim: the named set, less the facts left out, with those added."""
    known = {name: value for name, value in FACTS[fields.facts](fields.day).items() if name not in fields.without}
    stated = {
        name: Decimal(v) if isinstance(v, int) and not isinstance(v, bool) else v for name, v in fields.with_.items()
    }
    return {**known, **stated}


def _stated(fields: ClaimFields) -> list[dict[str, Any]]:
    recorded = (fields.day - RECORDED).isoformat()
    facts = on_the_wire(stated_facts(fields))
    about = {} if fields.region is None else {"about": {"region": fields.region}}
    stated = [
        {"fact": name, **value, "source": "ordering visit note", "recorded_on": recorded, **about}
        for name, value in facts.items()
    ]
    if fields.both_values is not None:
        both = {"fact": fields.both_values, "flag": True, "day": recorded, "source": "note", "recorded_on": recorded}
        stated.insert(0, both)
    return stated


def _line(fields: ClaimFields, position: int, billed: str | BilledLine, usual: int) -> dict[str, Any]:
    """Return a line; it points at the first diagnosis that the row states, else at the one of its region."""
    more = billed if isinstance(billed, BilledLine) else BilledLine(line=billed)
    line: dict[str, Any] = {
        "number": more.number or position + 1,
        "service_date": fields.day.isoformat(),
        **billed_line(more.line),
    }
    if fields.by != "hospital":
        line["diagnosis_pointers"] = more.diagnosis_pointers or [1 if fields.dx else usual]
    extra = {"description": more.description, "authorization_number": more.auth, "through": more.through}
    extra["unit_basis"] = more.basis
    return {**line, **{name: value for name, value in extra.items() if value is not None}, **more.states}


def _optional(row: Row, fields: ClaimFields) -> dict[str, Any]:
    place = fields.at if fields.at is not None else "49"
    phrases = (each if isinstance(each, str) else each.line for each in fields.billed)
    charge = sum((Decimal(str(billed_line(phrase)["charge"])) for phrase in phrases), Decimal(0))
    paid = fields.first_payer
    stated = {
        "place_of_service": place if fields.by != "hospital" and place else None,
        "bill_type": fields.bill,
        "frequency": fields.frequency,
        "payer_claim_number": fields.number_of_original,
        "rendering": None if fields.rendering is None else PROVIDERS[fields.rendering],
        "facility": None if fields.facility is None else PROVIDERS[fields.facility],
        "authorization_number": fields.auth,
        "total_charge": fields.total,
        "other_payers": None if paid is None else [_adjudicated(paid, charge, received_at(fields).date())],
        "attachments": [{"control_number": f"SYN-DOC-{row.number}", "report_type": "RR", "transmission": "EL"}]
        if fields.attachments
        else None,
        "authorization_exception": fields.exception,
        "delay_reason": fields.delay,
    }
    return {name: value for name, value in stated.items() if value is not None}


def _adjudicated(paid: FirstPayer, charge: Decimal, received: date) -> dict[str, Any]:
    share = Decimal(paid.coinsurance)
    rest = charge - Decimal(paid.paid) - share - Decimal(paid.off_by)
    parts = [("CO", paid.denied or "45", rest), ("PR", "2", share)]
    adjustments = [{"group": group, "carc": carc, "amount": str(amount)} for group, carc, amount in parts if amount]
    lines = [{"number": 1, "paid": paid.paid, "adjustments": adjustments}]
    return {"payer_id": PAYER, "adjudicated_on": received.isoformat(), "paid": paid.paid, "lines": lines}
