"""The claims director's tables of docs/reopenings.md agree with the rules by which claims are reopened."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from adjudication.people import LEAVING_ORDERS
from adjudication.readjudication.rules import Ground, Naming, ReopeningRule
from contracts.events.reopenings import BY_A_PERSON, Reason
from rulebook.library import PolicyLibrary

PAGE: Final = (Path(__file__).parents[2] / "docs/reopenings.md").read_text(encoding="utf-8")
ROWS: Final = {
    "Medicare Advantage, dual": "medicare-advantage",
    "New York: commercial, Essential Plan, Child Health Plus, Medicaid": "new-york",
    "Ohio Medicaid": "ohio-medicaid",
    "elsewhere": "elsewhere",
}
"""Rows of the table of product lines, by the rule that each describes."""


def table(heading: str) -> list[list[str]]:
    """The rows below the table head that begins with a heading."""
    lines = PAGE[PAGE.index(f"| {heading} |") :].splitlines()[2:]
    rows = lines[: next((n for n, line in enumerate(lines) if not line.startswith("|")), len(lines))]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_every_reason_has_a_row_that_says_what_ends_it_and_from_when_time_counts(library: PolicyLibrary) -> None:
    rules = library.reference.reopening
    named: dict[str, list[str]] = {}
    for row in table("reason"):
        named |= dict.fromkeys(re.findall(r"`([a-z-]+)`", row[0]), row)
    assert set(named) == {reason.value for reason in Reason}
    for reason, (_, _, _, ends, counts) in named.items():
        assert ends.startswith("yes") == (reason in rules.answered), reason
        assert (counts in {"the arrival", "the change"}) == (reason in rules.payable_since), reason


def test_every_rule_has_a_row_with_its_time_limits_and_what_needs_no_person(library: PolicyLibrary) -> None:
    rows = {row[0]: row for row in table("product line")}
    rules = {rule.name: rule for rule in library.reference.reopening.rules}
    assert {ROWS[name] for name in rows} == set(rules)
    for name, (_, more, less, withdrawn, alone, _) in rows.items():
        rule = rules[ROWS[name]]
        assert (more == "any time") == (periods(rule.more.within) == {None}), name
        back = more if less == "the same" else less
        ordinary = rule.less.within.get(Ground.ORDINARY)
        assert (("month" in back or "year" in back) and "for fraud" in back) == (ordinary is not None), name
        assert (alone == "nothing") == (not rule.automatic), name
        assert ("good cause" in withdrawn) == (Ground.GOOD_CAUSE in grounds_to_withdraw(rule)), name
        assert "fraud" in withdrawn, name
        assert Ground.FRAUD in grounds_to_withdraw(rule), name


def test_every_rule_names_the_people_of_the_table(library: PolicyLibrary) -> None:
    steps = {row[0]: row[1] for row in table("step")}
    approve = steps["approve a correction that pays more or changes a reason"]
    back = steps["take money back, or make the member liable"]
    words = {"ops": "operations", "appeals-specialist": "appeals specialist", "medical-director": "medical director"}
    assert library.reference.reopening.rules
    for rule in library.reference.reopening.rules:
        for role in rule.approves:
            assert words.get(role.value, role.value) in approve, rule.name
        for role in rule.takes_back:
            assert words.get(role.value, role.value) in back, rule.name


def test_every_reason_that_a_person_raises_names_its_roles_and_lines(library: PolicyLibrary) -> None:
    words = {"cob-unit": "coordination of benefits", "qa": "quality", "ops": "operations"}
    lines = {Naming.DENIED: "any denied", Naming.CLINICAL: "by clinical judgment", Naming.DECIDED_BY_A_PERSON: "by a person"}
    rows = {row[0].strip("`"): row for row in table("raised by a person")}
    rules = library.reference.reopening.raising
    assert set(rows) == set(rules) == {reason.value for reason in BY_A_PERSON}
    for reason, (_, roles, names, limit, _, left) in rows.items():
        rule = rules[reason]
        named = {words.get(role.value, role.value.replace("-", " ")) for role in rule.roles}
        assert set(roles.split(", ")) == named, reason
        assert lines[rule.names] in names, reason
        binds = reason == Reason.BINDING_ORDER
        assert limit.startswith("none") == binds, reason
        assert all(role.value.replace("-", " ") in left for role in LEAVING_ORDERS) == binds, reason


def periods(grounds: object) -> set[object]:
    assert isinstance(grounds, dict)
    return set(grounds.values())


def grounds_to_withdraw(rule: ReopeningRule) -> frozenset[Ground]:
    """The grounds on which a withdrawn approval takes money back: those the rule needs for it, else all that take back."""
    return rule.needs.get("authorization-withdrawn", frozenset(rule.less.within))
