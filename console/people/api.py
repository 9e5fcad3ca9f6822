"""The current user, and changes of the staff list: proposed by one person of oversight, approved by another, never for oneself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from adjudication.people import License, Refusal, StaffMember
from adjudication.staff_changes import Ruling
from console.access.roles import OVERSIGHT, acting_role
from console.access.session import Services, SignedIn
from console.web.problems import Problem, described_body, problem_of, read_body
from contracts.actions.people import PersonV1, ProposePeopleV1, RuleOnPeopleV1
from contracts.records.staff_list import ProposedChange, StaffAct
from contracts.scalars import Moment

router = APIRouter(tags=["people"])

PEOPLE: Final = TypeAdapter(Annotated[tuple[PersonV1, ...], Field(min_length=1, max_length=1000)])
RulingWord = Literal["approve", "refuse", "withdraw"]
RULINGS: Final[Mapping[RulingWord, Ruling]] = {
    "approve": Ruling.APPROVED,
    "refuse": Ruling.REFUSED,
    "withdraw": Ruling.WITHDRAWN,
}
"""The ruling that each word in an address stands for."""


class LicenseResponse(BaseModel):
    """A license of one's own."""

    model_config = ConfigDict(frozen=True)

    number: str
    state: str
    profession: str
    expertise: tuple[str, ...]
    valid_until: str | None = Field(description="The first day it is no longer valid on.")
    restricted: bool


class Me(BaseModel):
    """The person in the token, and their entry in the staff list."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    roles: tuple[str, ...]
    licenses: tuple[LicenseResponse, ...]
    reports_to: str | None


class PeopleProposed(BaseModel):
    """The ids of the proposals, in the order of the people sent."""

    model_config = ConfigDict(frozen=True)

    proposals: tuple[str, ...]


class ChangeOfPerson(BaseModel):
    """A proposal to change the staff list."""

    model_config = ConfigDict(frozen=True)

    change_id: str
    person: PersonV1 = Field(description="The record once approved.")
    reason: str
    proposed_by: str
    proposed_at: Moment
    ruling: Ruling | None = Field(description="Absent while it waits.")
    ruled_by: str | None


@router.get("/api/people/me")
async def read_me(person: SignedIn) -> Me:
    """Return your roles and licenses as the credentialing system reports them."""
    return Me(
        person_id=person.person_id,
        roles=tuple(sorted(person.roles)),
        licenses=tuple(_license(license) for license in person.licenses),
        reports_to=person.reports_to,
    )


@router.get("/api/people/changes")
async def read_changes(console: Services, person: SignedIn) -> tuple[ChangeOfPerson, ...]:
    """List proposals to change the staff list, those that wait first. For supervisors and operations."""
    _oversight(person)
    return tuple(_described(each) for each in await console.staff_changes.newest())


@router.post("/api/people", status_code=202, openapi_extra=described_body(ProposePeopleV1))
async def propose_people(request: Request, console: Services, person: SignedIn) -> PeopleProposed:
    """Propose records for the staff list; each takes effect when a second person approves it."""
    role = _oversight(person)
    sent = await read_body(request, ProposePeopleV1)
    kept = await console.staff_changes.propose(sent.people, StaffAct(person, role, sent.reason, console.now()))
    if isinstance(kept, Refusal):
        raise problem_of(kept)
    return PeopleProposed(proposals=kept)


@router.post("/api/people/changes/{change_id}/{ruling}", status_code=204, openapi_extra=described_body(RuleOnPeopleV1))
async def rule_on_people(
    request: Request, change_id: UUID, ruling: RulingWord, console: Services, person: SignedIn
) -> None:
    """Approve, refuse or withdraw a proposal; an approved record is on the staff list at once."""
    role = _oversight(person)
    sent = await read_body(request, RuleOnPeopleV1)
    act = StaffAct(person, role, sent.reason, console.now())
    refused = await console.staff_changes.rule(str(change_id), RULINGS[ruling], act)
    if refused is not None:
        raise problem_of(refused)


def _oversight(person: StaffMember) -> str:
    roles = person.roles & OVERSIGHT
    if not roles:
        raise Problem(403, "role-may-not", "the staff list is changed by a supervisor or by operations")
    return acting_role(roles)


def _described(found: ProposedChange) -> ChangeOfPerson:
    return ChangeOfPerson(
        change_id=found.change.change_id,
        person=found.person,
        reason=found.change.reason,
        proposed_by=found.change.proposed_by,
        proposed_at=found.change.proposed_at,
        ruling=found.change.ruling,
        ruled_by=found.ruled_by,
    )


def _license(license: License) -> LicenseResponse:
    ends = license.valid.ends
    return LicenseResponse(
        number=license.number,
        state=license.state,
        profession=license.profession,
        expertise=tuple(sorted(license.expertise)),
        valid_until=None if ends is None else ends.isoformat(),
        restricted=license.restricted,
    )
