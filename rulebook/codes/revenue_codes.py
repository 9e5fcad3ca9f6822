"""Revenue codes of one kind of imaging: the schema of codes/revenue_codes.yaml, and its checks."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from adjudication.model.scope import ImagingRevenue
from contracts.scalars import ascii_text
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited, Slug

REVENUE_CODES: Final = "codes/revenue_codes.yaml"


class ImagingRevenueEntry(Cited):
    """One kind of imaging: the first characters of its revenue codes, and its modalities in codes/procedures.yaml."""

    kind: Slug
    prefixes: Annotated[tuple[Annotated[str, ascii_text(r"^[0-9]{3,4}$")], ...], Field(min_length=1)]
    modalities: Annotated[tuple[Slug, ...], Field(min_length=1)]


class RevenueCodesFile(Cited):
    """codes/revenue_codes.yaml."""

    imaging: Annotated[tuple[ImagingRevenueEntry, ...], Field(min_length=1)]


def imaging_revenue(label: str, file: RevenueCodesFile, citations: Citations) -> tuple[ImagingRevenue, ...]:
    """Build the kinds of imaging; a revenue code or a modality is of one kind only."""
    seen: set[str] = set()
    rows = []
    for index, entry in enumerate(file.imaging):
        where = place(label, key=f"imaging[{index}] {entry.kind}")
        twice = sorted(seen & {*entry.prefixes, *entry.modalities})
        if twice:
            raise PolicyDataError(where, f"{twice[0]} is of another kind, too", "keep it under one kind")
        seen |= {*entry.prefixes, *entry.modalities}
        cited = citations.of(where, entry, file)
        rows.append(ImagingRevenue(entry.kind, entry.prefixes, frozenset(entry.modalities), cited))
    return tuple(rows)
