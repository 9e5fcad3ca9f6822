"""Checks a whole policies/ folder, drafts included, for errors of form. It changes nothing and judges no medical content.

An error is a fault that the loader refuses: no file of the folder may decide a claim until it is corrected. A warning is
a doubt that a person should check.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from adjudication.policy.program import ABSENT, Program
from adjudication.policy.tree import Leaf, Policy, PolicyVersion, RuleKind
from rulebook.authoring.places import Place, place_of_error, place_of_node
from rulebook.authoring.versions import nodes_of, parts, walk
from rulebook.checks import Doubt
from rulebook.errors import PolicyDataError
from rulebook.library import load_library
from rulebook.medical.case_coverage import coverage
from rulebook.medical.cases import read_cases
from rulebook.medical.catalog import MEDICAL, VERSION, MedicalLibrary

ERROR: Final = "error"
WARNING: Final = "warning"


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One fault or doubt: where, what it is, what to do."""

    severity: str
    place: Place
    what: str
    remedy: str

    def __str__(self) -> str:
        """Write it in one line, file and line first, in the form that editors jump to."""
        return f"{self.place}: {self.severity}: {self.what}; {self.remedy}"


def lint(root: Path, today: date, *, with_cases: bool = True) -> list[LintFinding]:
    """Load everything and return the errors and doubts; a folder that does not load has one error."""
    try:
        library = load_library(root, with_drafts=True)
        proofs = unproven(library.medical, root) if with_cases else ()
        found = [
            *warnings(library.medical, root, today),
            *proofs,
            *doubtful(library.doubts),
        ]
    except PolicyDataError as error:
        return [LintFinding(ERROR, place_of_error(error, root), error.what, error.remedy)]
    return found


def warnings(library: MedicalLibrary, root: Path, today: date) -> Iterator[LintFinding]:
    """Yield the doubts about policies that load, cases aside."""
    yield from _drafts(library)
    for policy in library.catalog.policies.values():
        yield from _gaps(policy)
        yield from _overdue(policy, today)
        for version in policy.versions:
            yield from _repeated(version, library, root)
            yield from _advice_only(version, root)


def _drafts(library: MedicalLibrary) -> Iterator[LintFinding]:
    for policy, version in library.drafts:
        remedy = f"no decision sees it; when it is ready: claimwright policy release {policy} {version}"
        yield _warn(_header(policy, version), "is a draft", remedy)


def _overdue(policy: Policy, today: date) -> Iterator[LintFinding]:
    """Yield overdue reviews, of the newest version only."""
    newest = max(policy.versions, key=lambda v: (v.in_force.starts, v.published_on), default=None)
    if newest is not None and newest.stale(today):
        what = f"its own next review was due on {newest.next_review}"
        remedy = "ask its source for a newer text; until then decisions go on and carry a banner"
        yield _warn(_header(policy.policy, newest.version), what, remedy)


def _gaps(policy: Policy) -> Iterator[LintFinding]:
    """Yield days between the first and the last version that neither a version nor an unloaded period covers."""
    spans = sorted(
        (dates.starts, dates.ends)
        for dates in (*(v.in_force for v in policy.versions), *(p.dates for p in policy.unloaded))
    )
    reached = spans[0][1] if spans else None
    for starts, ends in spans[1:]:
        if reached is None:
            return
        if starts > reached:
            what = f"no version is in force from {reached} until {starts}"
            remedy = "lines of those days wait for the owner: add the version, or list the period under unloaded:"
            yield _warn(Place(f"{MEDICAL}/{policy.policy}/policy.yaml"), what, remedy)
        reached = None if ends is None else max(reached, ends)


