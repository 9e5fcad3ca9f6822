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
    """A kind of service: the first characters of its revenue codes, and its modalities in codes/procedures.yaml; none: no imaging."""

    kind: Slug
    prefixes: Annotated[tuple[Annotated[str, ascii_text(r"^[0-9]{3,4}$")], ...], Field(min_length=1)]
    modalities: tuple[Slug, ...]


class RevenueCodesFile(Cited):
    """codes/revenue_codes.yaml."""

    imaging: Annotated[tuple[ImagingRevenueEntry, ...], Field(min_length=1)]


def imaging_revenue(label: str, file: RevenueCodesFile, citations: Citations) -> tuple[ImagingRevenue, ...]:
    """Build the kinds in their order, in which a narrower code comes before its group; a revenue code is of one kind only."""
    seen: list[str] = []
    rows = []
    for index, entry in enumerate(file.imaging):
        where = place(label, key=f"imaging[{index}] {entry.kind}")
        hidden = next((each for each in entry.prefixes if each.startswith(tuple(seen))), None)
        if hidden is not None:
            raise PolicyDataError(
                where, f"{hidden} is of an earlier kind, too", "keep it in one, the narrower code first"
            )
        seen += entry.prefixes
        cited = citations.of(where, entry, file)
        rows.append(ImagingRevenue(entry.kind, entry.prefixes, frozenset(entry.modalities), cited))
    return tuple(rows)
