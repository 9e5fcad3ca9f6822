"""The order of precedence of one version: the parts that lift its general exclusions, as data, complete for every exclusion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from adjudication.policy.tree import Branch, Fold, Node
from rulebook.medical.names import Loc, Names
from rulebook.medical.schema import YIELDING, RuleRecord, TierRecord

_BuildPart = Callable[[Loc, str], Node]


class Tiers:
    """Joins the parts that lift a rule: its own exception and the tiers that it yields to."""

    def __init__(self, label: str, written: Mapping[str, TierRecord], names: Names, part: _BuildPart) -> None:
        """`label` is the file of the header; `part` builds a part of the version by name."""
        self._label: Final = label
        self._written = written
        self._names = names
        self._part = part
        self._joined: dict[tuple[str, ...], Branch] = {}

    def unless(self, loc: Loc, record: RuleRecord, own: Node | None) -> Node | None:
        """Return the parts that lift the rule; refuses an exclusion or review without a place in the order."""
        self._refuse_unplaced(loc, record)
        lifting = tuple(self._part((*loc, "yields_to"), self._written[name].part) for name in record.yields_to)
        options = lifting if own is None else (own, *lifting)
        if len(options) < 2:
            return next(iter(options), None)
        key = tuple(node.node_id for node in options)
        if key not in self._joined:
            self._joined[key] = self._branch(loc, record, options)
        return self._joined[key]

    def _branch(self, loc: Loc, record: RuleRecord, options: tuple[Node, ...]) -> Branch:
        tiers = [self._written[name] for name in record.yields_to]
        conflicts = dict.fromkeys(name for tier in tiers for name in tier.conflicts)
        return Branch(
            node_id=f"{options[0].node_id}.or-{'-or-'.join(record.yields_to)}",
            text="The exception of the rule holds, or what goes before it.",
            fold=Fold.AT_LEAST,
            children=options,
            at_least=1,
            conflicts=self._names.conflicts((*loc, "yields_to"), conflicts),
        )

    def _refuse_unplaced(self, loc: Loc, record: RuleRecord) -> None:
        named = (*record.yields_to, *record.stands_against)
        for name in named:
            if name not in self._written:
                known = ", ".join(self._written) or "none"
                what = f"{name} is not in the precedence of this version"
                self._names.text.refuse((*loc, "rule"), what, f"the precedence of {self._label} names: {known}")
            if named.count(name) > 1:
                what = f"{record.rule} both yields to {name} and stands against it, or names it twice"
                self._names.text.refuse((*loc, "rule"), what, "keep one of the two")
        missing = [name for name in self._written if name not in named]
        if missing and record.kind in YIELDING:
            what = f"{record.rule} does not say whether it yields to {missing[0]}"
            remedy = f"add {missing[0]} to yields_to, or to stands_against with the reason"
            self._names.text.refuse((*loc, "rule"), what, remedy)
