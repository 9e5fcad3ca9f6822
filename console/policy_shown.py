"""Turns a policy review into data: the criteria tree as it was drawn, and what would still change the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from adjudication.findings import Citation
from adjudication.policy.near_misses import near_misses
from adjudication.policy.precedence import LegRuling
from adjudication.policy.trace import TraceNode, TraceRule, trace
from adjudication.policy.tree import RuleKind
from console.case_models import ChangeShown, GapShown, LegShown, NearMissShown, NodeShown, ReviewShown, RuleShown
from console.ports import PolicyReview, WhatIf, Words
from contracts.determinations import CitationV1


def review_shown(review: PolicyReview, words: Words) -> ReviewShown:
    """Show what the policies say of a line."""
    drawn = [(leg, _rules(leg, review)) for leg in review.legs]
    return ReviewShown(
        line=review.line,
        code=review.code,
        service_date=review.service_date,
        decided_on=review.decided_on,
        pinned=review.pinned,
        note=review.note,
        legs=tuple(_leg(leg, rules) for leg, rules in drawn),
        would_change=tuple(_changes((rule for _, rules in drawn for rule in rules), review.what_if, words)),
    )


def _rules(leg: LegRuling, review: PolicyReview) -> tuple[TraceRule, ...]:
    if leg.program is None or leg.ruling is None:
        return ()
    return trace(leg.program, leg.answers, review.evidence, leg.ruling.open_leaves)


def _leg(leg: LegRuling, rules: Sequence[TraceRule]) -> LegShown:
    version = None if leg.program is None else leg.program.version
    deciding = None if leg.ruling is None or leg.ruling.rule is None else leg.ruling.rule.rule_id
    missing = "" if leg.missing is None else f"{leg.missing.policy}, {leg.missing.why}"
    return LegShown(
        leg=leg.leg,
        authority=leg.authority,
        result=leg.name,
        policy=None if version is None else version.policy,
        version=None if version is None else version.version,
        title=None if version is None else version.title,
        why=missing if leg.ruling is None else leg.ruling.why,
        near_misses=_near_misses(leg, rules),
        rules=tuple(_rule(rule, decides=rule.rule_id == deciding) for rule in rules),
    )


def _near_misses(leg: LegRuling, rules: Sequence[TraceRule]) -> tuple[NearMissShown, ...]:
    """Where no rule's own words decide, say what kept the line from being covered."""
    if leg.ruling is None or leg.ruling.rule is None or leg.ruling.rule.kind is not RuleKind.OTHERWISE:
        return ()
    return tuple(
        NearMissShown(rule_id=miss.rule_id, title=miss.title, criteria=tuple(_node(each) for each in miss.criteria))
        for miss in near_misses(rules)
    )


def _rule(rule: TraceRule, *, decides: bool) -> RuleShown:
    return RuleShown(
        rule_id=rule.rule_id,
        kind=rule.kind.value,
        title=rule.title,
        citations=_cited(rule.citations),
        conflicts=rule.conflicts,
        decides=decides,
        applies=None if rule.applies is None else _node(rule.applies),
        criteria=None if rule.criteria is None else _node(rule.criteria),
        unless=None if rule.unless is None else _node(rule.unless),
    )


def _node(node: TraceNode) -> NodeShown:
    return NodeShown(
        node_id=node.node_id,
        text=node.text,
        how=node.how,
        answer=node.answer.value,
        citations=_cited(node.citations),
        facts=tuple(dict.fromkeys(fact.fact for fact in node.facts)),
        gaps=tuple(GapShown(fact=fact, why=gap.value) for fact, gap in node.gaps),
        document=node.document,
        judgement=node.judgement,
        needed=node.material,
        exempt=node.exempt,
        children=tuple(_node(child) for child in node.children),
    )


def _cited(citations: Iterable[Citation]) -> tuple[CitationV1, ...]:
    return tuple(CitationV1(source=each.source, locator=each.locator) for each in citations)


def _changes(rules: Iterable[TraceRule], what_if: Sequence[WhatIf], words: Words) -> Iterator[ChangeShown]:
    """Yield every open question once, however many rules ask it."""
    leaves = {leaf.node_id: leaf for rule in rules for part in rule.parts() for leaf in part.leaves() if leaf.material}
    for leaf in leaves.values():
        facts = tuple(dict.fromkeys(fact for fact, _ in leaf.gaps))
        yield ChangeShown(
            node_id=leaf.node_id,
            text=leaf.text,
            facts=facts,
            document=leaf.document,
            document_label=None if leaf.document is None else words.documents.get(leaf.document, leaf.document),
            judgement=leaf.judgement,
            results={f"{each.fact}={each.value}": dict(each.results) for each in what_if if each.fact in facts},
        )
