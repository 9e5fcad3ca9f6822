"""Rows of CMS's universes from the ledger. A value that the ledger does not state is an empty cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from adjudication.appeals.rules import Appellant, Forum
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import PlanId
from contracts.records.exports import ExportColumn, ExportRequest, UniverseLayout, UniverseValue

Values = Mapping[UniverseValue, str]
_DAY: Final = "%Y/%m/%d"
_HOUR: Final = "%H:%M:%S"
_YES: Final = {True: "Y", False: "N"}
_NOT_ASKED: Final = "None"
"""The cell of a question that does not apply to the row."""

_REQUESTED_BY: Final = {
    Appellant.MEMBER: "E",
    Appellant.REPRESENTATIVE: "ER",
    Appellant.CONTRACT_PROVIDER: "CP",
    Appellant.NON_CONTRACT_PROVIDER: "NCP",
}
"""Enrollee, enrollee's representative, contract and non-contract provider."""


@dataclass(frozen=True, slots=True)
class PlanTimes:
    """Plans of a decision by their own law: which of the asked plans it is under, and its legal day."""

    reference: ReferenceData

    def of(self, plans: Sequence[str]) -> PlanId | None:
        """Return the plan of a decision; None where no line had one."""
        return PlanId(plans[0]) if plans else None

    def version(self, plan: PlanId | None, day: date) -> Plan | None:
        """Return the plan version in force on a day, else the newest."""
        versions = () if plan is None else self.reference.plans.get(plan, ())
        return next((each for each in versions if day in each.dates), versions[-1] if versions else None)

    def product_line(self, plan: PlanId | None, day: date) -> str:
        """Return the line of business; empty where the plan is not loaded."""
        found = self.version(plan, day)
        return "" if found is None else found.product_line.value

    def medicare(self, plan: PlanId | None, day: date) -> bool:
        """Say whether a plan is one of Medicare."""
        found = self.version(plan, day)
        return found is not None and found.product_line.is_medicare

    def local(self, plan: PlanId | None, at: datetime) -> datetime:
        """Return an instant in the time zone of the plan's law; UTC where none is loaded."""
        calendar = None if plan is None else self.reference.deadlines.calendar_of(plan, at)
        zone: ZoneInfo | None = None if calendar is None else calendar.zone
        return at.astimezone(zone or UTC)

    def asked(self, request: ExportRequest, plan: PlanId | None, decided_at: datetime) -> bool:
        """Say whether a decision lies in the period, by its plan's legal day, and under an asked plan."""
        day = self.local(plan, decided_at).date()
        return request.first <= day <= request.last and (not request.plans or plan in request.plans)


def columns_of(layout: UniverseLayout) -> tuple[ExportColumn, ...]:
    """Describe the columns of a universe for its manifest."""
    return tuple(
        ExportColumn(
            each.name,
            f"column {each.letter or '?'}" + (f"; empty, held by {each.held_by}" if each.value is None else ""),
            each.confidence,
            each.source,
        )
        for each in layout.columns
    )


def row_of(layout: UniverseLayout, values: Values) -> tuple[str, ...]:
    """Return a row in the order of the layout, each cell no longer than its column."""
    cells = ("" if each.value is None else values.get(each.value, "") for each in layout.columns)
    return tuple(cell[: each.length] for cell, each in zip(cells, layout.columns, strict=True))


def of_claim(row: Any, plan: PlanId | None, times: PlanTimes) -> Values:
    """Return the values of a payment organization determination."""
    received, decided = times.local(plan, row.received_at), times.local(plan, row.decided_at)
    interest = [] if row.interest is None else orjson.loads(row.interest)
    return {
        **_person(row),
        UniverseValue.NUMBER: row.payer_claim_number,
        UniverseValue.KIND: "OD",
        UniverseValue.RECEIVED_DATE: received.strftime(_DAY),
        UniverseValue.RECEIVED_TIME: received.strftime(_HOUR),
        UniverseValue.DISPOSITION: _disposition(row.approved, row.denied),
        UniverseValue.DECIDED_DATE: decided.strftime(_DAY),
        UniverseValue.DECIDED_TIME: decided.strftime(_HOUR),
        UniverseValue.NOT_NECESSARY: _YES[row.clinical > 0] if row.denied else _NOT_ASKED,
        UniverseValue.PHYSICIAN_REVIEWED: _YES[row.unsigned == 0] if row.clinical else _NOT_ASKED,
        UniverseValue.INTEREST: _interest(interest),
        UniverseValue.ISSUE: f"procedure codes {row.codes}",
        **_notices(row, plan, times),
    }


