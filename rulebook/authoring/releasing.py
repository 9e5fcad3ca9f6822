"""Releases a policy version: from then on its text may not change, and decisions see it.

Writes policies/released.yaml only; whether the version is ready is for lint, test and coverage, which come first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml

from rulebook.errors import PolicyDataError
from rulebook.medical.catalog import MEDICAL, VERSION, version_hash
from rulebook.medical.rule_register import ReleasedFile
from rulebook.yaml_files import read_yaml

RELEASED: Final = "released.yaml"


def release(root: Path, policy: str, version: str) -> tuple[str, bool]:
    """Enter a version's hash; returns it, and whether it is new. Refuses a released version that was changed."""
    folder = root / MEDICAL / policy / version
    if not (folder / VERSION).is_file():
        raise PolicyDataError(f"{MEDICAL}/{policy}/{version}", "is no policy version", "see: claimwright policy lint")
    found = version_hash(folder)
    released = read_yaml(root / RELEASED, RELEASED, ReleasedFile).released
    before = released.get(policy, {}).get(version)
    if before is not None and before != found:
        what = f"the released version {policy} {version} was changed"
        raise PolicyDataError(RELEASED, what, f"undo it, and write: claimwright policy new {policy} VERSION")
    if before is None:
        _write(root / RELEASED, {**released, policy: {**released.get(policy, {}), version: found}})
    return found, before is None


def _write(path: Path, released: dict[str, dict[str, str]]) -> None:
    """Write the table sorted, so that two releases in two branches merge without a quarrel; comments on top stay."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next((i for i, text in enumerate(lines) if text.strip() and not text.startswith("#")), len(lines))
    ordered = {policy: dict(sorted(versions.items())) for policy, versions in sorted(released.items())}
    body = yaml.safe_dump({"released": ordered}, sort_keys=False, width=110)
    part = path.with_suffix(".part")
    part.write_text("".join(lines[:first]) + body, encoding="utf-8")
    part.replace(path)
