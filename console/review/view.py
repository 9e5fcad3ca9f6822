"""Builds the view of one case: pure functions over the stored data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, get_args
from uuid import uuid4

from adjudication.deadlines.rule_book import NoDeadline
from adjudication.deadlines.state import DeadlineState
from adjudication.model.determination import Pend
from adjudication.model.fact_dictionary import FactKind
from adjudication.model.history import HistoryLine
from adjudication.model.pends import COORDINATION_PEND
from adjudication.model.reference import ReferenceData
from adjudication.people import Role
from adjudication.prerelease_holds.returns import ErrorClass
from adjudication.review.rationale import SHORTEST_RATIONALE
from adjudication.steps.coordination_of_benefits import EXPLANATION
from console.documents.view import DocumentsView
from console.ports import Console
from console.review.allowed_actions import Offers
from console.review.case_context import CaseContext
from console.review.deadlines_view import DeadlineView, deadline_view
from console.review.forms import FormInput
from console.review.models import CaseResponse, ChangeResponse, FactResponse, NodeResponse, ReviewResponse, RuleResponse
from console.web.zones import zone_of
from console.worklist.view import lines_in_words
from contracts.events.claims import REGIONS
from contracts.records.desks import Comment
from contracts.records.review_queries import WaitingClaim

_MOST_QUESTIONS: Final = 8
"""The most facts in one form."""
_MOST_ANSWERS: Final = 5
"""The most answers that are listed for one result."""


_REGIONS: Final = get_args(REGIONS)


@dataclass(frozen=True, slots=True)
class Question:
    """One fact a form can answer: its question, by its kind, why, and the value on record, which an answer corrects."""

    fact: str
    asks: str
    kind: FactKind
    why: str
    now: tuple[FactResponse, ...]


@dataclass(frozen=True, slots=True)
class Askable:
    """A kind of document that can be requested. `wanted`: the open criteria name it."""

    kind: str
    label: str
    remark: str
    wanted: bool
    asked: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """One pend of one line, and the id of the action that would settle it."""

    pend: Pend
    label: str
    outcome: str
    line: str
    code: str
    value: str


@dataclass(frozen=True, slots=True)
class Other:
    """A line of another claim of the same member."""

    line: HistoryLine
    label: str
    sibling: bool


@dataclass(frozen=True, slots=True)
class WhatIf:
    """An open question with the effect of its answers: (answers, result). `turns`: one of them alone changes the result."""

    change: ChangeResponse
    line: int
    answers: tuple[tuple[str, str], ...]
    turns: bool


@dataclass(frozen=True, slots=True)
class ReviewView:
    """The screen of one case."""

    case: CaseResponse
    comments: tuple[Comment, ...]
    documents: DocumentsView
    comment_id: str
    offers: Offers
    action_ids: Mapping[str, str]
    waits: tuple[Waiting, ...]
    questions: tuple[Question, ...]
    more_facts: tuple[tuple[str, str], ...]
    stating: bool
    what_if: tuple[WhatIf, ...]
    askable: tuple[Askable, ...]
    criteria: tuple[tuple[str, str, str], ...]
    facts: Mapping[str, tuple[FactResponse, ...]]
    others: tuple[Other, ...]
    around: CaseContext
    deadlines: tuple[DeadlineView, ...]
    typed: FormInput
    refused: tuple[str, str] | None
    now: datetime
    zone: str | None
    mark: str
    shortest: int
    expertise: tuple[str, ...]
    correctable: tuple[str, ...]
    roles: tuple[str, ...]
    errors: tuple[str, ...]

    @property
    def rules_at(self) -> str:
        """Return the address at which the criteria of another rule are shown."""
        return f"/review/{self.case.task.claim_id}/rule"

    def typed_in(self, action: str) -> FormInput:
        """Return the input of one form."""
        return self.typed.about(action)

    def options(self, words: Iterable[str], none: str = "") -> tuple[tuple[str, str], ...]:
        """Return choices for a form, a first one for none of them if it is named."""
        named = tuple((word, word.replace("-", " ")) for word in words)
        return (("", none), *named) if none else named

    def lines(self, none: str) -> tuple[tuple[str, str], ...]:
        """Return the claim's lines as choices, after one for all."""
        return (("", none), *((str(line.number), f"line {line.number}, {line.code}") for line in self.case.task.lines))

    def subjects(self) -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]:
        """Return the possible subjects of the form's facts: part, its label, its choices (none: a day)."""
        allowed = {part for question in self.questions for part in question.kind.subjects}
        billed = self.case.task.lines
        studies = tuple(dict.fromkeys(line.code for line in billed))
        offered = {
            "line": ("Line", self.lines("every line of the claim")) if len(billed) > 1 else None,
            "study": ("Study", self.options(studies, "every study")) if len(studies) > 1 else None,
            "region": ("Region", self.options(_REGIONS, "not said")),
            "side": ("Side", self.options(("left", "right"), "not said")),
            "episode": ("Episode that began on", ()),
        }
        return tuple((part, *found) for part, found in offered.items() if part in allowed and found is not None)

    def open(self, action: str) -> bool:
        """Return whether a form is shown: it may be sent, or it has input that must not be lost."""
        offer = self.offers.actions.get(action)
        may = bool(self.offers.ways) if action == "decide" else offer is not None and offer.allowed
        return self.typed.action == action or (may and self.offers.assigned)


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule of a policy on one line."""

    claim_id: str
    control_number: str
    rule: RuleResponse
    facts: Mapping[str, tuple[FactResponse, ...]]

    def open(self, _action: str) -> bool:
        """The page has no form."""
        return False


@dataclass(frozen=True, slots=True)
class Read:
    """The data read for the screen."""

    waiting: WaitingClaim
    case: CaseResponse
    around: CaseContext
    deadlines: tuple[DeadlineState | NoDeadline, ...]
    offers: Offers
    documents: DocumentsView
    comments: tuple[Comment, ...] = ()


def review_view(
    console: Console, read: Read, typed: FormInput, refused: tuple[str, str] | None, extra: Iterable[str]
) -> ReviewView:
    """Put the screen together; `extra` are facts to record besides those the criteria ask for."""
    reference, now = console.reference, console.now()
    changes, named = tuple(_changes(read.case.reviews)), tuple(extra)
    questions = tuple(_questions(read.case, changes, named, console))
    return ReviewView(
        case=read.case,
        comments=read.comments,
        documents=read.documents,
        comment_id=str(uuid4()),
        offers=read.offers,
        action_ids={name: str(uuid4()) for name in read.offers.actions},
        waits=tuple(_waits(read.waiting, reference)),
        questions=questions,
        more_facts=tuple(_more_facts(changes, questions, read.case.facts, console)),
        stating=bool(named),
        what_if=changes,
        askable=tuple(_askable(read, changes, console)),
        criteria=tuple(_criteria(read.case.reviews)),
        facts=facts_by_name(read.case.facts),
        others=tuple(_others(read.around.history, reference)),
        around=read.around,
        deadlines=tuple(deadline_view(deadline) for deadline in read.deadlines),
        typed=typed,
        refused=refused,
        now=now,
        zone=zone_of(reference, read.waiting.plans, read.waiting.claim.received_at),
        mark=mark_of(read.waiting),
        shortest=SHORTEST_RATIONALE,
        expertise=tuple(sorted(console.rules.expertise)),
        correctable=tuple(sorted(console.rules.correctable)),
        roles=tuple(role.value for role in Role),
        errors=tuple(error.value for error in ErrorClass),
    )


def rule_view(waiting: WaitingClaim, rule: RuleResponse, facts: Iterable[FactResponse]) -> RuleView:
    """Show one rule with the facts it was evaluated on."""
    return RuleView(waiting.claim.claim_id, waiting.claim.control_number, rule, facts_by_name(facts))


def mark_of(waiting: WaitingClaim) -> str:
    """Return a mark of the case's state, so that a page can check whether it has changed."""
    pends = sorted(f"{pend.code}{pend.line or 0}{pend.about}" for pend in waiting.pends)
    return f"{len(waiting.history)}-{len(waiting.arrived)}-{int(waiting.determined)}-{'.'.join(pends)}"


