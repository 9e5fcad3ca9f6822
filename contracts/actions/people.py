"""Staff as the credentialing system sends them: opaque ids, roles, licenses. Names never come here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from adjudication.people import Role
from adjudication.staff_changes import LONGEST_REASON, SHORTEST_REASON
from contracts.events.envelope import Contract
from contracts.events.feeds import Version
from contracts.scalars import Identifier, Npi, PlausibleDate, State, Text


class LicenseV1(Contract):
    """A professional license; `ends` is exclusive."""

    number: Identifier
    state: State
    profession: Text
    expertise: Annotated[tuple[Text, ...], Field(min_length=1)]
    starts: PlausibleDate
    ends: PlausibleDate | None = None
    restricted: bool = False


class PersonV1(Contract):
    """The whole current state of one person; `version` only grows."""

    person_id: Identifier
    roles: Annotated[tuple[Annotated[Role, Field(strict=False)], ...], Field(min_length=1)]
    licenses: tuple[LicenseV1, ...] = ()
    reports_to: Identifier | None = None
    conflicts: tuple[Npi, ...] = ()
    active: bool = True
    version: Version = 1


class ProposePeopleV1(Contract):
    """Whole records to put on the staff list once a second person approves; `version` is set by the ledger."""

    reason: Annotated[str, Field(min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]
    people: Annotated[tuple[PersonV1, ...], Field(min_length=1, max_length=1000)]


class RuleOnPeopleV1(Contract):
    """Why a proposal is approved, refused or withdrawn."""

    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""