def of_appeal(row: Any, plan: PlanId | None, times: PlanTimes) -> Values:
    """Return the values of a decided reconsideration of payment."""
    rulings = [each["ruling"] for each in orjson.loads(row.rulings)]
    upheld = sum(ruling == "upheld" for ruling in rulings)
    received, decided = times.local(plan, row.received_at), times.local(plan, row.decided_at)
    partly = any(ruling == "partly-overturned" for ruling in rulings)
    waiver = None if row.waiver_at is None else times.local(plan, row.waiver_at).strftime(_DAY)
    return {
        **_person(row),
        UniverseValue.NUMBER: row.payer_claim_number,
        UniverseValue.KIND: "Reconsideration",
        UniverseValue.REQUESTED_BY: _REQUESTED_BY[Appellant(row.appellant)],
        UniverseValue.RECEIVED_DATE: received.strftime(_DAY),
        UniverseValue.RECEIVED_TIME: received.strftime(_HOUR),
        UniverseValue.DISPOSITION: "Partially approved" if partly else _disposition(len(rulings) - upheld, upheld),
        UniverseValue.DECIDED_DATE: decided.strftime(_DAY),
        UniverseValue.DECIDED_TIME: decided.strftime(_HOUR),
        UniverseValue.NOT_NECESSARY: _YES[row.clinical] if upheld else _NOT_ASKED,
        UniverseValue.PHYSICIAN_REVIEWED: _YES[row.signed] if row.clinical and upheld else _NOT_ASKED,
        UniverseValue.ISSUE: f"procedure codes {row.codes}",
        **({} if waiver is None else {UniverseValue.WAIVER_DATE: waiver}),
        **_notices(row, plan, times),
    }


def of_authorization(row: Any) -> Values:
    """Return the values of a pre-service request, from the feed of authorizations."""
    return {
        UniverseValue.FIRST_NAME: row.given_name or "",
        UniverseValue.LAST_NAME: row.family_name or "",
        UniverseValue.MEMBER_ID: row.member_id,
        UniverseValue.NUMBER: row.number,
        UniverseValue.DISPOSITION: row.status.capitalize(),
        UniverseValue.DECIDED_DATE: "" if row.issued_on is None else row.issued_on.strftime(_DAY),
        UniverseValue.ISSUE: f"procedure codes {row.codes}",
    }


def reconsidered_by_plan(row: Any, reference: ReferenceData) -> bool:
    """Say whether the plan itself decided this level, not a reviewer or judge outside."""
    paths = [path for path in reference.appeals.paths if path.name == row.path]
    return any(level.name == row.level and level.forum is Forum.PLAN for path in paths for level in path.levels)


def _person(row: Any) -> dict[UniverseValue, str]:
    return {
        UniverseValue.FIRST_NAME: row.given_name or "",
        UniverseValue.LAST_NAME: row.family_name or "",
        UniverseValue.MEMBER_ID: row.member_id,
        UniverseValue.BILLING_NPI: row.billing_npi or "",
        UniverseValue.DIAGNOSES: row.diagnoses or "",
    }


def _notices(row: Any, plan: PlanId | None, times: PlanTimes) -> dict[UniverseValue, str]:
    sent = {
        UniverseValue.MEMBER_NOTICE_DATE: row.member_notice_at,
        UniverseValue.PROVIDER_NOTICE_DATE: row.provider_notice_at,
    }
    return {name: times.local(plan, at).strftime(_DAY) for name, at in sent.items() if at is not None}


def _disposition(approved: int, denied: int) -> str:
    if approved and denied:
        return "Partially approved"
    return "Denied" if denied else "Approved" if approved else ""


def _interest(stated: Sequence[Mapping[str, Any]]) -> str:
    """Return Y if interest is owed, N if the decision states none, and an empty cell if it may be owed."""
    if not stated:
        return "N"
    return "Y" if any(each["standing"] == "owed" for each in stated) else ""
