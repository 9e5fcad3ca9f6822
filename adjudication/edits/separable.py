"""Says whether a modifier may open the pair of services that denied a line: NCCI indicator 1 may, indicator 0 never."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from adjudication.model.reference import ReferenceData

_OPENABLE = "1"


def is_separable(code: str, others: Collection[str], day: date, reference: ReferenceData) -> bool | None:
    """Return whether every pair of a column 2 code with other codes of its day may be opened.

    None if no loaded table of the day has such a pair, as when the other service is on another claim.
    """
    pairs = [(other, code) for other in others if other != code]
    releases = [release.pairs for release in reference.edit_releases if day in release.dates]
    found = {edits[pair].indicator for edits in releases for pair in pairs if pair in edits}
    return found == {_OPENABLE} if found else None
