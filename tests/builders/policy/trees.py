"""Random policies, evidence and lines: trees that test each fact once, and trees with everything in them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from adjudication.model.claim import SupportingFact, Value
from adjudication.policy.evidence import Service, ServiceHistory, Subject
from adjudication.policy.leaves import (
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
from adjudication.policy.tree import Branch, Fold, Label, Leaf, Node, Rule, RuleKind
from tests.builders.policy.policies import CITED, SERVED

CODE = "76390"
DOCUMENTS = ("order", "clinical-note", "imaging-report")
USUAL = (
    (RuleKind.COVERED, RuleKind.EXCLUDED, RuleKind.OTHERWISE),
    (RuleKind.REVIEW, RuleKind.COVERED, RuleKind.COVERED),
    (RuleKind.COVERED,),
    (RuleKind.OTHERWISE,),
)
"""What most policies have; other rules come on top."""
CHOICES = frozenset({"one", "two", "three"})


class Grower:
    """Grows trees; ids are counted, so every node is separate. `share`: branches may reuse earlier nodes."""

    def __init__(self, draw: st.DrawFn, *, share: bool, every_kind: bool) -> None:
        self._draw, self._share, self._every_kind = draw, share, every_kind
        self.grown: list[Node] = []

    def node(self, depth: int) -> Node:
        if self._share and self.grown and self._draw(st.integers(0, 3)) == 0:
            return self._draw(st.sampled_from(self.grown))
        if depth == 0 or self._draw(st.integers(0, 3)) == 0:
            node: Node = self._leaf()
        else:
            node = self._branch(depth)
        self.grown.append(node)
        return node

    def optional(self, depth: int) -> Node | None:
        return self.node(depth) if self._draw(st.booleans()) else None

    def _leaf(self) -> Leaf:
        number = len(self.grown)
        test = self._draw(tests()) if self._every_kind else Flag(f"fact.{number}")
        judgement = isinstance(test, Judgment) or (not self._every_kind and self._draw(st.integers(0, 4)) == 0)
        document = None if judgement else self._draw(st.sampled_from(DOCUMENTS))
        return Leaf(self._id("leaf"), "A test.", test, CITED, document, judgement)

    def _branch(self, depth: int) -> Branch:
        fold = self._draw(st.sampled_from((Fold.AT_LEAST, Fold.AT_LEAST, Fold.AT_LEAST, Fold.NOT, Fold.IMPLIES)))
        count = {Fold.NOT: 1, Fold.IMPLIES: 2}.get(fold) or self._draw(st.integers(1, 4))
        children = tuple(self.node(depth - 1) for _ in range(count))
        needed = self._draw(st.integers(1, count)) if fold is Fold.AT_LEAST else 1
        return Branch(self._id("branch"), "A combination.", fold, children, needed)

    def _id(self, kind: str) -> str:
        return f"{kind}-{len(self.grown)}"


@st.composite
def plain_trees(draw: st.DrawFn, depth: int = 3) -> Node:
    """Trees of yes-or-no facts, each tested once."""
    return Grower(draw, share=False, every_kind=False).node(depth)


@st.composite
def mixed_trees(draw: st.DrawFn) -> tuple[Rule, ...]:
    """Rules with every kind of test over a few facts, sharing parts."""
    grower = Grower(draw, share=True, every_kind=True)
    return tuple(a_rule(n, RuleKind.COVERED, grower.node(3), grower.node(3)) for n in range(draw(st.integers(1, 3))))


@st.composite
def policies(draw: st.DrawFn) -> tuple[Rule, ...]:
    """Small policies of every kind of rule, each fact tested once, so that all completions can be tried."""
    grower = Grower(draw, share=False, every_kind=False)
    kinds = [*draw(st.lists(st.sampled_from(list(RuleKind)), max_size=2)), *draw(st.sampled_from(USUAL))]
    return tuple(_rule(draw, grower, number, kind) for number, kind in enumerate(kinds))


def _rule(draw: st.DrawFn, grower: Grower, number: int, kind: RuleKind) -> Rule:
    if kind is RuleKind.OTHERWISE:
        return a_rule(number, kind, label=Label.EXPERIMENTAL, unaddressed=draw(st.booleans()))
    blocks = kind in (RuleKind.EXCLUDED, RuleKind.REVIEW, RuleKind.ADMINISTRATIVE)
    criteria = grower.node(1) if blocks or kind is RuleKind.COVERED else grower.optional(1)
    return Rule(
        rule_id=f"R-{number}",
        kind=kind,
        title="A rule",
        codes=frozenset({CODE}),
        citations=CITED,
        applies=grower.optional(1),
        criteria=criteria,
        unless=grower.optional(0) if kind is RuleKind.EXCLUDED else None,
        label=Label.CODING if kind in (RuleKind.EXCLUDED, RuleKind.ADMINISTRATIVE) else None,
        rule_out=blocks and draw(st.booleans()),
        refers_to="another" if kind is RuleKind.REFERS else None,
    )


def a_rule(
    number: int,
    kind: RuleKind,
    criteria: Node | None = None,
    applies: Node | None = None,
    label: Label | None = None,
    *,
    unaddressed: bool = False,
) -> Rule:
    return Rule(
        f"R-{number}",
        kind,
        "A rule",
        frozenset({CODE}),
        CITED,
        applies=applies,
        criteria=criteria,
        label=label,
        unaddressed=unaddressed,
    )


days = st.integers(-60, 60).map(lambda n: SERVED + timedelta(days=n))
facts = st.integers(0, 5).map("fact.{}".format)
codes = st.sampled_from(("72148", "78813", CODE))


@st.composite
def numbers(draw: st.DrawFn, most: int = 40) -> DatedValue:
    values = [(date.min, Decimal(draw(st.integers(0, most))))]
    if draw(st.booleans()):
        values.append((draw(days), Decimal(draw(st.integers(0, most)))))
    return DatedValue("number", tuple(values))


bounds = st.none() | numbers()
code_lists = st.frozensets(codes, min_size=1)
any_codes = st.frozensets(st.sampled_from(("72148", "M54.16", "59", "22", CODE)), max_size=2)


def tests() -> st.SearchStrategy[LeafTest]:
    """Every kind of test, over few facts, so that tests share them and find values of the wrong kind."""
    choices = st.frozensets(st.sampled_from(sorted(CHOICES)), min_size=1)
    fields = st.sampled_from(("procedure", "diagnosis", "modifier", "place-of-service", "same-day"))
    prefixes = st.sampled_from(((), ("M54",), ("5", "72"), ("Z",)))
    return st.one_of(
        st.builds(Flag, facts),
        st.builds(Choice, facts, choices, st.just(CHOICES)),
        st.builds(Measure, facts, bounds, bounds),
        st.builds(Dated, facts, st.none() | facts, bounds, st.booleans(), st.booleans(), st.none(), bounds),
        st.builds(Elapsed, facts, facts, numbers()),
        st.builds(CodeIn, fields, any_codes, prefixes),
        st.builds(Earlier, code_lists, numbers(), st.integers(1, 3)),
        st.builds(Age, bounds, bounds),
        st.builds(Judgment, facts),
    )


values: st.SearchStrategy[Value] = st.one_of(
    st.booleans(), days, st.integers(0, 40).map(Decimal), st.sampled_from((*sorted(CHOICES), "four", ""))
)
supporting_facts = st.builds(
    SupportingFact,
    fact=facts,
    value=values,
    source=st.just("document"),
    recorded_on=st.just(SERVED),
    settles=st.integers(0, 5).map(lambda n: n == 0),
    legible=st.integers(0, 5).map(lambda n: n > 0),
)
subjects = st.builds(
    Subject,
    code=st.just(CODE),
    service_date=st.just(SERVED) | days,
    received_on=st.just(SERVED),
    diagnoses=st.sampled_from(((), ("M54.16",), ("M48.061", "M54.16"))),
    modifiers=st.sampled_from(((), ("59",))),
    place_of_service=st.sampled_from((None, "22", "11")),
    same_day=st.sampled_from(((), ("72148",))),
    history=st.lists(st.builds(Service, codes, days), max_size=4).map(ServiceHistory),
    age_years=st.none() | st.integers(0, 60),
)
SUBJECT = Subject(CODE, SERVED, SERVED)
