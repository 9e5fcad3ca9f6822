"""Turns a policy review into data: the criteria tree as it was drawn, and what would still change the answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache

from adjudication.model.findings import Citation
from adjudication.policy.catalog import LegRuling
from adjudication.policy.near_misses import near_misses
from adjudication.policy.trace import TraceNode, TraceRule, open_tests, trace
from adjudication.policy.tree import RuleKind
from console.ports import Words
from console.review.models import (
    ChangeResponse,
    GapResponse,
    LegResponse,
    NearMissResponse,
    NodeResponse,
    ReviewResponse,
    RuleResponse,
)
from console.review.policy_reviews import PolicyReview, WhatIf
from contracts.events.determinations import CitationV1


def review_shown(review: PolicyReview, words: Words, *, brief: bool = False) -> ReviewResponse:
    """Show what the policies say of a line; in brief, only the rule that decides with its criteria."""
    return ReviewResponse(
        line=review.line,
        code=review.code,
        service_date=review.service_date,
        decided_on=review.decided_on,
        pinned=review.pinned,
        note=review.note,
        legs=tuple(_leg(leg, review, brief=brief) for leg in review.legs),
        would_change=tuple(_changes(_open(review), review.what_if, words)),
    )


def rule_shown(reviews: Iterable[PolicyReview], line: int, leg: str, rule_id: str) -> RuleResponse | None:
    """Show one rule with its criteria; None when the line has none of this name."""
    for review in reviews:
        for each in review.legs:
            if (review.line, each.leg) != (line, leg):
                continue
            for rule in _rules(each, review, (rule_id,)):
                if rule.rule_id == rule_id:
                    return _rule(rule, decides=rule_id in _deciding(each))
    return None


def _rules(leg: LegRuling, review: PolicyReview, only: Collection[str] | None) -> tuple[TraceRule, ...]:
    if leg.program is None or leg.ruling is None:
        return ()
    return trace(leg.program, leg.answers, review.evidence, leg.ruling.open_leaves, only)


def _open(review: PolicyReview) -> Iterator[TraceNode]:
    for leg in review.legs:
        if leg.program is not None and leg.ruling is not None:
            yield from open_tests(leg.program, leg.answers, review.evidence, leg.ruling.open_leaves)


def _deciding(leg: LegRuling) -> tuple[str, ...]:
    return () if leg.ruling is None or leg.ruling.rule is None else (leg.ruling.rule.rule_id,)


def _leg(leg: LegRuling, review: PolicyReview, *, brief: bool) -> LegResponse:
    rules = _rules(leg, review, _deciding(leg) if brief else None)
    version = None if leg.program is None else leg.program.version
    missing = "" if leg.missing is None else f"{leg.missing.policy}, {leg.missing.why}"
    return LegResponse(
        leg=leg.leg,
        authority=leg.authority,
        result=leg.name,
        policy=None if version is None else version.policy,
        version=None if version is None else version.version,
        title=None if version is None else version.title,
        why=missing if leg.ruling is None else leg.ruling.why,
        near_misses=_near_misses(leg, review),
        rules=tuple(_rule(rule, decides=rule.rule_id in _deciding(leg)) for rule in rules),
    )


def _near_misses(leg: LegRuling, review: PolicyReview) -> tuple[NearMissResponse, ...]:
    """Where no rule's own words decide, say what kept the line from being covered."""
    if leg.ruling is None or leg.ruling.rule is None or leg.ruling.rule.kind is not RuleKind.OTHERWISE:
        return ()
    return tuple(
        NearMissResponse(rule_id=miss.rule_id, title=miss.title, criteria=tuple(_node(each) for each in miss.criteria))
        for miss in near_misses(_rules(leg, review, None))
    )


def _rule(rule: TraceRule, *, decides: bool) -> RuleResponse:
    return RuleResponse(
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


def _node(node: TraceNode) -> NodeResponse:
    return NodeResponse(
        node_id=node.node_id,
        text=node.text,
        how=node.how,
        answer=node.answer.value,
        citations=_cited(node.citations),
        facts=tuple(dict.fromkeys(fact.fact for fact in node.facts)),
        gaps=tuple(GapResponse(fact=fact, why=gap.value) for fact, gap in node.gaps),
        document=node.document,
        judgement=node.judgement,
        needed=node.material,
        exempt=node.exempt,
        children=tuple(_node(child) for child in node.children),
    )


@lru_cache(maxsize=4096)  # the loaded policies cite the same places again and again
def _cited(citations: tuple[Citation, ...]) -> tuple[CitationV1, ...]:
    return tuple(CitationV1(source=each.source, locator=each.locator) for each in citations)


def _changes(tests: Iterable[TraceNode], what_if: Sequence[WhatIf], words: Words) -> Iterator[ChangeResponse]:
    """Yield every open question once, however many rules ask it."""
    leaves = {leaf.node_id: leaf for leaf in tests}
    for leaf in leaves.values():
        facts = tuple(dict.fromkeys(fact for fact, _ in leaf.gaps))
        yield ChangeResponse(
            node_id=leaf.node_id,
            text=leaf.text,
            facts=facts,
            document=leaf.document,
            document_label=None if leaf.document is None else words.documents.get(leaf.document, leaf.document),
            judgement=leaf.judgement,
            results={f"{each.fact}={each.value}": dict(each.results) for each in what_if if each.fact in facts},
        )
