"""One rule of a trace as indented text: each criterion with its answer, its facts with source and date, its paragraph."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from rich.markup import escape

from adjudication.model.claim import SupportingFact
from adjudication.model.facts import Answer
from adjudication.model.findings import Citation
from adjudication.policy.trace import TraceNode, TraceRule
from adjudication.policy.tree import RuleKind
from adjudication.policy.verdict import Result, Ruling
from rulebook.authoring.wording import MARKS, cited

_PARTS = ("speaks when", "demands", "is lifted when")


def speaks(rule: TraceRule) -> bool:
    """Return whether a rule may apply to the line."""
    return rule.applies is None or rule.applies.answer is not Answer.NOT_MET


def stands_out(rule: TraceRule, ruling: Ruling) -> bool:
    """Return whether a rule matters for the result: it decided, it has open criteria, or it made other rules fail."""
    if ruling.rule is not None and rule.rule_id == ruling.rule.rule_id:
        return True
    if not speaks(rule):
        return False
    asked = rule.parts() if rule.applies is None or rule.applies.answer is Answer.MET else (rule.applies,)
    if any(leaf.material for part in asked for leaf in part.leaves()):
        return True
    failed = ruling.result is Result.ADVERSE and rule.kind is RuleKind.COVERED
    return failed and rule.criteria is not None and rule.criteria.answer is Answer.NOT_MET


class RuleWriter:
    """Writes rules one after the other; a part shared by several rules is written in full once, and referred to after that."""

    def __init__(self, *, everything: bool) -> None:
        """`everything`: also parts of rules that may not concern the line."""
        self._everything = everything
        self._written: set[str] = set()

    def lines(self, rule: TraceRule) -> Iterator[str]:
        """Yield a rule with its parts."""
        kind, place = f"\\[{rule.kind.value}]", escape(cited(rule.citations))
        yield f"[bold]{rule.rule_id}[/bold] {escape(rule.title)} {kind} [dim]{place}[/]"
        silent = rule.applies is not None and rule.applies.answer is not Answer.MET
        parts = (rule.applies,) if silent and not self._everything else (rule.applies, rule.criteria, rule.unless)
        for part, words in zip(parts, _PARTS, strict=False):
            if part is not None:
                yield f"  {words}"
                yield from self._node(part, 2, rule.citations)

    def _node(self, node: TraceNode, depth: int, above: tuple[Citation, ...]) -> Iterator[str]:
        indent = "  " * depth
        again = bool(node.children) and node.node_id in self._written
        yield indent + _criterion(node, above) + (" [dim](as above)[/]" if again else "")
        yield from (f"{indent}    {escape(_fact_text(fact))}" for fact in node.facts)
        yield from (f"{indent}    {escape(fact)}: unknown, {gap.value}" for fact, gap in node.gaps)
        self._written.add(node.node_id)
        if not again:
            for child in node.children:
                yield from self._node(child, depth + 1, node.citations)


def _criterion(node: TraceNode, above: tuple[Citation, ...]) -> str:
    mark = "[dim]–[/]" if node.exempt else MARKS[node.answer]
    words = escape(node.text or node.how) if node.how == "test" else escape(_branch_words(node))
    place = f" [dim]{escape(cited(node.citations))}[/]" if node.citations != above else ""
    exempt = " (does not apply here)" if node.exempt else ""
    return f"{mark} {words}{exempt} [dim]{node.node_id}[/]{place}" + (" [yellow]needed[/]" if node.material else "")


def nodes_under(node: TraceNode) -> Iterator[TraceNode]:
    """Every node at or under one, in reading order."""
    yield node
    for child in node.children:
        yield from nodes_under(child)


def _branch_words(node: TraceNode) -> str:
    return f"{node.text} ({node.how})" if node.text else node.how


def _fact_text(fact: SupportingFact) -> str:
    """Write a fact with its value, source, date, author and document."""
    details = [fact.source, str(fact.recorded_on)]
    details += [f"by {fact.author}"] if fact.author else []
    details += [f"document {fact.document}"] if fact.document else []
    details += ["settles it"] if fact.settles else []
    return f"{fact.fact} = {_value(fact)} ({', '.join(details)})"


def _value(fact: SupportingFact) -> str:
    if not fact.legible:
        return "on file, but not legible"
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    return fact.value.isoformat() if isinstance(fact.value, date) else str(fact.value)
