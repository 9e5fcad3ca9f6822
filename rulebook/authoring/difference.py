"""The differences of two versions of a policy, by node id: text, test, citation, structure. Pure.

Compares what the engine evaluates, not the files: a reordered or reformatted chapter is not a change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adjudication.policy.tree import Leaf, Node, PolicyVersion, Rule
from rulebook.authoring.versions import nodes_of, parts
from rulebook.authoring.wording import cited, described, how, silent_as

Aspects = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AspectChange:
    """One aspect of a rule or criterion, before and after."""

    aspect: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """A rule or criterion that was added, removed or changed; `title` is how the newer version words it."""

    item: str
    node_id: str
    title: str
    how: str
    aspects: tuple[AspectChange, ...] = ()


def compare(old: PolicyVersion, new: PolicyVersion) -> tuple[Change, ...]:
    """List every difference, rules before criteria, in the order of the newer version."""
    return (
        *_changes("version", {"header": _header(old)}, {"header": _header(new)}),
        *_changes("rule", _rules(old), _rules(new)),
        *_changes("criterion", _criteria(old), _criteria(new)),
    )


def _changes(item: str, old: Mapping[str, Aspects], new: Mapping[str, Aspects]) -> Iterator[Change]:
    for name, after in new.items():
        before = old.get(name)
        if before is None:
            yield Change(item, name, after["text"], "added")
        elif before != after:
            differing = [aspect for aspect in {**before, **after} if before.get(aspect, "") != after.get(aspect, "")]
            aspects = tuple(AspectChange(a, before.get(a, ""), after.get(a, "")) for a in differing)
            yield Change(item, name, after["text"], "changed", aspects)
    for name, before in old.items():
        if name not in new:
            yield Change(item, name, before["text"], "removed")


def _header(version: PolicyVersion) -> Aspects:
    """Return the properties of a whole version; its number and hash are left out, because they always differ."""
    until = version.in_force.ends or "further notice"
    return {
        "text": version.title,
        "in force": f"{version.in_force.starts} until {until}",
        "source": version.source,
        "next review": str(version.next_review or "not stated"),
    }


def _rules(version: PolicyVersion) -> dict[str, Aspects]:
    return {rule.rule_id: _rule(rule) for rule in version.rules}


def _rule(rule: Rule) -> Aspects:
    return {
        "text": rule.title,
        "kind": rule.kind.value,
        "codes": " ".join(sorted(rule.codes)),
        "label": "" if rule.label is None else rule.label.value,
        "cited": cited(rule.citations),
        "conflicts": " ".join(rule.conflicts),
        "parts": ", ".join(f"{name}: {node.node_id}" for name, node in parts(rule)),
        "must be ruled out": "yes" if rule.rule_out else "",
        "refers to": rule.refers_to or "",
        "first reviewer": rule.first_reviewer,
        "holds when silent": "yes" if rule.unaddressed else "",
    }


def _criteria(version: PolicyVersion) -> dict[str, Aspects]:
    return {name: _criterion(node) for name, node in nodes_of(version).items()}


def _criterion(node: Node) -> Aspects:
    common = {"text": node.text, "cited": cited(node.citations), "conflicts": " ".join(node.conflicts)}
    if isinstance(node, Leaf):
        asked = {"asks for": node.document or "", "never mentioned": silent_as(node)}
        return {**common, "test": described(node.test), **asked}
    return {**common, "combines": f"{how(node)} {', '.join(child.node_id for child in node.children)}"}
