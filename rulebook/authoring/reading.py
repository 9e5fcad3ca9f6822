"""A policy version for readers: its rules in the order of the source, each with the source's text.

The console's pages and the printed document are made from this. Pure, except that cases and releases are read from files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Final

from adjudication.model.claim import SupportingFact
from adjudication.model.findings import Citation
from adjudication.policy.tree import Branch, Leaf, Node, PolicyVersion, Rule
from rulebook.authoring.versions import find_version, parts, walk
from rulebook.authoring.wording import RESULTS, how, tested
from rulebook.library import PolicyLibrary
from rulebook.medical.cases import Case, read_cases
from rulebook.medical.catalog import MEDICAL, VERSION
from rulebook.medical.precedence import FactEntry
from rulebook.medical.rule_register import ApprovalEntry, ConflictEntry, ReleasedFile
from rulebook.medical.schema import VersionFile
from rulebook.schema import SourceEntry
from rulebook.source_places import LAST, readable, recorded, said
from rulebook.yaml_files import read_yaml

PARTS: Final = {"applies": "Speaks of a line when", "criteria": "Demands", "unless": "Does not hold when"}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a source, as a reader looks it up, and its text."""

    source: str
    locator: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One criterion: its sentence, how it is tested or combined, its places if they differ from those of its parent.

    `again`: a shared part that was written in full before.
    """

    node_id: str
    text: str
    how: str
    places: tuple[Place, ...]
    conflicts: tuple[str, ...]
    children: tuple[CriterionView, ...]
    again: bool = False


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule with the places it comes from; `parts`: their names are in plain words."""

    rule_id: str
    kind: str
    title: str
    marks: tuple[str, ...]
    codes: tuple[str, ...]
    places: tuple[Place, ...]
    parts: tuple[tuple[str, CriterionView], ...]
    conflicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case of the author: its sentence, the line, the known facts, the result it must have."""

    name: str
    line: str
    known: tuple[tuple[str, str], ...]
    expected: str
    rule: str | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in the history of a policy, and who released it, according to the policies folder."""

    version: PolicyVersion
    released: bool
    approval: ApprovalEntry | None


@dataclass(frozen=True, slots=True)
class PolicyReading:
    """One version with its history: the pages that a committee reads, without the cases."""

    version: PolicyVersion
    source: SourceEntry
    notes: tuple[str, ...]
    sections: tuple[tuple[str, tuple[RuleView, ...]], ...]
    conflicts: tuple[tuple[str, ConflictEntry], ...]
    history: tuple[VersionRow, ...]

    def rule(self, rule_id: str) -> RuleView | None:
        """Return one rule."""
        return next((rule for _, rules in self.sections for rule in rules if rule.rule_id == rule_id), None)


