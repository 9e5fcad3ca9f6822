"""Select the policy that decides a line, from the order of authorities of its product line (data, not code).

A leg is one benefit with its ordered authorities (contract exclusion, NCD, LCD, state guideline, plan policy, guideline).
The first authority that has a rule for the code decides the leg. A dual-eligible product has two legs: if the first
benefit does not cover the line, the second is evaluated (42 CFR 422.629-634). A new payer or product needs no new code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange
from adjudication.policy.evidence import Evidence, Subject
from adjudication.policy.leaves import Earlier
from adjudication.policy.program import Program
from adjudication.policy.selection import NoVersion, select_version
from adjudication.policy.tree import Branch, Leaf, Node, Policy, PolicyVersion
from adjudication.policy.verdict import Result, Ruling, rule_line
from adjudication.quick_values import quick

NOT_A_BENEFIT = "not-a-benefit"
"""The result of a leg whose code the contract excludes; the other results are the labels of adjudication.policy.tree."""

_KEPT: Final = 8192
"""The most cached rulings and selected versions."""

NOT_SEARCHED = "not-searched"
"""The result of a leg where no search shows whether a public authority decides the code."""
_PUBLIC: Final = frozenset({"statute", "ncd", "lcd", "manual", "state-guideline"})

PlanPresumptions = tuple[tuple[date, frozenset[str]], ...]
"""A plan's presumptions about silent charts, by the first day of service to which each applies, earliest first."""


@dataclass(frozen=True, slots=True)
class Authority:
    """One kind of source in the order of a leg, and its policies.

    `searched`: the codes for which the author looked for a policy and found none that decides. If neither is
    known for a code, a `public` authority may decide it, so no later authority may (42 CFR 422.101(b)).
    """

    kind: str
    policies: tuple[str, ...]
    citation: Citation
    searched: frozenset[str] = frozenset()

    @property
    def public(self) -> bool:
        """Return whether it is written outside the payer, so that the payer must search it."""
        return self.kind in _PUBLIC


@dataclass(frozen=True, slots=True)
class Leg:
    """One benefit. `after`: the results of the previous leg for which this one is evaluated; `excludes`: whether its contract may exclude codes."""

    name: str
    authorities: tuple[Authority, ...]
    after: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Precedence:
    """The order of authorities of one product line of one payer."""

    name: str
    legs: tuple[Leg, ...]
    citation: Citation


@quick
@dataclass(frozen=True, slots=True)
class LegRuling:
    """The result of one leg, with its policy and rule.

    `missing`: a policy governs the line, but no version of it is in force. `unsearched`: it is not known whether the
    authority decides the code.
    """

    leg: str
    authority: str
    ruling: Ruling | None
    program: Program | None = None
    answers: bytes = b""
    missing: NoVersion | None = None
    excluded: bool = False
    unsearched: bool = False

    @property
    def name(self) -> str:
        """Return the label of an unfavorable result, `not-a-benefit`, `not-searched`, `no-policy`, or the result itself."""
        if self.excluded:
            return NOT_A_BENEFIT
        if self.unsearched:
            return NOT_SEARCHED
        if self.ruling is None:
            return "no-policy"
        return self.ruling.label.value if self.ruling.label is not None else self.ruling.result.value

    @property
    def unfavorable(self) -> bool:
        """Return whether this leg does not cover the line."""
        return self.excluded or (self.ruling is not None and self.ruling.result is Result.ADVERSE)


