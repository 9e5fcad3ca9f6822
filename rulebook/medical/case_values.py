"""Checks the values of a case against the vocabulary and its policy version: facts of their kind, codes, rules, nodes.

It decides nothing; it only refuses impossible values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import NoReturn

from adjudication.model.claim import SupportingFact, Value
from adjudication.policy.leaves import CodeIn, Earlier
from adjudication.policy.tree import Branch, Leaf, Node, PolicyVersion
from contracts.scalars import read_number
from rulebook.medical.case_schema import ExpectRecord, LineRecord
from rulebook.medical.names import Loc, PolicyText, Vocabulary
from rulebook.medical.precedence import FactEntry

_WRITE = {
    "flag": "write true or false",
    "date": "write a date as 2025-03-17, without quotes",
    "number": "write a whole number, or a decimal in quotes, for example '0.5'",
}


class CaseNames:
    """Looks up the names in the cases of one version."""

    def __init__(self, text: PolicyText, vocabulary: Vocabulary, version: PolicyVersion) -> None:
        """Gather the ids and codes the version knows."""
        self._text, self._vocabulary, self._version = text, vocabulary, version
        self._rules = frozenset(rule.rule_id for rule in version.rules)
        nodes = tuple(all_nodes(version))
        self._leaves = frozenset(node.node_id for node in nodes if isinstance(node, Leaf))
        tests = [node.test for node in nodes if isinstance(node, Leaf)]
        named = [code for test in tests if isinstance(test, CodeIn | Earlier) for code in test.codes]
        self._codes = vocabulary.codes.union(named)
        self.screens = vocabulary.screens

    def refuse(self, loc: Loc, what: str, remedy: str) -> NoReturn:
        """Refuse a case: where, what is wrong, what to do."""
        self._text.refuse(loc, what, remedy)

    def place(self, loc: Loc) -> str:
        """Name the file and line of a case."""
        return self._text.place(loc)

    def line(self, loc: Loc, line: LineRecord) -> None:
        """Check the codes and the date of service."""
        if line.code not in self._version.codes:
            self.refuse((*loc, "code"), f"no rule of this version governs {line.code}", "use a code it governs")
        if line.service_date not in self._version.in_force:
            what = f"the version does not govern services on {line.service_date}"
            self.refuse((*loc, "service_date"), what, "use a day on which it is in force")
        known = self._vocabulary.presumptions
        for index, name in enumerate(line.presumes):
            if name not in known:
                hint = _hint(name, known, "add it to presumptions of parameters.yaml")
                self.refuse((*loc, "presumes", index), f"the presumption {name} is not known", hint)
        listed = [(("same_day", i), code) for i, code in enumerate(line.same_day)]
        listed += [(("history", i), service.code) for i, service in enumerate(line.history)]
        for place, code in listed:
            if code not in self._codes:
                what = f"{code} is not a procedure code that is loaded or that this version names"
                self.refuse((*loc, *place), what, "correct it, or add it to codes/procedures.yaml")

    def expected(self, loc: Loc, expect: ExpectRecord) -> None:
        """Check that rule, documents and open leaves exist."""
        if expect.rule is not None and expect.rule not in self._rules:
            what = f"this version has no rule {expect.rule}"
            self.refuse((*loc, "rule"), what, _hint(expect.rule, self._rules, "name one of its rules"))
        for index, name in enumerate(expect.documents):
            if name not in self._vocabulary.documents:
                hint = _hint(name, self._vocabulary.documents, "name a document of facts.yaml")
                self.refuse((*loc, "documents", index), f"the document {name} is not known", hint)
        for index, name in enumerate(expect.open or ()):
            if name not in self._leaves:
                hint = _hint(name, self._leaves, "name a test of this version")
                self.refuse((*loc, "open", index), f"this version has no test {name}", hint)

    def facts(self, loc: Loc, values: Mapping[str, object], recorded_on: date) -> tuple[SupportingFact, ...]:
        """Return the facts as documents give them: a list gives one fact several values, null is on file but illegible."""
        return tuple(
            fact for name, value in values.items() for fact in self._facts_of((*loc, name), name, value, recorded_on)
        )

    def _facts_of(self, loc: Loc, name: str, value: object, recorded_on: date) -> Iterator[SupportingFact]:
        entry = self._vocabulary.facts.get(name)
        if entry is None:
            hint = _hint(name, self._vocabulary.facts, "add it to facts.yaml")
            self.refuse(loc, f"the fact {name} is not known", hint)
        if isinstance(value, list):
            values = tuple(self._value(loc, name, entry, each) for each in value)
            if len(set(values)) < 2:
                self.refuse(loc, f"{name} is given more than once with one value", "give two different values")
            for each in values:
                yield SupportingFact(name, each, "document", recorded_on)
        elif value is None:
            yield SupportingFact(name, "", "document", recorded_on, legible=False)
        else:
            yield SupportingFact(name, self._value(loc, name, entry, value), "document", recorded_on)

    def _value(self, loc: Loc, name: str, entry: FactEntry, value: object) -> Value:
        found = _of_kind(entry, value)
        if found is None:
            remedy = _WRITE.get(entry.kind) or f"write one of: {', '.join(entry.choices)}"
            self.refuse(loc, f"{name} is a {entry.kind}, which this value is not", remedy)
        return found


def all_nodes(version: PolicyVersion) -> Iterator[Node]:
    """Every node of a version once, parents before children."""
    seen: set[str] = set()
    waiting = [part for rule in version.rules for part in (rule.applies, rule.criteria, rule.unless)][::-1]
    while waiting:
        node = waiting.pop()
        if node is not None and node.node_id not in seen:
            seen.add(node.node_id)
            yield node
            waiting += node.children[::-1] if isinstance(node, Branch) else ()


def _of_kind(entry: FactEntry, value: object) -> Value | None:
    if entry.kind == "flag":
        return value if isinstance(value, bool) else None
    if entry.kind == "date":
        return value if isinstance(value, date) and not isinstance(value, datetime) else None
    if entry.kind == "code":
        return value if isinstance(value, str) and value in entry.choices else None
    return _number(value)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return read_number(str(value))
    except ValueError:
        return None


def _hint(name: str, known: Mapping[str, object] | frozenset[str], otherwise: str) -> str:
    close = get_close_matches(name, tuple(known), n=1)
    return f"did you mean {close[0]}? else {otherwise}" if close else otherwise
