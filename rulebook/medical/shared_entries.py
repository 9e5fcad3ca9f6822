"""The entries of shared tables that released policy versions read: facts, parameters, presumptions, code lists, diagnosis groups.

A change of an entry changes the answers of every version that reads it, so two people release it, as they release a version.
Only what can change an answer is hashed: a comment, a citation or an entry that no released version reads needs no release.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from adjudication.policy.approval import SHARED
from rulebook.errors import PolicyDataError
from rulebook.medical.names import SharedEntry, Vocabulary
from rulebook.medical.rule_register import ReleasedFile
from rulebook.medical.schema import PolicyFile

HashesByKind = dict[str, dict[str, str]]

_FILES: Final = {
    "fact": "facts.yaml",
    "document": "documents of facts.yaml",
    "parameter": "parameters.yaml",
    "presumption": "payers/<payer>/parameters.yaml",
    "code-set": "codes/code_sets.yaml",
    "diagnosis-group": "codes/diagnosis_groups.yaml",
    "policy": "retired_on or unloaded of policy.yaml",
}


@dataclass(frozen=True, slots=True)
class SharedEntries:
    """The entries that each version reads, drafts included, and the present hash of each entry."""

    reads: Mapping[tuple[str, str], frozenset[SharedEntry]]
    hashes: Mapping[SharedEntry, str]

    def read_by(self, versions: Iterable[tuple[str, str]]) -> HashesByKind:
        """Return the hashes of the entries that these versions read, by kind and name; a version that is not loaded reads nothing."""
        found: HashesByKind = {}
        for kind, name in sorted({entry for each in versions for entry in self.reads.get(each, ())}):
            found.setdefault(kind, {})[name] = self.hashes[kind, name]
        return found

    def changed(self, file: ReleasedFile) -> tuple[SharedEntry, ...]:
        """Return the entries that differ from their release and that a released version reads."""
        now = self.read_by(versions_of(file))
        return tuple(
            (kind, name)
            for kind, names in now.items()
            for name, found in names.items()
            if file.entries.get(kind, {}).get(name) != found
        )


def versions_of(file: ReleasedFile) -> list[tuple[str, str]]:
    """Return the policy versions that released.yaml lists, without the releases of shared entries."""
    return [(policy, version) for policy, listed in file.released.items() if policy != SHARED for version in listed]


def latest(file: ReleasedFile) -> tuple[str, str] | None:
    """Return number and hash of the last release of shared entries; None when there was none."""
    listed = file.released.get(SHARED, {})
    number = max(listed, key=int, default=None)
    return None if number is None else (number, listed[number])


def hash_of(entries: Mapping[str, Mapping[str, str]]) -> str:
    """Hash the hashes of all entries, which is the content that a release of shared entries has."""
    return _digest({kind: dict(names) for kind, names in entries.items()})


def refuse_unreleased(entries: SharedEntries, file: ReleasedFile) -> None:
    """Refuse entries that differ from their release. An older file without releases of entries is accepted."""
    released = latest(file)
    if released is None:
        return
    number, content = released
    if hash_of(file.entries) != content:
        what = f"the entries are not those of {SHARED} {number}"
        raise PolicyDataError("released.yaml", what, "restore the file; only `claimwright policy release` writes it")
    changed = entries.changed(file)
    if not changed:
        return
    kind, name = changed[0]
    readers = sum(1 for version in versions_of(file) if (kind, name) in entries.reads.get(version, ()))
    more = f" (and {len(changed) - 1} more)" if changed[1:] else ""
    raise PolicyDataError(
        _FILES[kind],
        f"the {kind} {name}{more} was changed since it was released; {readers} released version(s) read it",
        f"undo it, or have two people release it: claimwright policy release {SHARED} {int(number) + 1} --author ...",
    )


def entry_hashes(
    vocabulary: Vocabulary, policies: Mapping[str, PolicyFile], reads: Iterable[frozenset[SharedEntry]]
) -> dict[SharedEntry, str]:
    """Hash each entry that some version reads."""
    wanted = {entry for each in reads for entry in each}
    return {entry: _digest(_content(entry, vocabulary, policies)) for entry in wanted}


def with_screens(read: Iterable[SharedEntry], vocabulary: Vocabulary) -> frozenset[SharedEntry]:
    """Add the facts that answer others by screening for them, and the documents that facts name."""
    found = set(read)
    for name, entry in vocabulary.facts.items():
        if any(("fact", screened) in found for screened in entry.screens):
            found.add(("fact", name))
    asked = {vocabulary.facts[name].document for kind, name in found if kind == "fact"}
    return frozenset(found | {("document", name) for name in asked if name is not None})


def _content(entry: SharedEntry, vocabulary: Vocabulary, policies: Mapping[str, PolicyFile]) -> Any:  # noqa: PLR0911 - one return a kind
    kind, name = entry
    match kind:
        case "fact":
            return vocabulary.facts[name].model_dump(mode="json", exclude_defaults=True)
        case "document":
            return vocabulary.documents[name].model_dump(mode="json", exclude_defaults=True)
        case "parameter":
            parameter = vocabulary.parameters[name]
            return [parameter.unit, sorted([str(each.starts), str(each.value)] for each in parameter.values)]
        case "presumption":
            plans = [each for each in vocabulary.plan_presumptions if each.presumption == name]
            return sorted([each.plan, sorted([str(v.starts), v.presumed] for v in each.values)] for each in plans)
        case "code-set":
            return sorted(vocabulary.code_sets[name].codes)
        case "diagnosis-group":
            groups = vocabulary.groups[name]
            return sorted([str(each.dates.starts), str(each.dates.ends), *each.prefixes] for each in groups)
        case _:
            wanted: dict[str, Any] = {"retired_on": True, "unloaded": {"__all__": {"dates", "governs"}}}
            return policies[name].model_dump(mode="json", exclude_defaults=True, include=wanted)


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
