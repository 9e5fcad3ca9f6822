"""Releases a policy version: from then on its text may not change, and decisions use it.

It writes policies/released.yaml only. Lint, test and coverage check before whether the version is ready;
adjudication/policy/approval.py decides whether two people may release it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from adjudication.policy.approval import SHARED, PolicyRelease
from rulebook.errors import PolicyDataError
from rulebook.library import load_library
from rulebook.medical.catalog import MEDICAL, VERSION, MedicalLibrary, version_hash
from rulebook.medical.rule_register import ApprovalEntry, ReleasedFile
from rulebook.medical.shared_entries import HashesByKind, hash_of, latest, versions_of
from rulebook.yaml_files import read_yaml

RELEASED: Final = "released.yaml"


def content_to_release(root: Path, policy: str, version: str) -> tuple[str, bool]:
    """Return a version's hash, and whether it is new. Refuses a released version that was changed."""
    folder = root / MEDICAL / policy / version
    if not (folder / VERSION).is_file():
        raise PolicyDataError(
            f"{MEDICAL}/{policy}/{version}", "is not a policy version", "see: claimwright policy lint"
        )
    found = version_hash(folder)
    before = read_yaml(root / RELEASED, RELEASED, ReleasedFile).released.get(policy, {}).get(version)
    if before is not None and before != found:
        what = f"the released version {policy} {version} was changed"
        raise PolicyDataError(RELEASED, what, f"undo it, and write: claimwright policy new {policy} VERSION")
    return found, before is None


@dataclass(frozen=True, slots=True)
class SharedRelease:
    """The entries of shared tables that the released versions read after a release. `is_new`: released.yaml does not have it yet."""

    number: str
    content_hash: str
    is_new: bool
    entries: HashesByKind


def shared_to_release(root: Path, library: MedicalLibrary, *with_versions: tuple[str, str]) -> SharedRelease:
    """Return the shared entries as the released versions and these read them now."""
    file = read_yaml(root / RELEASED, RELEASED, ReleasedFile)
    entries = library.entries.read_by((*versions_of(file), *with_versions))
    found, before = hash_of(entries), latest(file)
    if before is not None and before[1] == found:
        return SharedRelease(before[0], found, is_new=False, entries=entries)
    number = 1 if before is None else int(before[0]) + 1
    return SharedRelease(str(number), found, is_new=True, entries=entries)


def changed_entries(root: Path, library: MedicalLibrary) -> tuple[tuple[str, str], ...]:
    """Return the shared entries that differ from their release and that a released version reads."""
    file = read_yaml(root / RELEASED, RELEASED, ReleasedFile)
    return () if latest(file) is None else library.entries.changed(file)


def release(root: Path, policy: str, version: str, approval: ApprovalEntry) -> tuple[str, bool]:
    """Enter a version's hash and who approved it; returns the hash, and whether it is new. An approval is never replaced.

    The shared entries that the version reads are released with it. A changed entry that other released versions read too is
    refused: it needs a separate release (release_shared).
    """
    found, is_new = content_to_release(root, policy, version)
    library = load_library(root, with_drafts=True).medical
    if changed := changed_entries(root, library):
        kind, name = changed[0]
        what = f"the {kind} {name} was changed since it was released"
        raise PolicyDataError(RELEASED, what, f"release it first: claimwright policy release {SHARED} NUMBER")
    shared = shared_to_release(root, library, (policy, version))
    file = read_yaml(root / RELEASED, RELEASED, ReleasedFile)
    named = [(policy, version, found)] if is_new or version not in file.approved.get(policy, {}) else []
    if shared.is_new or shared.number not in file.approved.get(SHARED, {}):
        named.append((SHARED, shared.number, shared.content_hash))
    if named:
        _enter(root, file, named, approval, shared.entries)
    return found, is_new


def release_shared(root: Path, shared: SharedRelease, approval: ApprovalEntry) -> None:
    """Enter changed shared entries and who approved them."""
    if shared.is_new:
        file = read_yaml(root / RELEASED, RELEASED, ReleasedFile)
        _enter(root, file, [(SHARED, shared.number, shared.content_hash)], approval, shared.entries)


def _enter(
    root: Path,
    file: ReleasedFile,
    named: Iterable[tuple[str, str, str]],
    approval: ApprovalEntry,
    entries: HashesByKind,
) -> None:
    released = {name: dict(versions) for name, versions in file.released.items()}
    approved = {name: dict(versions) for name, versions in file.approved.items()}
    for policy, version, found in named:
        released.setdefault(policy, {})[version] = found
        approved.setdefault(policy, {})[version] = approval
    _write(root / RELEASED, released, approved, entries)


def approved_releases(root: Path) -> list[tuple[PolicyRelease, date]]:
    """Return the releases that released.yaml says two people made, and the day of each."""
    file = read_yaml(root / RELEASED, RELEASED, ReleasedFile)
    return [
        (PolicyRelease(policy, version, found, said.author, said.approver, said.reasons), said.approved_on)
        for policy, versions in sorted(file.released.items())
        for version, found in sorted(versions.items())
        if (said := file.approved.get(policy, {}).get(version)) is not None
    ]


def _write(
    path: Path,
    released: Mapping[str, Mapping[str, str]],
    approved: Mapping[str, Mapping[str, ApprovalEntry]],
    shared: HashesByKind,
) -> None:
    """Write the tables sorted, so that releases on two branches merge without conflict; keep the comments at the top."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next((i for i, text in enumerate(lines) if text.strip() and not text.startswith("#")), len(lines))
    entries = {
        policy: {version: entry.model_dump() for version, entry in sorted(versions.items())}
        for policy, versions in sorted(approved.items())
    }
    hashes = {policy: dict(sorted(versions.items())) for policy, versions in sorted(released.items())}
    tables: dict[str, Any] = {"released": hashes, "approved": entries, "entries": shared}
    part = path.with_suffix(".part")
    written = yaml.dump(tables, Dumper=_Plain, sort_keys=False, width=110)
    part.write_text("".join(lines[:first]) + written, encoding="utf-8")
    part.replace(path)


class _Plain(yaml.SafeDumper):
    """Writes a repeated day in full instead of as a YAML reference."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True
