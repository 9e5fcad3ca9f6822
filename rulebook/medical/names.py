"""The names that the author of a policy may refer to, looked up with a clear message when one does not exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import NoReturn

from adjudication.model.findings import Citation
from adjudication.model.reference import DiagnosisGroup
from adjudication.model.vocabulary import DateRange
from adjudication.policy.leaves import DatedValue
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.medical.precedence import CodeSetEntry, DocumentEntry, FactEntry, ParameterEntry
from rulebook.medical.presumptions import PlanPresumption, PresumptionEntry
from rulebook.medical.schema import Bound, Named
from rulebook.schema import Cite, Confidence
from rulebook.yaml_files import line_of

Loc = tuple[int | str, ...]
SharedEntry = tuple[str, str]
"""Kind and name of an entry of a table that policies share, such as ("parameter", "trial-weeks")."""
_ALWAYS = date.min
_LARGEST = 50_000


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All names that a policy may use: facts, documents, parameters, presumptions, code sets, diagnosis groups, codes, conflicts."""

    facts: Mapping[str, FactEntry]
    documents: Mapping[str, DocumentEntry]
    parameters: Mapping[str, ParameterEntry]
    presumptions: Mapping[str, PresumptionEntry]
    plan_presumptions: tuple[PlanPresumption, ...]
    code_sets: Mapping[str, CodeSetEntry]
    groups: Mapping[str, tuple[DiagnosisGroup, ...]]
    codes: frozenset[str]
    conflicts: frozenset[str]
    citations: Citations

    @property
    def screens(self) -> dict[str, tuple[str, ...]]:
        """Return the yes-or-no facts that each screening answers with no."""
        return {name: entry.screens for name, entry in self.facts.items() if entry.screens}


class PolicyText:
    """The files of one policy version as their author wrote them, so that an error can name file and line."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Keep the texts by label (the path under policies/) for messages."""
        self._texts = texts

    def refuse(self, loc: Loc, what: str, remedy: str) -> NoReturn:
        """Refuse a file: where, what is wrong, what to do. A place starts with the label of its file."""
        dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc[1:]).lstrip(".")
        raise PolicyDataError(self.place(loc, dotted), what, remedy)

    def place(self, loc: Loc, dotted: str = "") -> str:
        """Name the file and line of a place, and its key path when given; a case outside the policy's files has no line."""
        label = str(loc[0])
        text = self._texts.get(label)
        return place(label, None if text is None else line_of(text, loc[1:]), dotted)


