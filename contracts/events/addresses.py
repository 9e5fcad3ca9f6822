"""Postal addresses of record: of a member from enrollment, of a provider from the roster. They are used to mail letters only."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.events.envelope import Contract
from contracts.scalars import AddressLine, City, PostalCode, State


class AddressV1(Contract):
    """An address in the United States, as the X12 transactions carry it (N3, N4): one or two lines, city, state, ZIP Code."""

    lines: Annotated[tuple[AddressLine, ...], Field(min_length=1, max_length=2)]
    city: City
    state: State
    postal_code: PostalCode

    @property
    def printed(self) -> tuple[str, ...]:
        """The lines under the name on an envelope."""
        return (*self.lines, f"{self.city}, {self.state} {self.postal_code}")
