"""A policy file as values of the pure core: with ids assigned, names resolved, shared parts built once, and errors refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NoReturn

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange
from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN
from adjudication.policy.tree import Branch, Fold, Leaf, Node, PolicyVersion, Rule
from rulebook.medical.leaf_tests import leaf_test
from rulebook.medical.names import Loc, Names
from rulebook.medical.schema import ChapterFile, NodeRecord, RuleRecord, VersionFile
from rulebook.medical.tiers import Tiers


def build_version(
    header: VersionFile, chapters: Mapping[str, ChapterFile], names: Names, content_hash: str
) -> PolicyVersion:
    """Build one version from its chapters (by file label); raises PolicyDataError for the first error."""
    builder = _Builder(header, chapters, names)
    rules = tuple(
        builder.rule((label, "rules", index), record)
        for label, chapter in chapters.items()
        for index, record in enumerate(chapter.rules)
    )
    builder.refuse_unused_parts()
    return PolicyVersion(
        policy=header.policy,
        version=header.version,
        title=header.title,
        source=header.source,
        owner=header.owner,
        in_force=DateRange(header.in_force.starts, header.in_force.ends),
        published_on=header.published_on,
        next_review=header.next_review,
        supersedes=header.supersedes,
        content_hash=content_hash,
        rules=rules,
    )


class _Builder:
    def __init__(self, header: VersionFile, chapters: Mapping[str, ChapterFile], names: Names) -> None:
        self._names = names
        self._confidence = header.confidence
        self._written: dict[str, tuple[Loc, NodeRecord]] = {}
        for label, chapter in chapters.items():
            for name, record in chapter.parts.items():
                if name in self._written:
                    self._refuse((label, "parts", name), f"another chapter has a part {name}", "rename one of them")
                self._written[name] = ((label, "parts", name), record)
        self._parts: dict[str, Node] = {}
        self._opening: list[str] = []
        self._ids: set[str] = set()
        self._tiers = Tiers(header.version, header.precedence, names, self._part)

    def rule(self, loc: Loc, record: RuleRecord) -> Rule:
        self._claim_id(record.rule, (*loc, "rule"))
        cited = (self._names.citation(loc, record.source, record.at, self._confidence),)

        def build(part: str, node: NodeRecord | None) -> Node | None:
            return None if node is None else self._node((*loc, part), node, f"{record.rule}.{part}")

        return Rule(
            rule_id=record.rule,
            kind=record.kind,
            title=record.title,
            codes=self._names.procedures((*loc, "governs"), record.governs),
            citations=cited,
            applies=build("applies", record.applies),
            criteria=build("criteria", record.criteria),
            unless=self._tiers.unless(loc, record, build("unless", record.unless)),
            label=record.label,
            rule_out=record.rule_out,
            refers_to=record.refers_to,
            first_reviewer=record.first_reviewer,
            unaddressed=record.unaddressed,
            passes_on=record.passes_on,
            conflicts=self._names.conflicts((*loc, "conflicts"), record.conflicts),
        )

    def refuse_unused_parts(self) -> None:
        for name, (loc, _) in self._written.items():
            if name not in self._parts:
                self._refuse(loc, f"no rule uses the part {name}", "use it or remove it")

    def _node(self, loc: Loc, record: NodeRecord, default_id: str) -> Node:
        if record.part is not None:
            return self._part((*loc, "part"), record.part)
        node_id = record.id or default_id
        self._claim_id(node_id, loc)
        cited: tuple[Citation, ...] = ()
        if record.at is not None:
            cited = (self._names.citation(loc, record.source, record.at, self._confidence),)
        elif record.source is not None:
            self._refuse(
                (*loc, "source"), "names a source without saying where in it", "add at: the place in the source"
            )
        if record.kind in _FOLDS:
            return self._branch(loc, record, node_id, cited)
        return self._leaf(loc, record, node_id, cited)

    def _part(self, loc: Loc, name: str) -> Node:
        if name in self._parts:
            return self._parts[name]
        if name not in self._written:
            known = ", ".join(self._written) or "none"
            self._refuse(loc, f"there is no part {name} in this policy", f"the parts are: {known}")
        place, record = self._written[name]
        if name in self._opening:
            cycle = " -> ".join((*self._opening[self._opening.index(name) :], name))
            self._refuse(loc, f"the part {name} contains itself ({cycle})", "break the circle")
        self._opening.append(name)
        node = self._node(place, record, name)
        self._opening.pop()
        self._parts[name] = node
        return node

    def _branch(self, loc: Loc, record: NodeRecord, node_id: str, cited: tuple[Citation, ...]) -> Branch:
        fold, at_least, listed = self._fold(record)
        for key, child in listed:
            if (
                child.applies_when is not None
                and fold is Fold.AT_LEAST
                and at_least < len(listed)
                and not child.if_exempt
            ):
                what = "an applies_when among alternatives must say whether it counts when it does not apply"
                self._refuse((*loc, *key), what, "add if_exempt: counts, or does-not-count")
        children = tuple(self._node((*loc, *key), child, _child_id(node_id, key, child)) for key, child in listed)
        return Branch(
            node_id=node_id,
            text=record.text or "",
            fold=fold,
            children=children,
            at_least=at_least,
            citations=cited,
            conflicts=self._names.conflicts((*loc, "conflicts"), record.conflicts),
        )

    def _fold(self, record: NodeRecord) -> tuple[Fold, int, list[tuple[Loc, NodeRecord]]]:
        if record.not_ is not None:
            return Fold.NOT, 1, [(("not",), record.not_)]
        if record.applies_when is not None and record.then is not None:
            pair: list[tuple[Loc, NodeRecord]] = [
                (("applies_when",), record.applies_when),
                (("then",), record.then),
            ]
            return (Fold.AT_LEAST, 2, pair) if record.if_exempt == "does-not-count" else (Fold.IMPLIES, 1, pair)
        key = "all" if record.all else "any" if record.any else "of"
        children = record.all or record.any or record.of or ()
        needed = len(children) if record.all else 1 if record.any else record.at_least or 1
        return Fold.AT_LEAST, needed, [((key, index), child) for index, child in enumerate(children)]

    def _leaf(self, loc: Loc, record: NodeRecord, node_id: str, cited: tuple[Citation, ...]) -> Leaf:
        test = leaf_test(loc, record, self._names)
        entries = [self._names.vocabulary.facts[fact] for fact in test.facts]
        judgement = record.judgement is not None
        document = record.request or next((entry.document for entry in entries if entry.document), None)
        if document is not None:
            self._names.document((*loc, "request"), document)
        if test.facts and document is None and not judgement:
            what = f"nothing says which document would answer {test.facts[0]}"
            self._refuse(loc, what, "add request: a document kind, or give the fact a document in facts.yaml")
        text = record.text or (entries[0].asks if entries else None)
        if text is None:
            self._refuse(loc, "a test on codes or age needs its own text", "add text: what it asks, in plain words")
        return Leaf(
            node_id=node_id,
            text=text,
            test=test,
            citations=cited,
            document=None if judgement else document,
            judgement=judgement,
            conflicts=self._names.conflicts((*loc, "conflicts"), record.conflicts),
            repeats=record.repeats,
            silent=_SILENT[record.silent],
            presumption=self._names.presumption((*loc, "presumption"), record.presumption),
        )

    def _claim_id(self, node_id: str, loc: Loc) -> None:
        if node_id in self._ids:
            self._refuse(loc, f"the id {node_id} is used twice in this policy", "give one of the two another id")
        self._ids.add(node_id)

    def _refuse(self, loc: Loc, what: str, remedy: str) -> NoReturn:
        self._names.text.refuse(loc, what, remedy)


_SILENT = {None: UNKNOWN, "met": MET, "not-met": NOT_MET}
_FOLDS = ("all", "any", "at_least", "not", "applies_when")


def _child_id(parent: str, key: Loc, child: NodeRecord) -> str:
    """Name an unnamed child by its test, so that its id stays the same when the order changes, if possible."""
    tested = next(_tested(child), None)
    return f"{parent}.{tested or '-'.join(str(part) for part in key)}"


def _tested(record: NodeRecord) -> Iterator[str]:
    for fact in (record.flag, record.judgement):
        if fact is not None:
            yield fact.replace("_", "-")
    for test in (record.choice, record.measure, record.dated):
        if test is not None:
            yield test.fact.replace("_", "-")