class Names:
    """Looks names up for one policy version."""

    def __init__(self, text: PolicyText, vocabulary: Vocabulary, in_force: DateRange, source: str) -> None:
        """Look names up for a version in force on these days; `source` is its default citation."""
        self.text = text
        self.vocabulary = vocabulary
        self._in_force = in_force
        self._source = source
        self.reads: set[SharedEntry] = set()
        """The shared entries that were looked up, on which the answers of the version depend."""

    def fact(self, loc: Loc, name: str, *kinds: str) -> FactEntry:
        """Return a fact of one of these kinds."""
        entry = self.vocabulary.facts.get(name)
        if entry is None:
            self.text.refuse(
                loc, f"the fact {name} is not known", self._hint(name, self.vocabulary.facts, "facts.yaml")
            )
        if entry.kind not in kinds:
            wanted = " or ".join(kinds)
            self.text.refuse(loc, f"{name} is a {entry.kind}, and this test needs a {wanted}", "use a test of its kind")
        self.reads.add(("fact", name))
        return entry

    def document(self, loc: Loc, name: str) -> str:
        """Return a document kind that exists."""
        if name not in self.vocabulary.documents:
            hint = self._hint(name, self.vocabulary.documents, "documents of facts.yaml")
            self.text.refuse(loc, f"the document {name} is not known", hint)
        self.reads.add(("document", name))
        return name

    def bound(self, loc: Loc, bound: Bound | None, unit: str) -> DatedValue | None:
        """Return an optional number."""
        return None if bound is None else self.number(loc, bound, unit)

    def number(self, loc: Loc, bound: Bound, unit: str) -> DatedValue:
        """Return a number, given or from parameters.yaml, in the unit the test works in."""
        if not isinstance(bound, Named):
            return self._bounded(loc, DatedValue("", ((_ALWAYS, Decimal(bound)),)))
        entry = self.vocabulary.parameters.get(bound.parameter)
        if entry is None:
            hint = self._hint(bound.parameter, self.vocabulary.parameters, "parameters.yaml")
            self.text.refuse(loc, f"the parameter {bound.parameter} is not known", hint)
        if entry.unit != unit:
            what = f"the parameter {bound.parameter} is in {entry.unit}, and this test counts in {unit}"
            self.text.refuse(loc, what, f"use a parameter in {unit}")
        values = tuple(sorted((value.starts, value.value) for value in entry.values))
        if values[0][0] > self._in_force.starts:
            what = f"the parameter {bound.parameter} has no value before {values[0][0]}, and the policy starts earlier"
            self.text.refuse(loc, what, "give it a value from the policy's first day on")
        self.reads.add(("parameter", bound.parameter))
        return self._bounded(loc, DatedValue(bound.parameter, values))

    def presumption(self, loc: Loc, name: str | None) -> str | None:
        """Return an optional presumption of parameters.yaml."""
        if name is None:
            return None
        if name not in self.vocabulary.presumptions:
            hint = self._hint(name, self.vocabulary.presumptions, "presumptions of parameters.yaml")
            self.text.refuse(loc, f"the presumption {name} is not known", hint)
        self.reads.add(("presumption", name))
        return name

    def _bounded(self, loc: Loc, value: DatedValue) -> DatedValue:
        """Refuse a number below zero, or too large for counting dates."""
        if any(not 0 <= number <= _LARGEST for _, number in value.values):
            self.text.refuse(loc, "the number is below zero or larger than anything counted here", "correct the number")
        return value

    def procedures(self, loc: Loc, names: Iterable[str]) -> frozenset[str]:
        """Return the procedure codes of a mixed list of codes and code sets."""
        found: set[str] = set()
        for name in names:
            if name in self.vocabulary.codes:
                found.add(name)
            elif name in self.vocabulary.code_sets:
                self.reads.add(("code-set", name))
                found.update(self.vocabulary.code_sets[name].codes)
            else:
                known = (*self.vocabulary.codes, *self.vocabulary.code_sets)
                hint = self._hint(name, known, "codes/procedures.yaml or codes/code_sets.yaml")
                self.text.refuse(loc, f"{name} is neither a loaded procedure code nor a code set", hint)
        return frozenset(found)

    def group(self, loc: Loc, name: str) -> tuple[str, ...]:
        """Return the prefixes of a diagnosis group that holds on every day of the policy."""
        versions = self.vocabulary.groups.get(name)
        if versions is None:
            hint = self._hint(name, self.vocabulary.groups, "codes/diagnosis_groups.yaml")
            self.text.refuse(loc, f"the diagnosis group {name} is not known", hint)
        self.reads.add(("diagnosis-group", name))
        for version in versions:
            ends = version.dates.ends
            covers_end = ends is None or (self._in_force.ends is not None and self._in_force.ends <= ends)
            if version.dates.starts <= self._in_force.starts and covers_end:
                return version.prefixes
        what = f"no version of the group {name} holds on every day of the policy"
        return self.text.refuse(loc, what, "extend the group's dates")

    def conflicts(self, loc: Loc, names: Iterable[str]) -> tuple[str, ...]:
        """Return entries of the conflict register."""
        listed = tuple(names)
        for name in listed:
            if name not in self.vocabulary.conflicts:
                self.text.refuse(loc, f"the conflict {name} is not in conflicts.yaml", "add it or correct the id")
        return listed

    def citation(self, loc: Loc, source: str | None, at: str, confidence: Confidence) -> Citation:
        """Return a citation of a source that may be relied on."""
        cite = Cite(source=source or self._source, locator=at)
        return self.vocabulary.citations.resolve(str(loc[0]), cite, confidence)

    @staticmethod
    def _hint(name: str, known: Iterable[str], where: str) -> str:
        close = get_close_matches(name, tuple(known), n=1)
        return f"did you mean {close[0]}? else add it to {where}" if close else f"add it to {where} or correct it"
