"""Releases a policy version: from then on its text may not change, and decisions see it.

Writes policies/released.yaml only; whether the version is ready is for lint, test and coverage, which come first, and
whether two people may release it for adjudication/policy/approval.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from adjudication.policy.approval import PolicyRelease
from rulebook.errors import PolicyDataError
from rulebook.medical.catalog import MEDICAL, VERSION, version_hash
from rulebook.medical.rule_register import ApprovalEntry, ReleasedFile
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


def release(root: Path, policy: str, version: str, approval: ApprovalEntry) -> tuple[str, bool]:
    """Enter a version's hash and who approved it; returns the hash, and whether it is new. An approval is never replaced."""
    found, is_new = content_to_release(root, policy, version)
    file = read_yaml(root / RELEASED, RELEASED, ReleasedFile)
    if is_new or version not in file.approved.get(policy, {}):
        approved = {name: dict(entries) for name, entries in file.approved.items()}
        approved.setdefault(policy, {})[version] = approval
        released = {**file.released, policy: {**file.released.get(policy, {}), version: found}}
        _write(root / RELEASED, released, approved)
    return found, is_new


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
    path: Path, released: Mapping[str, Mapping[str, str]], approved: Mapping[str, Mapping[str, ApprovalEntry]]
) -> None:
    """Write the tables sorted, so that two releases in two branches merge without conflict; comments on top stay."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next((i for i, text in enumerate(lines) if text.strip() and not text.startswith("#")), len(lines))
    entries = {
        policy: {version: entry.model_dump() for version, entry in sorted(versions.items())}
        for policy, versions in sorted(approved.items())
    }
    hashes = {policy: dict(sorted(versions.items())) for policy, versions in sorted(released.items())}
    tables: dict[str, Any] = {"released": hashes, "approved": entries}
    part = path.with_suffix(".part")
    part.write_text("".join(lines[:first]) + yaml.safe_dump(tables, sort_keys=False, width=110), encoding="utf-8")
    part.replace(path)
