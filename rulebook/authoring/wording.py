"""The leaf tests and results of the policy engine in words, for people who do not read YAML."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from adjudication.model.facts import Answer
from adjudication.model.findings import Citation
from adjudication.policy.leaves import (
    MET,
    NOT_MET,
    UNKNOWN,
    Age,
    Choice,
    CodeIn,
    Dated,
    DatedValue,
    Earlier,
    Elapsed,
    Flag,
    Judgment,
    LeafTest,
    Measure,
)
from adjudication.policy.tree import Branch, Fold, Leaf, Node
from adjudication.policy.verdict import Result

_ALWAYS: Final = date(1990, 1, 1)
ANSWER_WORDS: Final = {MET: "met", NOT_MET: "not met", UNKNOWN: "unknown"}
MARKS: Final = {Answer.MET: "[green]✓[/]", Answer.NOT_MET: "[red]✗[/]", Answer.UNKNOWN: "[yellow]?[/]"}

RESULTS: Final = {
    Result.MEETS: "covered: the criteria are met",
    Result.DOCUMENTS: "waits for documents: what is unknown could still change the result",
    Result.CONTRADICTION: "waits for a reviewer: what is on file contradicts itself",
    Result.JUDGEMENT: "waits for a reviewer: only a person can say",
    Result.ADVERSE: "not supported by the policy: a clinician decides, never a machine",
    Result.ADMINISTRATIVE: "a rule about billing settles it, not the person's condition",
    Result.REFERRED: "another policy governs, and it is not held",
}


def described(test: LeafTest) -> str:
    """Return the test of a leaf."""
    return _DESCRIBED[type(test)](test)


def tested(leaf: Leaf) -> str:
    """Return the test of a leaf, and its answer if the chart never mentions the fact."""
    silence = silent_as(leaf)
    return f"{described(leaf.test)} (never mentioned: {silence})" if silence else described(leaf.test)


def silent_as(leaf: Leaf) -> str:
    """Return the answer of a criterion if the chart never mentions its fact; empty if it is unknown then."""
    if leaf.silent == UNKNOWN:
        return ""
    for_plans = "" if leaf.presumption is None else f" for a plan that presumes {leaf.presumption}"
    return f"{ANSWER_WORDS[leaf.silent]}{for_plans}"


def combined(node: Node) -> str:
    """Return how a branch combines its children; `test` for a leaf."""
    if isinstance(node, Leaf):
        return "test"
    return how(node)


def how(node: Branch) -> str:
    """Return how a branch combines its children."""
    if node.fold is not Fold.AT_LEAST:
        return node.fold.value
    if node.at_least == len(node.children):
        return "all of"
    return "any of" if node.at_least == 1 else f"at least {node.at_least} of"


def cited(citations: tuple[Citation, ...]) -> str:
    """Name the places a rule comes from."""
    return "; ".join(f"{citation.source}, {citation.locator}" for citation in citations)


def valued(value: DatedValue, unit: str = "") -> str:
    """Return a number with its parameter and the dates of its changes."""
    parts = [f"{amount.normalize():f}{unit}" + _since(starts) for starts, amount in value.values]
    return ", then ".join(parts) + (f" (parameter {value.name})" if value.name else "")


def _since(starts: date) -> str:
    return "" if starts <= _ALWAYS else f" from {starts}"


def _bounds(low: DatedValue | None, high: DatedValue | None) -> str:
    parts = [f"{word} {valued(bound)}" for word, bound in (("at least", low), ("at most", high)) if bound is not None]
    return " and ".join(parts)


def _dated(test: Dated) -> str:
    parts = [f"{test.fact} is"]
    if test.not_before is not None:
        parts.append(f"not before {test.not_before}")
    if test.unsaid_within_days is not None:
        parts.append(
            f"(where that is never mentioned, at most {valued(test.unsaid_within_days, ' days')} before the service)"
        )
    if test.within_days is not None:
        parts.append(f"no longer before the service than {valued(test.within_days, ' days')}")
    if test.within_months is not None:
        parts.append(f"no longer before the service than {test.within_months} calendar months")
    if test.may_follow:
        parts.append("or after the service")
    elif len(parts) == 1:
        parts.append("not after the service")
    if test.any_of_several:
        parts.append("(of several days one is enough)")
    return " ".join(parts)


def _codes(test: CodeIn) -> str:
    parts = ["is " + " or ".join(sorted(test.codes))] if test.codes else []
    if test.prefixes:
        parts.append("begins with " + " or ".join(sorted(test.prefixes)))
    return f"the {test.of} code " + " or ".join(parts)


def _earlier(test: Earlier) -> str:
    days = valued(test.within_days, " days")
    return f"at least {test.at_least} service(s) of {', '.join(sorted(test.codes))}, no longer before than {days}"


_DESCRIBED: Final[dict[type[Any], Callable[[Any], str]]] = {
    Flag: lambda test: f"{test.fact} is yes",
    Choice: lambda test: f"{test.fact} is {' or '.join(sorted(test.one_of))}",
    Measure: lambda test: f"{test.fact} is {_bounds(test.at_least, test.at_most)}",
    Dated: _dated,
    Elapsed: lambda t: f"at least {valued(t.at_least_days, ' days')} from {t.since} to {t.until}",
    CodeIn: _codes,
    Earlier: _earlier,
    Age: lambda test: f"the age on the date of service is {_bounds(test.at_least, test.at_most)}",
    Judgment: lambda test: f"a reviewer finds {test.fact}",
}
