"""A medical policy as frozen values: nodes, rules and versions. Built by storage/medical_policy, never by hand.

A rule is one labeled part of a policy: what is covered, what is excluded (with exceptions), what a person must judge, which
advice goes with it. How the parts of a line are combined is fixed in adjudication/policy/verdict.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange
from adjudication.policy.leaves import UNKNOWN, LeafTest


class Fold(StrEnum):
    """The rule of a node for combining its children."""

    AT_LEAST = "at least"
    NOT = "not"
    IMPLIES = "applies when"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One test. `citations`: empty if the test has no separate place in the source; then that of its parent counts.

    `document` is the kind of document to ask for when it is unknown; None when only a person can say.
    `repeats`: its author knows that another test of the policy reads the same fact (the lint asks).
    `silent`: the answer when nothing on file mentions its facts; a fact that is mentioned and unusable stays unknown.
    `presumption`: `silent` counts only for plans that presume this; for the others silence stays unknown.
    """

    node_id: str
    text: str
    test: LeafTest
    citations: tuple[Citation, ...]
    document: str | None
    judgement: bool = False
    conflicts: tuple[str, ...] = ()
    repeats: bool = False
    silent: int = UNKNOWN
    presumption: str | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """A combination of nodes: all (`at_least` = number of children), any (1), k of n, not, applies when.

    An `applies when` has two children, condition and consequence; without the condition it is met by exemption.
    """

    node_id: str
    text: str
    fold: Fold
    children: tuple[Node, ...]
    at_least: int
    citations: tuple[Citation, ...] = ()
    conflicts: tuple[str, ...] = ()


Node = Leaf | Branch


class RuleKind(StrEnum):
    """The labeled parts of a policy."""

    COVERED = "covered"
    EXCLUDED = "excluded"
    REVIEW = "review"
    ADMINISTRATIVE = "administrative"
    REFERS = "refers"
    OTHERWISE = "otherwise"
    GUIDE = "guide"


class Label(StrEnum):
    """The name of an unfavorable result; it comes from the policy version, never from the code (X-17)."""

    NOT_MEDICALLY_NECESSARY = "not-medically-necessary"
    EXPERIMENTAL = "experimental"
    NOT_REASONABLE_AND_NECESSARY = "not-reasonable-and-necessary"
    NOT_SEPARATE = "not-separate"
    CODING = "coding"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `applies`: the condition for applying to a line; `criteria`: its requirements; `unless`: the exception from an exclusion.

    `rule_out`: an exclusion or review that must be known not to apply before the line is covered. `label` names the
    unfavorable result; `refers_to` a policy whose criteria apply here; `first_reviewer` the role that reviews it first.
    `passes_on` (of an exclusion or review): where it does not hold, it leaves the code to the next authority.
    `unaddressed` (of an `otherwise`): the label also holds where no covered rule applied; else a person decides.
    """

    rule_id: str
    kind: RuleKind
    title: str
    codes: frozenset[str]
    citations: tuple[Citation, ...]
    applies: Node | None = None
    criteria: Node | None = None
    unless: Node | None = None
    label: Label | None = None
    rule_out: bool = False
    refers_to: str | None = None
    first_reviewer: str = "nurse"
    unaddressed: bool = False
    passes_on: bool = False
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One released version: in force by date of service, visible from `published_on`, pinned by its content hash."""

    policy: str
    version: str
    title: str
    source: str
    owner: str
    in_force: DateRange
    published_on: date
    next_review: date | None
    supersedes: str | None
    content_hash: str
    rules: tuple[Rule, ...]

    @property
    def codes(self) -> frozenset[str]:
        """Every procedure code that some rule names."""
        return frozenset(code for rule in self.rules for code in rule.codes)

    def stale(self, on: date) -> bool:
        """Return whether its own next review is overdue: a banner and a task for its owner, never a denial (X-23)."""
        return self.next_review is not None and on > self.next_review


def differing_codes(one: PolicyVersion, other: PolicyVersion) -> frozenset[str]:
    """Return the procedure codes for which two versions may rule differently; the position and the title of a rule make no difference."""

    def asked(version: PolicyVersion, code: str) -> list[Rule]:
        rules = [rule for rule in version.rules if code in rule.codes]
        return [replace(rule, title="", codes=frozenset(), citations=(), conflicts=()) for rule in rules]

    return frozenset(code for code in one.codes | other.codes if asked(one, code) != asked(other, code))


@dataclass(frozen=True, slots=True)
class UnloadedPeriod:
    """Days of a version in force whose text is not loaded: a gap in the data, not the absence of a policy."""

    dates: DateRange
    codes: frozenset[str]
    why: str


@dataclass(frozen=True, slots=True)
class Policy:
    """All versions of one policy, and the known facts about periods without one.

    From `retired_on` on it is withdrawn: the next authority decides, while a mere gap pends.
    """

    policy: str
    versions: tuple[PolicyVersion, ...]
    unloaded: tuple[UnloadedPeriod, ...] = ()
    retired_on: date | None = None

    def retired(self, service_date: date) -> bool:
        """Return whether it had been withdrawn by a date of service."""
        return self.retired_on is not None and service_date >= self.retired_on
