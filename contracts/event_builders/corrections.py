"""What a determination says about the reopening that it corrects an earlier version for, as plain values."""

from __future__ import annotations

from typing import Any

from adjudication.model.correction_note import CorrectionNote


def correction_json(note: CorrectionNote) -> dict[str, Any]:
    """Return `correction` of a determination; CorrectionV1 encodes it to the same bytes."""
    written: dict[str, Any] = {
        "reason": note.reason,
        "cause": note.cause,
        "lines": note.lines,
        "adds": f"{note.adds:.2f}",
        "takes": f"{note.takes:.2f}",
    }
    if note.recover_after is not None and note.dispute_until is not None:
        written["recover_after"] = note.recover_after.isoformat()
        written["dispute_until"] = note.dispute_until.isoformat()
    if note.citation is not None:
        written["citation"] = {"source": note.citation.source, "locator": note.citation.locator}
    return written
