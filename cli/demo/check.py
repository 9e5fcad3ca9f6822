"""Compares the events observed on Kafka with the expected outcome of each scenario. Pure."""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cli.demo.expected import DeadLettered, Determined, Expected, Line, OneOf, Pended, Rejected
from cli.demo.maker import DemoRecord
from contracts.events import topics

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A claim whose outcome differs from the one that its scenario states."""

    scenario: str
    claim: str
    stated: str
    seen: str


@dataclass(slots=True)
class Observed:
    """Events seen so far, by claim or by bytes."""

    states: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    determinations: dict[str, Event] = field(default_factory=dict)
    in_part: dict[str, Event] = field(default_factory=dict)
    tasks: dict[str, Event] = field(default_factory=dict)
    dead: dict[str, Event] = field(default_factory=dict)
    count: Counter[str] = field(default_factory=Counter)

    def add(self, topic: str, event: Event) -> None:
        """Take in one event."""
        data = event["data"]
        self.count[topic] += 1
        if topic == topics.CLAIMS_STATUS:
            self.states[data["claim_id"]].append(data)
        elif topic == topics.DETERMINATIONS:
            whole = not data.get("pending_lines")
            (self.determinations if whole else self.in_part)[data["claim_id"]] = data
        elif topic == topics.REVIEW_TASKS and "round" in data:
            known = self.tasks.get(data["claim_id"])
            if known is None or data["round"] >= known["round"]:
                self.tasks[data["claim_id"]] = data
        elif topic == topics.DEAD_LETTER:
            self.dead[data["value_base64"]] = data


def mismatches(records: Sequence[DemoRecord], observed: Observed) -> list[Mismatch]:
    """Return every claim whose outcome is not the stated one."""
    found = [
        Mismatch(record.scenario, record.claim_id or "(bytes)", str(record.expected), problem)
        for record in records
        if (problem := _problem(record, observed)) is not None
    ]
    return [*found, *_groups(records, observed)]


def _problem(record: DemoRecord, observed: Observed) -> str | None:
    if record.answer is not None:
        states = [state["state"] for state in observed.states.get(record.claim_id or "", ())]
        return None if record.answer in states else f"no {record.answer} among {states}"
    if record.expected is None or isinstance(record.expected, OneOf):
        return None
    if isinstance(record.expected, DeadLettered | Rejected):
        return _refused(record, record.expected, observed)
    return compare(record.expected, record.claim_id or "", observed)


def compare(expected: Expected, claim: str, observed: Observed) -> str | None:
    """Return the difference between a claim's decision and the expected one, or None."""
    decision, task = observed.determinations.get(claim), observed.tasks.get(claim)
    if isinstance(expected, Determined):
        if decision is None:
            return "not determined" + (f", waits for {_waits(task)}" if task else "")
        seen = tuple(_line(line) for line in decision["lines"])
        return None if seen == expected.lines else str(seen)
    if isinstance(expected, Pended):
        if decision is not None:
            return f"determined: {[line['reason'] for line in decision['lines']]}"
        if task is None:
            return "neither waits nor is determined"
        seen_codes, seen_outcomes = _waits(task)
        ready = tuple(line["line"] for line in observed.in_part.get(claim, {"lines": ()})["lines"])
        same = (seen_codes, seen_outcomes, ready) == (expected.codes, expected.outcomes, expected.ready)
        return None if same else f"waits for {sorted(seen_codes)} {sorted(seen_outcomes)}; determined already: {ready}"
    return None


def _waits(task: Event) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(p["code"] for p in task["pends"]), frozenset(p["outcome"] for p in task["pends"])


def _line(line: Event) -> Line:
    adjustments = line.get("adjustments") or [{"group": None, "carc": None}]
    first = adjustments[0]
    also = tuple(line.get("would_also_fail", ()))
    return Line(line["disposition"], line["reason"], first["group"], first["carc"], also)


def _refused(record: DemoRecord, expected: DeadLettered | Rejected, observed: Observed) -> str | None:
    letter = observed.dead.get(base64.b64encode(record.value).decode())
    if letter is None:
        return "no dead letter holds its bytes"
    if letter["refusal"] != expected.refusal:
        return f"refused as {letter['refusal']}"
    if isinstance(expected, Rejected):
        rejected = [s for s in observed.states.get(record.claim_id or "", ()) if s["state"] == "rejected"]
        codes = {reason["code"] for state in rejected for reason in state["reasons"]}
        return None if expected.codes <= codes else f"rejected with {sorted(codes)}"
    return None


def _groups(records: Iterable[DemoRecord], observed: Observed) -> list[Mismatch]:
    """Check that the claims of each group have the stated outcomes, in any order."""
    groups: dict[str, list[DemoRecord]] = defaultdict(list)
    for record in records:
        if isinstance(record.expected, OneOf):
            groups[record.expected.group].append(record)
    wrong = []
    for members in groups.values():
        expected = members[0].expected
        left = list(expected.outcomes) if isinstance(expected, OneOf) else []
        for member in members:
            fits = next((o for o in left if compare(o, member.claim_id or "", observed) is None), None)
            if fits is not None:
                left.remove(fits)
        if left:
            claims = ", ".join(member.claim_id or "" for member in members)
            wrong.append(Mismatch(members[0].scenario, claims, str(left), "none of these claims"))
    return wrong
