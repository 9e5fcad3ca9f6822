"""Synthetic people and providers, recognizably so: no name, number or date belongs to anyone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TAXONOMY_MRI_CLINIC = "261QM1200X"
TAXONOMY_RADIOLOGY = "2085R0202X"
TAXONOMY_HOSPITAL = "282N00000X"
BIRTH_DATE = "1970-01-01"
ADDRESS = {"lines": ["1 Synthetic Street"], "city": "Syntheville", "state": "NY", "postal_code": "99999"}


@dataclass(frozen=True, slots=True)
class SyntheticMember:
    """A member of the demonstration."""

    member_id: str

    def as_claimed(self) -> dict[str, str]:
        """The member as a claim carries them."""
        return {
            "member_id": self.member_id,
            "birth_date": BIRTH_DATE,
            "family_name": f"Testcase-{self.member_id[-4:]}",
            "given_name": "Synthia",
        }


def npi(nine: int) -> str:
    """Complete nine digits to a National Provider Identifier with its Luhn check digit over prefix 80840."""
    total = 24
    for position, character in enumerate(reversed(f"{nine:09d}")):
        digit = int(character) * (2 if position % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return f"{nine:09d}{-total % 10}"


def provider(nine: int, taxonomy: str) -> dict[str, Any]:
    """A provider as a claim carries it."""
    return {"npi": npi(nine), "taxonomy": taxonomy}


CENTER = provider(100000001, TAXONOMY_MRI_CLINIC)
OTHER_CENTER = provider(100000002, TAXONOMY_MRI_CLINIC)
RADIOLOGIST = provider(100000003, TAXONOMY_RADIOLOGY)
HOSPITAL = provider(100000004, TAXONOMY_HOSPITAL)
VENDOR = provider(100000005, "293D00000X")
ORDERING = provider(100000006, "207T00000X")

CONTRACTED = (CENTER, OTHER_CENTER, RADIOLOGIST, HOSPITAL, VENDOR)
"""Those who bill or render in the scenarios."""
