"""Places in the files of policies/: file and line, in the form that editors and terminals jump to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adjudication.policy.tree import PolicyVersion
from rulebook.errors import PolicyDataError
from rulebook.medical.case_coverage import locate
from rulebook.medical.catalog import MEDICAL

_PLACE: Final = re.compile(r"^(?P<file>[^,]+)(, line (?P<line>[0-9]+))?(, (?P<key>.+))?$")
_LOCATED: Final = re.compile(r"^(?P<file>.+), line (?P<line>[0-9]+): ")


@dataclass(frozen=True, slots=True)
class Place:
    """A file under policies/, and the line and key in it where they are known."""

    file: str
    line: int | None = None
    key: str = ""

    def __str__(self) -> str:
        """Write `file:line (key)`."""
        return self.file + (f":{self.line}" if self.line else "") + (f" ({self.key})" if self.key else "")


def place_of_error(error: PolicyDataError, root: Path) -> Place:
    """Read the place out of a loader's error; its file is named relative to policies/."""
    found = _PLACE.match(error.where)
    if found is None:
        return Place(error.where)
    file = found["file"]
    line = int(found["line"]) if found["line"] else None
    return Place(file.removeprefix(f"{root.as_posix()}/"), line, found["key"] or "")


def place_of_node(root: Path, version: PolicyVersion, node_id: str) -> Place:
    """Find the line on which a node, or else the nearest node above it that has a written id, is named."""
    folder = f"{MEDICAL}/{version.policy}/{version.version}"
    texts = {
        path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sorted((root / folder).glob("*.yaml"))
    }
    found = _LOCATED.match(locate(texts, node_id))
    return Place(folder, None, node_id) if found is None else Place(found["file"], int(found["line"]), node_id)
