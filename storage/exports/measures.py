"""Rates and metrics for auditors: denials by reason, signed denials by reviewer, prior-authorization metrics, timeliness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

import orjson

from adjudication.model.reference import Plan
from contracts.records.exports import AuthorizationMetric, ExportColumn, ExportKind
from storage.exports.universes import PlanTimes

_LIST: Final = "1: items and services that need prior authorization"
_COLUMNS: Final[Mapping[ExportKind, tuple[tuple[str, str], ...]]] = {
    ExportKind.TIMELINESS: (
        ("payer_claim_number", "our number of the claim"),
        ("version", "the first complete decision on it"),
        ("plan", "the plan that decided it; several are joined by a space"),
        ("product_line", "its line of business"),
        ("received_at", "when the claim was received, in the plan's legal time zone"),
        ("decided_at", "when it was decided, in the same zone"),
        ("days", "legal days from receipt to decision; what stopped a deadline is not taken off"),
        ("lines_paid", "lines approved"),
        ("lines_denied", "lines denied"),
        ("charge", "billed, US dollars"),
        ("payable", "what the plan owes before the member's cost share, US dollars; no money moved here"),
        ("interest_standing", "owed, may-be-owed or not-reckoned; empty: the decision states no interest"),
        ("interest_due_on", "the payment deadline that was missed"),
        ("interest_amount", "interest through the day of the decision, US dollars"),
        ("interest_rule", "the rule of that interest"),
        ("notice_due_at", "by when the notice of a denial must be sent"),
        ("notice_rule", "the rule of that deadline"),
        ("notice_sent_at", "when the mail house proved that every letter of the denial was sent"),
        ("notice", "on-time, late, not-sent, or unknown where no deadline is known; empty: nothing was denied"),
    ),
    ExportKind.DENIALS: (
        ("plan", "the plan"),
        ("product_line", "its line of business"),
        ("reason", "the outcome that decided the line"),
        ("carc", "the claim adjustment reason codes under which it was denied"),
        ("lines_denied", "lines denied for this reason in the first complete decision on their claim"),
        ("lines_decided", "all lines of the plan decided in the period"),
        ("denial_rate", "lines denied / lines decided, percent"),
        ("charge_denied", "billed on the denied lines, US dollars"),
        ("rulings", "rulings on lines denied for this reason that appeals made in the period"),
        ("overturned", "of these, overturned in full"),
        ("partly_overturned", "of these, overturned in part"),
        ("overturn_rate", "overturned in full or in part / rulings, percent; empty: no ruling"),
    ),
    ExportKind.REVIEWERS: (
        ("reviewer", "the id on the staff list"),
        ("role", "the role of the signature"),
        ("reason", "the outcome that was signed"),
        ("lines_denied", "lines denied over the signature; days of this file are those of UTC"),
        ("claims", "their claims"),
        ("appealed", "lines on which an appeal was decided since"),
        ("overturned", "of these, overturned in full at any level"),
        ("partly_overturned", "of these, only in part"),
        ("overturn_rate", "overturned in full or in part / appealed, percent; empty: none was decided"),
    ),
    ExportKind.PRIOR_AUTHORIZATIONS: (
        ("plan", "the plan"),
        ("product_line", "its line of business"),
        ("metric", "the metric of the rule"),
        ("numerator", "how many"),
        ("denominator", "out of how many"),
        ("value", "percent, or the list"),
        ("standing", "how far the metric rests on what is held here"),
    ),
}


def columns_of(kind: ExportKind) -> tuple[ExportColumn, ...]:
    """Describe the columns of a file that is not a universe."""
    source = "42-cfr-422-122: paragraph (c), as payers report it" if kind is ExportKind.PRIOR_AUTHORIZATIONS else ""
    certainty = "medium" if source else ""
    return tuple(ExportColumn(name, meaning, certainty, source) for name, meaning in _COLUMNS[kind])


def timeliness_row(row: Any, times: PlanTimes) -> tuple[str, ...]:
    """Return one decided claim."""
    plan = times.of(row.plans)
    received, decided = times.local(plan, row.received_at), times.local(plan, row.decided_at)
    stated = [] if row.interest is None else orjson.loads(row.interest)
    shown = [
        " ".join(str(each.get(name) or "") for each in stated) for name in ("standing", "due_on", "amount", "rule")
    ]
    due, sent = row.notice_due_at, row.notice_sent_at
    return (
        row.payer_claim_number,
        str(row.version),
        " ".join(row.plans),
        times.product_line(plan, decided.date()),
        received.isoformat(timespec="seconds"),
        decided.isoformat(timespec="seconds"),
        str((decided.date() - received.date()).days),
        str(row.approved),
        str(row.denied),
        str(row.charge),
        str(row.paid),
        *shown,
        "" if due is None else due.isoformat(timespec="seconds"),
        row.notice_rule or "",
        "" if sent is None else sent.isoformat(timespec="seconds"),
        _met(row),
    )


def _met(row: Any) -> str:
    if not row.denied:
        return ""
    if row.notice_due_at is None:
        return "unknown"
    if row.notice_sent_at is None:
        return "not-sent"
    return "on-time" if row.notice_sent_at <= row.notice_due_at else "late"


@dataclass(slots=True)
class DenialCounts:
    """Counts by plan and reason: one entry for each pair, however many claims there are."""

    times: PlanTimes
    lines: dict[str, list[int]] = field(default_factory=dict)
    denied: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    rulings: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    product_lines: dict[str, str] = field(default_factory=dict)

    def add_claim(self, row: Any) -> None:
        """Count the lines of a decided claim."""
        plan = self._plan(row)
        counted = self.lines.setdefault(plan, [0])
        for line in orjson.loads(row.lines):
            if line["disposition"] not in ("approved", "denied"):
                continue
            counted[0] += 1
            if line["disposition"] == "denied":
                found = self.denied.setdefault((plan, line["reason"]), [0, Decimal(0), set()])
                found[0] += 1
                found[1] += Decimal(line["charge"])
                found[2].add(line["carc"] or "")

    def add_appeal(self, row: Any) -> None:
        """Count the rulings of a decided appeal by the reason that stood before it."""
        plan, reasons = self._plan(row), orjson.loads(row.reasons or "{}")
        for each in orjson.loads(row.rulings):
            reason = reasons.get(str(each["line"]), "")
            self.rulings.setdefault((plan, reason), Counter())[each["ruling"]] += 1

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield a row per plan and reason."""
        for plan, reason in sorted(self.denied.keys() | self.rulings.keys()):
            count, charge, carcs = self.denied.get((plan, reason), [0, Decimal(0), set()])
            ruled = self.rulings.get((plan, reason), Counter())
            full, part, every = ruled["overturned"], ruled["partly-overturned"], sum(ruled.values())
            of = self.lines.get(plan, [0])[0]
            shares = (_percent(count, of), _percent(full + part, every))
            yield (
                plan,
                self.product_lines[plan],
                reason,
                " ".join(sorted(carcs)),
                str(count),
                str(of),
                shares[0],
                str(charge),
                *(str(each) for each in (every, full, part)),
                shares[1],
            )

    def _plan(self, row: Any) -> str:
        plan = self.times.of(row.plans)
        name = plan or ""
        self.product_lines[name] = self.times.product_line(plan, row.decided_at.date())
        return name