def _repeated(version: PolicyVersion, library: MedicalLibrary, root: Path) -> Iterator[LintFinding]:
    """Facts that two tests of one code read; tests that only decide whether a rule applies, or only advise, may repeat."""
    reported: set[tuple[str, tuple[str, ...]]] = set()
    for code in sorted(version.codes):
        program = library.catalog.program(version, code)
        for fact, leaves in _readers(program).items() if program is not None else ():
            unmarked = [leaf.node_id for leaf in leaves if not leaf.repeats]
            key = (fact, tuple(unmarked))
            if len(unmarked) < 2 or key in reported:
                continue
            reported.add(key)
            what = f"{fact} is tested by {', '.join(leaf.node_id for leaf in leaves)} (code {code})"
            remedy = "share one test as a part, or write repeats: true on all but one of them"
            yield _warn(place_of_node(root, version, unmarked[1]), what, remedy)


def _advice_only(version: PolicyVersion, root: Path) -> Iterator[LintFinding]:
    """Facts that only advice reads, in a policy that decides: no value of them changes a result."""
    if all(rule.kind is RuleKind.GUIDE for rule in version.rules):
        return
    advice: dict[str, str] = {}
    decides: set[str] = set()
    for rule in version.rules:
        for leaf in (node for _, part in parts(rule) for node in walk(part) if isinstance(node, Leaf)):
            if rule.kind is RuleKind.GUIDE:
                advice.update(dict.fromkeys(leaf.test.facts, leaf.node_id))
            else:
                decides.update(leaf.test.facts)
    for fact in sorted(advice.keys() - decides):
        what = f"{fact} is read by advice only, so that no value of it changes a result"
        yield _warn(
            place_of_node(root, version, advice[fact]), what, "let a rule test it, or take it out of the advice"
        )


def _readers(program: Program) -> dict[str, list[Leaf]]:
    demanded: set[int] = set()
    for places in program.rules:
        parts = () if places.rule.kind is RuleKind.GUIDE else (places.criteria, places.unless)
        for part in parts:
            if part != ABSENT:
                demanded.update(program.leaves_in(part))
    readers: dict[str, list[Leaf]] = {}
    for index in sorted(demanded):
        leaf = program.nodes[index]
        if isinstance(leaf, Leaf):
            for fact in leaf.test.facts:
                readers.setdefault(fact, []).append(leaf)
    return readers


def unproven(library: MedicalLibrary, root: Path) -> Iterator[LintFinding]:
    """Yield the tests that no case proves; raises PolicyDataError for a case that cannot be read."""
    for policy in library.catalog.policies.values():
        for version in policy.versions:
            yield from _unproven(version, library, root)


def _unproven(version: PolicyVersion, library: MedicalLibrary, root: Path) -> Iterator[LintFinding]:
    """Yield tests whose answers change no case; a version without cases is reported once."""
    cases = read_cases(root, version, library.vocabulary)
    if not cases:
        remedy = "write some under cases/, then: claimwright policy test, claimwright policy coverage"
        yield _warn(_header(version.policy, version.version), "has no cases", remedy)
        return
    leaves = {name for name, node in nodes_of(version).items() if isinstance(node, Leaf)}
    unturned = [s.node_id for s in coverage(version, cases).survivors if s.node_id in leaves]
    for node_id in unturned:
        remedy = "add a case whose result changes with it"
        yield _warn(place_of_node(root, version, node_id), "no case turns on this test", remedy)


def doubtful(doubts: Iterable[Doubt]) -> Iterator[LintFinding]:
    """Yield the number of entries of uncertain confidence per file, for the policy owner to check."""
    counted = Counter((doubt.where.split(",")[0], doubt.confidence.value) for doubt in doubts)
    for (file, confidence), count in sorted(counted.items()):
        entries = "entry is" if count == 1 else "entries are"
        what = f"{count} {entries} marked confidence: {confidence}"
        yield _warn(Place(file), what, "check against the source and raise the mark, or leave it as a known doubt")


def _header(policy: str, version: str) -> Place:
    return Place(f"{MEDICAL}/{policy}/{version}/{VERSION}")


def _warn(place: Place, what: str, remedy: str) -> LintFinding:
    return LintFinding(WARNING, place, what, remedy)
