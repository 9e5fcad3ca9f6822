"""Turns a policy review into data: the criteria tree of the trace, and the facts that would still change the answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from adjudication.model.facts import Answer
from adjudication.model.findings import Citation
from adjudication.policy.catalog import LegRuling
from adjudication.policy.near_misses import near_misses
from adjudication.policy.trace import TraceNode, TraceRule, open_tests, trace
from adjudication.policy.tree import Fold, RuleKind
from console.ports import Words
from console.review.deciding import deciding_questions
from console.review.models import (
    ChangeResponse,
    DecidingResponse,
    GapResponse,
    LegResponse,
    NearMissResponse,
    NodeResponse,
    ReviewResponse,
    RuleResponse,
)
from console.review.policy_reviews import PolicyReview, WhatIf
from contracts.events.determinations import CitationV1

_TURNED: Final = {Answer.MET: Answer.NOT_MET, Answer.NOT_MET: Answer.MET}


def review_shown(review: PolicyReview, words: Words, *, brief: bool = False) -> ReviewResponse:
    """Show the results of the policies for a line; in brief, only the rule that decides with its criteria."""
    return ReviewResponse(
        line=review.line,
        code=review.code,
        service_date=review.service_date,
        decided_on=review.decided_on,
        pinned=review.pinned,
        note=review.note,
        legs=tuple(_leg(leg, review, brief=brief) for leg in review.legs),
        would_change=tuple(_changes(_open(review), review.what_if, words)),
        deciding=tuple(_deciding_shown(review, words)),
    )


def _deciding_shown(review: PolicyReview, words: Words) -> Iterator[DecidingResponse]:
    """Yield the questions that decide the first benefit that is not met."""
    for leg in review.legs:
        found = deciding_questions(leg, review.evidence, review.service_date, words.units)
        for each in found:
            yield DecidingResponse(
                node_id=each.node_id,
                text=each.text,
                asks=each.asks,
                found=each.found,
                facts=each.facts,
                open=each.open,
            )
        if found:
            return


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
    """Return the criteria that kept the line from being covered, for lines that no rule decides."""
    if leg.ruling is None or leg.ruling.rule is None or leg.ruling.rule.kind is not RuleKind.OTHERWISE:
        return ()
    return tuple(
        NearMissResponse(
            rule_id=miss.rule_id, title=miss.title, criteria=tuple(_node(each, Answer.MET) for each in miss.criteria)
        )
        for miss in near_misses(_rules(leg, review, None))
    )


def _rule(rule: TraceRule, *, decides: bool) -> RuleResponse:
    favors = Answer.MET if rule.kind is RuleKind.COVERED else Answer.NOT_MET
    return RuleResponse(
        rule_id=rule.rule_id,
        kind=rule.kind.value,
        title=rule.title,
        citations=_cited(rule.citations),
        conflicts=rule.conflicts,
        decides=decides,
        applies=None if rule.applies is None else _node(rule.applies, None),
        criteria=None if rule.criteria is None else _node(rule.criteria, favors),
        unless=None if rule.unless is None else _node(rule.unless, _TURNED[favors]),
    )


def _stance(answer: Answer, favors: Answer | None) -> str:
    """Return the effect of an answer on the line; `favors` None: the answer only decides whether the rule applies."""
    if answer is Answer.UNKNOWN:
        return "open"
    if favors is None:
        return "applies" if answer is Answer.MET else "does not apply"
    return "support" if answer is favors else "against"


def _below(node: TraceNode, favors: Answer | None) -> Iterator[NodeResponse]:
    """Yield the parts of a criterion; below a negation the other answer favors the line, and so it does for a condition."""
    for place, child in enumerate(node.children):
        turns = node.how == Fold.NOT.value or (node.how == Fold.IMPLIES.value and place == 0)
        yield _node(child, _TURNED[favors] if favors is not None and turns else favors)


def _node(node: TraceNode, favors: Answer | None) -> NodeResponse:
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
        stance=_stance(node.answer, favors),
        tests=() if node.test is None else tuple(node.test.facts),
        children=tuple(_below(node, favors)),
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