def reviewer_row(row: Any) -> tuple[str, ...]:
    """Return the signed denials of one reviewer for one reason."""
    counts = (row.lines, row.claims, row.appealed, row.overturned, row.partly)
    share = _percent(row.overturned + row.partly, row.appealed)
    return (row.reviewer_id, row.role, row.reason, *(str(count) for count in counts), share)


def authorization_rows(
    counts: Mapping[str, Counter[str]], plans: Sequence[Plan], metrics: Sequence[AuthorizationMetric]
) -> Iterator[tuple[str, ...]]:
    """Yield the metrics of each plan; one that cannot be computed here names who holds it."""
    for plan in plans:
        line, name = plan.product_line.value, str(plan.plan_id)
        listed = " ".join(sorted(plan.authorization_required))
        yield name, line, _LIST, "", "", listed, "complete: the plan's data"
        found = counts.get(name, Counter())
        decided = found["approved"] + found["denied"]
        for each in metrics:
            words = f"{each.number}: {each.name}"
            if each.counts is None:
                yield name, line, words, "", "", "", f"held by {each.held_by}: {each.limits}"
                continue
            count = found[each.counts]
            yield name, line, words, str(count), str(decided), _percent(count, decided), each.limits


def _percent(count: int, of: int) -> str:
    return "" if not of else f"{Decimal(100 * count) / of:.2f}"


def in_period(plan: Plan, first: date, last: date) -> bool:
    """Say whether a plan version was in force on a day of a period."""
    return plan.dates.starts <= last and (plan.dates.ends is None or plan.dates.ends > first)
