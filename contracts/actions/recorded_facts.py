"""A fact as a reviewer records it."""

from __future__ import annotations

from typing import Annotated

from adjudication.model.claim import Value
from contracts.events.claims import FactPlaceV1, FactSubjectV1
from contracts.events.envelope import Contract
from contracts.scalars import FactName, PlainDecimal, PlausibleDate, Text, ascii_text

Slug = Annotated[str, ascii_text(r"^[a-z][a-z0-9.-]{1,60}$")]


class RecordedFactV1(Contract):
    """One fact that a reviewer records, with exactly one value; `place`: where in the file of the source it stands."""

    fact: FactName
    flag: bool | None = None
    day: PlausibleDate | None = None
    number: PlainDecimal | None = None
    code: Slug | None = None
    source: Text
    settles: bool = False
    about: FactSubjectV1 | None = None
    place: FactPlaceV1 | None = None

    def value(self) -> Value:
        """Return the value; raises ValueError unless there is exactly one."""
        values = [value for value in (self.flag, self.day, self.number, self.code) if value is not None]
        if len(values) != 1:
            msg = f"the fact {self.fact} needs exactly one of flag, day, number or code"
            raise ValueError(msg)
        return values[0]
