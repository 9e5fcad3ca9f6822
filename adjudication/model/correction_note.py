"""The note in a determination about the reopening that made it correct an earlier version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import LineNumber


@dataclass(frozen=True, slots=True)
class CorrectionNote:
    """Why a version replaces an earlier one, the changed lines, and the amounts added and recovered in US dollars.

    Money taken back is a receivable, stated and not collected: recovery may begin after `recover_after`, and the provider
    may dispute it until `dispute_until`.
    """

    reason: str
    cause: str
    lines: tuple[LineNumber, ...]
    adds: Decimal
    takes: Decimal
    recover_after: date | None = None
    dispute_until: date | None = None
    citation: Citation | None = None
