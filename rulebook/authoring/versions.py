"""Finds a version of a policy among those loaded, and walks its nodes; an unknown name says which exist."""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.policy.catalog import PolicyCatalog
from adjudication.policy.tree import Branch, Node, Policy, PolicyVersion, Rule
from rulebook.errors import PolicyDataError


def find_policy(catalog: PolicyCatalog, policy: str) -> Policy:
    """Return a policy; raises PolicyDataError naming those that are loaded."""
    found = catalog.policies.get(policy)
    if found is None:
        known = ", ".join(sorted(catalog.policies)) or "none"
        raise PolicyDataError(policy, "no policy is called so", f"choose of: {known}")
    return found


def find_version(catalog: PolicyCatalog, policy: str, version: str) -> PolicyVersion:
    """Return one version; raises PolicyDataError naming those that are loaded."""
    versions = find_policy(catalog, policy).versions
    found = next((each for each in versions if each.version == version), None)
    if found is None:
        known = ", ".join(each.version for each in versions) or "none"
        raise PolicyDataError(f"{policy} {version}", "the policy has no such version", f"choose of: {known}")
    return found


def parts(rule: Rule) -> Iterator[tuple[str, Node]]:
    """The parts a rule has, with their names."""
    for name, node in (("applies", rule.applies), ("criteria", rule.criteria), ("unless", rule.unless)):
        if node is not None:
            yield name, node


def walk(node: Node) -> Iterator[Node]:
    """Every node at or under a node, parents first."""
    yield node
    if isinstance(node, Branch):
        for child in node.children:
            yield from walk(child)


def nodes_of(version: PolicyVersion) -> dict[str, Node]:
    """Every node of a version by id, in reading order; a shared part once."""
    return {node.node_id: node for rule in version.rules for _, root in parts(rule) for node in walk(root)}
