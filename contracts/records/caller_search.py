"""The search of provider or member services for a caller's claims, by the details that the caller gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class CallerSearch:
    """The search terms that the caller gave. Names compare without case; `npi` is the billing provider, `amount` the charge of a line or claim."""

    member_ids: tuple[str, ...] = ()
    born: date | None = None
    family_name: str = ""
    given_name: str = ""
    npi: str = ""
    served_on: date | None = None
    amount: Decimal | None = None

    @property
    def used(self) -> tuple[str, ...]:
        """Name the kinds of details searched by, without their values: for the trail."""
        details = {
            "member id": self.member_ids,
            "birth date": self.born,
            "family name": self.family_name,
            "given name": self.given_name,
            "provider": self.npi,
            "date of service": self.served_on,
            "amount": self.amount,
        }
        return tuple(name for name, value in details.items() if value)