class PolicyReader:
    """Reads versions of one loaded library; its cases, notes and releases from the folder it was loaded from."""

    def __init__(self, library: PolicyLibrary) -> None:
        """Take the loaded library; a source is read on first use, and each version once."""
        self._root, self._library = library.root, library
        self._read: dict[str, PolicyReading] = {}
        self._cases: dict[str, tuple[CaseView, ...]] = {}

    @cached_property
    def _releases(self) -> ReleasedFile:
        return read_yaml(self._root / "released.yaml", "released.yaml", ReleasedFile)

    def history(self, policy: str) -> tuple[VersionRow, ...]:
        """Return the versions of a policy, the newest first."""
        versions = self._library.medical.catalog.policies[policy].versions
        released, approved = self._releases.released.get(policy, {}), self._releases.approved.get(policy, {})
        ordered = sorted(versions, key=lambda v: (v.published_on, v.in_force.starts, v.version), reverse=True)
        return tuple(VersionRow(v, v.version in released, approved.get(v.version)) for v in ordered)

    def read(self, policy: str, version: str) -> PolicyReading:
        """Return a version complete; raises PolicyDataError for one that is not loaded."""
        found = find_version(self._library.medical.catalog, policy, version)
        if found.content_hash not in self._read:
            self._read[found.content_hash] = self._reading(found)
        return self._read[found.content_hash]

    def cases(self, policy: str, version: str) -> tuple[CaseView, ...]:
        """Return the cases of a version; reading those of a large policy takes seconds, once."""
        found = find_version(self._library.medical.catalog, policy, version)
        if found.content_hash not in self._cases:
            vocabulary = self._library.medical.vocabulary
            cases = read_cases(self._root, found, vocabulary)
            self._cases[found.content_hash] = tuple(_case(case, vocabulary.facts) for case in cases)
        return self._cases[found.content_hash]

    def _lookup(self, entry: ConflictEntry) -> ConflictEntry:
        """Replace the source lines in a decision's text by places; with several possible sources, keep the text."""
        sources = {said.source for said in entry.says}
        if len(sources) > 1:
            return entry
        [source] = sources
        texts = {"wins": entry.wins, "why": entry.why}
        return entry.model_copy(
            update={name: recorded(self._library.places, source, words) for name, words in texts.items()}
        )

    def _reading(self, version: PolicyVersion) -> PolicyReading:
        label = f"{MEDICAL}/{version.policy}/{version.version}/{VERSION}"
        header = read_yaml(self._root / label, label, VersionFile)
        medical = self._library.medical
        named = sorted({name for rule in version.rules for name in _conflicts(rule)})
        return PolicyReading(
            version=version,
            source=self._library.sources[version.source],
            notes=tuple(readable(self._library.places, label, version.source, note) for note in header.notes),
            sections=tuple(self._sections(version)),
            conflicts=tuple((name, self._lookup(medical.conflicts[name])) for name in named),
            history=self.history(version.policy),
        )

    def _sections(self, version: PolicyVersion) -> Iterator[tuple[str, tuple[RuleView, ...]]]:
        placed = sorted((self._starts(rule), index, rule) for index, rule in enumerate(_once(version.rules)))
        for title, rules in groupby(placed, key=lambda each: each[0][1]):
            yield title or "Without a section", tuple(self._rule(rule) for _, _, rule in rules)

    def _starts(self, rule: Rule) -> tuple[int, str]:
        """Return the first place of a rule in the source."""
        found = [
            held.starts(each.locator)
            for each in rule.citations
            if (held := self._library.places.get(each.source)) is not None
        ]
        return min(found, default=(LAST, ""))

    def _rule(self, rule: Rule) -> RuleView:
        drawn = tuple((PARTS[name], self._criterion(node, rule.citations)) for name, node in parts(rule))
        return RuleView(
            rule_id=rule.rule_id,
            kind=rule.kind.value,
            title=rule.title,
            marks=tuple(_marks(rule)),
            codes=tuple(sorted(rule.codes)),
            places=self._places(rule.citations),
            parts=drawn,
            conflicts=rule.conflicts,
        )

    def _criterion(self, node: Node, above: tuple[Citation, ...]) -> CriterionView:
        children = node.children if isinstance(node, Branch) else ()
        own = () if node.citations == above else self._places(node.citations)
        asked = tested(node) if isinstance(node, Leaf) else how(node)
        below = tuple(self._criterion(child, node.citations or above) for child in children)
        return CriterionView(node.node_id, node.text, asked, own, node.conflicts, below)

    def _places(self, citations: Iterable[Citation]) -> tuple[Place, ...]:
        sources, places = self._library.sources, self._library.places
        return tuple(
            Place(sources[c.source].title, c.locator, said(places, c.source, c.locator))
            for c in dict.fromkeys(citations)
        )


def each_part_once(reading: PolicyReading) -> PolicyReading:
    """Return a version in which a part that many rules share is written in full at its first place."""
    seen: set[str] = set()

    def once(node: CriterionView) -> CriterionView:
        again = bool(node.children) and node.node_id in seen
        seen.add(node.node_id)
        return replace(node, children=() if again else tuple(once(child) for child in node.children), again=again)

    def rule(view: RuleView) -> RuleView:
        return replace(view, parts=tuple((words, once(node)) for words, node in view.parts))

    sections = tuple((title, tuple(rule(view) for view in rules)) for title, rules in reading.sections)
    return replace(reading, sections=sections)


def _once(rules: Iterable[Rule]) -> list[Rule]:
    return list({rule.rule_id: rule for rule in rules}.values())


def _marks(rule: Rule) -> Iterator[str]:
    if rule.label is not None:
        yield rule.label.value
    if rule.rule_out:
        yield "must be ruled out before anything is covered"
    if rule.refers_to is not None:
        yield f"refers to {rule.refers_to}"
    if rule.passes_on:
        yield "leaves the code to the next authority where it does not hold"


def _conflicts(rule: Rule) -> set[str]:
    return {*rule.conflicts, *(name for _, root in parts(rule) for node in walk(root) for name in node.conflicts)}


def _case(case: Case, facts: Mapping[str, FactEntry]) -> CaseView:
    line = case.subject
    diagnoses = f", {', '.join(line.diagnoses)}" if line.diagnoses else ""
    age = f", aged {line.age_years}" if line.age_years is not None else ""
    return CaseView(
        name=case.name,
        line=f"{line.code} on {line.service_date}{diagnoses}{age}",
        known=tuple((facts[fact.fact].asks, _value(fact, facts[fact.fact].unit)) for fact in case.facts),
        expected=RESULTS[case.expect.result],
        rule=case.expect.rule,
    )


def _value(fact: SupportingFact, unit: str | None) -> str:
    if not fact.legible:
        return "on file, not legible"
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    return f"{fact.value} {unit}" if unit is not None else str(fact.value)
