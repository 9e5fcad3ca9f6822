"""Our own short labels of procedure codes; the licensed descriptions are not kept."""

from __future__ import annotations

from datetime import date

from adjudication.model.reference import ReferenceData


def label_of(code: str, served_on: date, reference: ReferenceData) -> str:
    """Return the label of a code on a day; empty for a code that is not in our tables."""
    known = reference.procedure(code, served_on)
    return "" if known is None else known.label