def _waits(waiting: WaitingClaim, reference: ReferenceData) -> Iterator[Waiting]:
    codes = {line.number: line.code for line in waiting.claim.lines}
    for pend in waiting.case.pends:
        rule, outcome = reference.pends.get(pend.code), reference.outcomes.get(pend.outcome)
        yield Waiting(
            pend=pend,
            label=pend.code if rule is None else rule.label,
            outcome=pend.outcome if outcome is None else outcome.label,
            line=lines_in_words([pend.line]),
            code="" if pend.line is None else codes.get(pend.line, ""),
            value=f"{pend.line or ''}|{pend.outcome}|{pend.about}|{uuid4()}",
        )


def _changes(reviews: Iterable[ReviewResponse]) -> Iterator[WhatIf]:
    """Yield every open question once, with the first line that asks it."""
    seen: set[str] = set()
    for review in reviews:
        for change in review.would_change:
            if change.node_id not in seen:
                seen.add(change.node_id)
                yield _what_if(change, review)


def _what_if(change: ChangeResponse, review: ReviewResponse) -> WhatIf:
    """Put the answers that lead to the same result together, those that change it first."""
    now = _result({leg.leg: leg.result for leg in review.legs})
    by_result: dict[str, list[str]] = {}
    for answer, results in change.results.items():
        fact, _, value = answer.partition("=")
        by_result.setdefault(_result(results), []).append(value if len(change.facts) == 1 else f"{fact} {value}")
    ranked = sorted(by_result.items(), key=lambda each: each[0] == now)
    answers = tuple((_shortly(values), result if result != now else f"still {result}") for result, values in ranked)
    return WhatIf(change, review.line, answers, turns=any(result != now for result in by_result))


