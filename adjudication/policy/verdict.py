"""Maps the answers of one line to its result. The order of the parts is fixed here, for every policy.

1. an administrative rule that holds (code never separate, wrong code) settles the line;
2. an exclusion that holds, without its exception, is unfavorable: a person decides, never software;
3. a rule that refers to another policy hands the line over to it;
4. a review rule that holds asks for a person's judgement;
5. the line is covered if a covered rule is met and no rule marked `rule_out` is open;
6. otherwise, if criteria are open: a reviewer settles contradictory facts; else documents are requested first, and a
   reviewer decides questions that only a person can answer;
7. a covered rule that applied and is known not to be met is unfavorable; where none applied, the policy is silent.

Unknown never excludes: an exclusion must be shown, and `rule_out` marks one that must be ruled out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from adjudication.policy.evidence import Gap
from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN
from adjudication.policy.program import ABSENT, Program, RulePlaces
from adjudication.policy.tree import Branch, Fold, Label, Leaf, Rule, RuleKind
from adjudication.quick_values import quick


class Result(StrEnum):
    """The result of a policy for a line."""

    MEETS = "meets"
    DOCUMENTS = "documents"
    CONTRADICTION = "contradiction"
    JUDGEMENT = "judgement"
    ADVERSE = "adverse"
    ADMINISTRATIVE = "administrative"
    REFERRED = "referred"


@quick
@dataclass(frozen=True, slots=True)
class Ruling:
    """The result, its rule, and the indexes of the open leaves whose answers could still change the result."""

    result: Result
    rule: Rule | None
    label: Label | None = None
    why: str = ""
    open_leaves: tuple[int, ...] = ()
    roots: tuple[int, ...] = ()


class _Standing(NamedTuple):
    places: RulePlaces
    applies: int
    base: int
    holds: int


_SILENT = "the policy does not speak of a request like this one"
CONTRADICTED = "what is on file contradicts itself; a reviewer settles it"
_NO_GAPS: Final[Mapping[str, Gap]] = {}


def rule_line(program: Program, answers: bytes, gaps: Mapping[str, Gap] = _NO_GAPS) -> Ruling:
    """Combine the rules of one line; `gaps` say why facts are unknown, so that a contradiction pends for a reviewer."""
    holds = _holds(program, answers)
    settling, covering = program.settling, program.covering
    holding = [i for i in settling if holds[i] == MET]
    if holding:
        return _settled([_standing(program.rules[i], answers) for i in holding])
    open_ = [_standing(program.rules[i], answers) for i in settling if holds[i] == UNKNOWN]
    to_rule_out = [s for s in open_ if _must_be_ruled_out(s)]
    met = next((_standing(program.rules[i], answers) for i in covering if holds[i] == MET), None)
    if met is not None and not to_rule_out:
        return Ruling(Result.MEETS, met.places.rule, roots=_roots(met))
    # Few of a guideline's many rules apply to one line: only open and applied rules are evaluated again.
    open_covers = [] if met is not None else [i for i in covering if holds[i] == UNKNOWN]
    maybe = [_standing(program.rules[i], answers) for i in open_covers]
    unmet = [i for i in covering if holds[i] == NOT_MET and _applies(program, i, answers)]
    failed = [_standing(program.rules[i], answers) for i in unmet]
    if maybe or (to_rule_out and not failed) or met is not None:
        return _ask(program, answers, gaps, [*to_rule_out, *maybe])
    return _otherwise(program.rules, failed)


def _holds(program: Program, answers: bytes) -> list[int]:
    """Return for each rule whether it holds: `applies` and `criteria`, and not `unless`. An absent part has no effect."""
    padded = answers + _ABSENT
    return [
        _HOLDS[9 * padded[applies] + 3 * padded[criteria] + padded[unless]]
        for applies, criteria, unless in program.parts
    ]


def _applies(program: Program, rule: int, answers: bytes) -> bool:
    """Return whether a rule applies to the line, as far as is known."""
    place = program.rules[rule].applies
    return place == ABSENT or answers[place] == MET


def open_rules(program: Program, answers: bytes) -> tuple[tuple[RulePlaces, ...], tuple[RulePlaces, ...] | None]:
    """Return the rules that must be ruled out and are open, and those that could still cover the line.

    The second is None if a rule covers the line already.
    """
    standings = [_standing(places, answers) for places in program.rules]
    to_rule_out = tuple(s.places for s in standings if s.holds == UNKNOWN and _must_be_ruled_out(s))
    covered = [s for s in standings if s.places.rule.kind is RuleKind.COVERED]
    if any(s.holds == MET for s in covered):
        return to_rule_out, None
    return to_rule_out, tuple(s.places for s in covered if s.holds == UNKNOWN)


def _standing(places: RulePlaces, answers: bytes) -> _Standing:
    applies = MET if places.applies == ABSENT else answers[places.applies]
    base = applies if places.criteria == ABSENT else _BOTH[applies][answers[places.criteria]]
    holds = base if places.unless == ABSENT else _BOTH[base][_NOT[answers[places.unless]]]
    return _Standing(places, applies, base, holds)


# Tables rather than conditions, by the numbers of the answers (not met 0, met 1, unknown 2): every rule pays for these.
_NOT = (MET, NOT_MET, UNKNOWN)
_BOTH = (
    (NOT_MET, NOT_MET, NOT_MET),
    (NOT_MET, MET, UNKNOWN),
    (NOT_MET, UNKNOWN, UNKNOWN),
)


_HOLDS: Final = bytes(
    _BOTH[_BOTH[applies][criteria]][_NOT[unless]]
    for applies in range(3)
    for criteria in range(3)
    for unless in range(3)
)
_ABSENT: Final = bytes((MET, NOT_MET))
"""Values appended to the answers: one for an absent condition or criterion, one for an absent exception."""


def _settled(holding: Sequence[_Standing]) -> Ruling:
    """Return the result of the first rule whose criteria hold, in the fixed order of kinds."""
    order = tuple(_SETTLING)
    found = min(holding, key=lambda standing: order.index(standing.places.rule.kind))
    rule = found.places.rule
    return Ruling(_SETTLING[rule.kind], rule, rule.label, rule.title, roots=_roots(found))


_SETTLING = {
    RuleKind.ADMINISTRATIVE: Result.ADMINISTRATIVE,
    RuleKind.EXCLUDED: Result.ADVERSE,
    RuleKind.REFERS: Result.REFERRED,
    RuleKind.REVIEW: Result.JUDGEMENT,
}
"""The result of a rule whose criteria hold, in the order in which the rules are evaluated."""


def _must_be_ruled_out(standing: _Standing) -> bool:
    """Return whether an open exclusion or review must be resolved first: it is marked `rule_out`, or only its exception is open."""
    rule = standing.places.rule
    if not rule.rule_out and standing.base != MET:
        return False
    return rule.kind in _SETTLING


def _ask(program: Program, answers: bytes, gaps: Mapping[str, Gap], open_rules: Iterable[_Standing]) -> Ruling:
    """Return the open leaves: for a rule that may not apply, those of its condition; for other rules, all that could change the result."""
    asked = list(open_rules)
    roots = tuple(dict.fromkeys(root for s in asked for root in _roots(s)))
    leaves = material(program, answers, roots)
    tests = [node for node in (program.nodes[leaf] for leaf in leaves) if isinstance(node, Leaf)]
    rule = asked[0].places.rule
    if any(gaps.get(fact) is Gap.CONFLICTING for leaf in tests for fact in leaf.test.facts):
        return Ruling(Result.CONTRADICTION, rule, why=CONTRADICTED, open_leaves=leaves, roots=roots)
    needs_documents = any(leaf.document is not None for leaf in tests)
    result = Result.DOCUMENTS if needs_documents else Result.JUDGEMENT
    return Ruling(result, rule, why="" if needs_documents else rule.title, open_leaves=leaves, roots=roots)


def _roots(standing: _Standing) -> tuple[int, ...]:
    places = standing.places
    if standing.applies == UNKNOWN:
        return (places.applies,)
    return tuple([part for part in (places.applies, places.criteria, places.unless) if part != ABSENT])


def _otherwise(rules: Iterable[RulePlaces], failed: list[_Standing]) -> Ruling:
    rule = next((places.rule for places in rules if places.rule.kind is RuleKind.OTHERWISE), None)
    if rule is not None and (failed or rule.unaddressed):
        roots = tuple(root for s in failed for root in _roots(s))
        return Ruling(Result.ADVERSE, rule, rule.label, rule.title, roots=roots)
    return Ruling(Result.JUDGEMENT, rule, why=_SILENT)


def material(program: Program, answers: bytes, roots: Iterable[int]) -> tuple[int, ...]:
    """Return the unknown leaves whose answer could still change a root: those with only unknown ancestors under it."""
    found: dict[int, None] = {}
    seen: set[int] = set()
    waiting = list(roots)[::-1]
    while waiting:
        index = waiting.pop()
        if index in seen or answers[index] != UNKNOWN:
            continue
        seen.add(index)
        if program.children[index]:
            waiting += program.children[index][::-1]
        else:
            found[index] = None
    return tuple(found)


def decisive(program: Program, answers: bytes, ruling: Ruling) -> tuple[int, ...]:
    """Return the leaves that decided a settled ruling: under each root, those that gave its answer."""
    failed = ruling.rule is not None and ruling.rule.kind is RuleKind.OTHERWISE
    found: dict[int, None] = {}
    waiting = [root for root in ruling.roots[::-1] if not failed or answers[root] == NOT_MET]
    while waiting:
        index = waiting.pop()
        children = program.children[index]
        if not children:
            found[index] = None
            continue
        node = program.nodes[index]
        turned = isinstance(node, Branch) and node.fold is Fold.NOT
        same = [c for c in children if answers[c] == answers[index]]
        waiting += children if turned or not same else same[::-1]
    return tuple(found)