class PolicyCatalog:
    """The loaded policies and orders of precedence; each version is compiled once per code, when the first line of that code asks it."""

    def __init__(
        self,
        policies: Mapping[str, Policy],
        precedences: Mapping[str, Precedence],
        screens: Mapping[str, tuple[str, ...]] | None = None,
        shared_release: tuple[str, str] | None = None,
        presumptions: Mapping[str, PlanPresumptions] | None = None,
    ) -> None:
        """Index the versions. A compilation takes about a millisecond. `screens`: see adjudication.policy.evidence.collect.

        `shared_release`: number and hash of the release of the facts, parameters and lists that the versions read.
        `presumptions`: each plan's presumptions about silent charts; a plan without an entry has none.
        """
        self.presumptions = presumptions or {}
        self.screens = screens or {}
        self.shared_release = shared_release
        self.policies = policies
        self.precedences = precedences
        self._codes = {name: _codes(policy) for name, policy in policies.items()}
        every = [version for policy in policies.values() for version in policy.versions]
        self._of_code = {(version.content_hash, code): version for version in every for code in version.codes}
        self._programs: dict[tuple[str, str], Program] = {}
        self._passed_on = {name: _passed_on(policy) for name, policy in policies.items()}
        self._rulings: dict[tuple[str, str, bytes], Ruling] = {}
        self._versions: dict[tuple[str, date, date], PolicyVersion | NoVersion] = {}
        self.look_back_days: Final = max(map(_look_back_days, every), default=0)
        """The longest history, in days, that any policy asks about; each claim's history is read for this many days."""

    def with_only(self, policy: str, version: PolicyVersion) -> PolicyCatalog:
        """Return the same catalog, in which one version governs a policy on every day; the compiled rules are shared."""
        found = copy(self)
        always = replace(version, in_force=DateRange(date.min), published_on=date.min)
        found.policies = {**self.policies, policy: replace(self.policies[policy], versions=(always,), unloaded=())}
        found._versions = {}  # noqa: SLF001 - of the same class
        return found

    def with_draft(self, drafts: PolicyCatalog, draft: PolicyVersion) -> PolicyCatalog:
        """Return the same catalog, compiled again with a version of another one, which governs its policy on every day."""
        policy = self.policies[draft.policy]
        policies = {**self.policies, draft.policy: replace(policy, versions=(*policy.versions, draft))}
        screens = {**drafts.screens, **self.screens}
        shared = (self.shared_release, self.presumptions)
        return PolicyCatalog(policies, self.precedences, screens, *shared).with_only(draft.policy, draft)

    def presumed(self, plan_id: str, service_date: date) -> frozenset[str]:
        """Return a plan's presumptions, for services on a day, about facts that no record mentions."""
        dated = self.presumptions.get(plan_id, ())
        return next((names for starts, names in reversed(dated) if starts <= service_date), frozenset())

    def asks(self, precedence: str, policy: str) -> bool:
        """Return whether an order of precedence names a policy, on any leg."""
        legs = self.precedences[precedence].legs
        return any(policy in authority.policies for leg in legs for authority in leg.authorities)

    def program(self, version: PolicyVersion, code: str) -> Program | None:
        """Return the rules of a version about a code; None when it has none."""
        key = version.content_hash, code
        program = self._programs.get(key)
        if program is None and key in self._of_code:
            program = self._programs[key] = Program(self._of_code[key], code)
        return program

    def speaks(self, policy: str, code: str) -> bool:
        """Return whether any version of a policy, loaded or known only by name, has rules for a code."""
        return code in self._codes.get(policy, frozenset())

    def decides(self, policy: str, code: str) -> bool:
        """Return whether a policy has rules for a code and does not leave it to the next authority."""
        return self.speaks(policy, code) and code not in self._passed_on.get(policy, frozenset())

    def rule(
        self, precedence: Precedence, subject: Subject, evidence: Evidence, decided_on: date, excluded: frozenset[str]
    ) -> tuple[LegRuling, ...]:
        """Rule on a line, leg by leg; `excluded` are the codes that the contract of the first leg does not cover."""
        rulings: list[LegRuling] = []
        for leg in precedence.legs:
            if rulings and not (rulings[-1].unfavorable and rulings[-1].name in leg.after):
                continue
            contract = leg.excludes if rulings else excluded | leg.excludes
            rulings.append(self._leg(leg, contract, subject, evidence, decided_on))
        return tuple(rulings)

    def _leg(
        self, leg: Leg, contract: frozenset[str], subject: Subject, evidence: Evidence, decided_on: date
    ) -> LegRuling:
        if subject.code in contract:
            return LegRuling(leg.name, "contract", None, excluded=True)
        for authority in leg.authorities:
            speaking = [policy for policy in authority.policies if self.speaks(policy, subject.code)]
            for policy in speaking:
                found = self._by_policy(leg.name, authority.kind, policy, subject, evidence, decided_on)
                if found is not None:
                    return found
            if authority.public and not speaking and subject.code not in authority.searched:
                return LegRuling(leg.name, authority.kind, None, unsearched=True)
        return LegRuling(leg.name, "none", None)

    def _by_policy(
        self, leg: str, authority: str, policy: str, subject: Subject, evidence: Evidence, decided_on: date
    ) -> LegRuling | None:
        """Rule by one policy; None when it is withdrawn, or the version that governs leaves the code to the next authority."""
        if self.policies[policy].retired(subject.service_date):
            return None
        version = self._version(policy, subject.service_date, decided_on)
        if isinstance(version, NoVersion):
            passed_on = subject.code in self._passed_on[policy]
            return None if passed_on else LegRuling(leg, authority, None, missing=version)
        program = self.program(version, subject.code)
        if program is None:
            return None
        answers = program.answer(evidence, subject)
        ruling = self._ruling(version, program, answers, evidence)
        if program.passes_on and ruling.rule is None:
            return None
        target = None if ruling.rule is None else ruling.rule.refers_to
        if ruling.result is not Result.REFERRED or target is None or target not in self.policies:
            return LegRuling(leg, authority, ruling, program, answers)
        # The policy referred to decides; if it has no rules for the code, the line pends for the policy owner.
        referred = LegRuling(leg, authority, ruling, program, answers)
        return self._by_policy(leg, authority, target, subject, evidence, decided_on) or referred

    def _version(self, policy: str, service_date: date, decided_on: date) -> PolicyVersion | NoVersion:
        """Select the version that governs a day; nearly all claims ask for a few days."""
        key = policy, service_date, decided_on
        found = self._versions.get(key)
        if found is None:
            if len(self._versions) >= _KEPT:
                self._versions.clear()
            found = self._versions[key] = select_version(self.policies[policy], service_date, decided_on)
        return found

    def _ruling(self, version: PolicyVersion, program: Program, answers: bytes, evidence: Evidence) -> Ruling:
        """Rule on a line. Cached by the answers if no fact is unusable, because many lines have the same answers."""
        if evidence.gaps:
            return rule_line(program, answers, evidence.gaps)
        key = version.content_hash, program.code, answers
        found = self._rulings.get(key)
        if found is None:
            if len(self._rulings) >= _KEPT:
                self._rulings.clear()
            found = self._rulings[key] = rule_line(program, answers)
        return found


def _codes(policy: Policy) -> frozenset[str]:
    return frozenset(_all_codes(policy))


def _all_codes(policy: Policy) -> Iterator[str]:
    for version in policy.versions:
        yield from version.codes
    for period in policy.unloaded:
        yield from period.codes


def _passed_on(policy: Policy) -> frozenset[str]:
    """Return the codes that every version leaves to the next authority if none of its rules applies."""
    rules = [rule for version in policy.versions for rule in version.rules]
    decided = {code for rule in rules if not rule.passes_on for code in rule.codes}
    return frozenset(_all_codes(policy)) - decided - {code for period in policy.unloaded for code in period.codes}


def _look_back_days(version: PolicyVersion) -> int:
    waiting = [
        node for rule in version.rules for node in (rule.applies, rule.criteria, rule.unless) if node is not None
    ]
    found: dict[str, Node] = {}
    while waiting:
        node = waiting.pop()
        if node.node_id not in found:
            found[node.node_id] = node
            waiting += node.children if isinstance(node, Branch) else ()
    tests = (node.test for node in found.values() if isinstance(node, Leaf) and isinstance(node.test, Earlier))
    return max((int(value) for test in tests for _, value in test.within_days.values), default=0)
