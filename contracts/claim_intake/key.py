"""Reads the key of a claim that may be invalid, if the key is present and could be that of an accepted claim."""

from __future__ import annotations

import re
from typing import Any, Final

_IDENTIFIER: Final = re.compile(r"[!-~]{1,50}")


def claim_key(parsed: Any) -> tuple[str, str, int] | None:
    """Return submitter, claim control number and revision of a parsed event; None where they cannot be read."""
    data = parsed.get("data") if isinstance(parsed, dict) else None
    if not isinstance(data, dict):
        return None
    submitter, number, revision = data.get("submitter"), data.get("claim_control_number"), data.get("revision", 1)
    if type(revision) is not int or not 1 <= revision <= 999:
        return None
    if not all(isinstance(text, str) and _IDENTIFIER.fullmatch(text) for text in (submitter, number)):
        return None
    return str(submitter), str(number), revision