def _result(results: Mapping[str, str]) -> str:
    words = (result if len(results) == 1 else f"{leg}: {result}" for leg, result in results.items())
    return ", ".join(words).replace("-", " ")


def _shortly(answers: Sequence[str]) -> str:
    shown = ", ".join(answers[:_MOST_ANSWERS])
    return shown if len(answers) <= _MOST_ANSWERS else f"{shown} and {len(answers) - _MOST_ANSWERS} more"


def _questions(
    case: CaseResponse, changes: Iterable[WhatIf], named: Sequence[str], console: Console
) -> Iterator[Question]:
    """Yield the facts that the form asks for: those named, else the first of the least to ask, in their order.

    An answer may make other questions unnecessary: the claim is adjudicated again, and the form then shows the open ones.
    """
    why = {fact: change.change.text for change in changes for fact in change.change.facts}
    least = [each for review in case.reviews for each in review.deciding if each.open]
    why |= {fact: each.text for each in reversed(least) for fact in each.facts}
    on_record = facts_by_name(case.facts)
    in_order = dict.fromkeys(named or (fact for each in least for fact in each.facts))
    for fact in islice(in_order, None if named else _MOST_QUESTIONS):
        kind = console.reference.facts.get(fact)
        if kind is not None:
            asks = console.words.questions.get(fact, fact)
            yield Question(fact, asks, kind, why.get(fact, ""), on_record.get(fact, ()))


def _more_facts(
    changes: Iterable[WhatIf], asked: Iterable[Question], on_record: Iterable[FactResponse], console: Console
) -> Iterator[tuple[str, str]]:
    """Yield the other facts that may be stated or corrected, as choices: open questions first, then values on record."""
    here = {each.fact for each in asked}
    open_facts = (fact for change in changes for fact in change.change.facts)
    for fact in dict.fromkeys((*open_facts, *(each.fact for each in on_record))):
        if fact not in here and fact in console.reference.facts:
            yield fact, console.words.questions.get(fact, fact)


def _askable(read: Read, changes: Iterable[WhatIf], console: Console) -> Iterator[Askable]:
    """Every kind of document, first those that the open criteria name or that another payer's answer would come in."""
    wanted = {change.change.document for change in changes if change.change.document is not None}
    if any(pend.code == COORDINATION_PEND for pend in read.waiting.case.pends):
        wanted.add(EXPLANATION)
    asked = read.waiting.unanswered(console.now())
    for kind in sorted(console.words.documents, key=lambda kind: (kind not in wanted, console.words.documents[kind])):
        remark = console.words.remarks.get(kind, "")
        yield Askable(kind, console.words.documents[kind], remark, kind in wanted, kind in asked)


def _criteria(reviews: Iterable[ReviewResponse]) -> Iterator[tuple[str, str, str]]:
    """Yield the choices for the ground of a denial: the rule each leg rests on, and its tests that are not met; (id, words, answer)."""
    seen: set[str] = set()
    for review in reviews:
        for leg in review.legs:
            for rule in leg.rules:
                if not rule.decides or rule.rule_id in seen:
                    continue
                seen.add(rule.rule_id)
                yield rule.rule_id, rule.title, "decides"
                for part in (rule.applies, rule.criteria, rule.unless):
                    yield from () if part is None else _not_met(part, seen)


def _not_met(node: NodeResponse, seen: set[str]) -> Iterator[tuple[str, str, str]]:
    for child in node.children:
        yield from _not_met(child, seen)
    if not node.children and node.answer == "not met" and node.node_id not in seen:
        seen.add(node.node_id)
        yield node.node_id, node.text, node.answer


def facts_by_name(facts: Iterable[FactResponse]) -> dict[str, tuple[FactResponse, ...]]:
    """Put facts together by their names."""
    named: dict[str, list[FactResponse]] = {}
    for fact in facts:
        named.setdefault(fact.fact, []).append(fact)
    return {name: tuple(found) for name, found in named.items()}


def _others(history: Iterable[HistoryLine], reference: ReferenceData) -> Iterator[Other]:
    for line in sorted(history, key=lambda each: each.service_date, reverse=True):
        known = reference.procedure(line.code, line.service_date)
        yield Other(line, "" if known is None else known.label, line.code in reference.family.codes)
