"""Writes dates as people read them in the United States."""

from __future__ import annotations

from datetime import date
from typing import Final

# fmt: off
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)
# fmt: on


def in_words(day: date) -> str:
    """Write a date in words, such as November 3, 2025."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"
