"""The current user and the staff list. Only oversight may change the list, and no person their own record."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from adjudication.people import License
from console.access.roles import OVERSIGHT, acting_role
from console.access.session import Services, SignedIn
from console.web.problems import Problem, read_body
from contracts.actions.people import PersonV1

router = APIRouter(tags=["people"])

PEOPLE: Final = TypeAdapter(Annotated[tuple[PersonV1, ...], Field(min_length=1, max_length=1000)])


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


class PeopleChanged(BaseModel):
    """The number of sent people that changed; an older version changes nothing."""

    model_config = ConfigDict(frozen=True)

    changed: int


@router.get("/api/people/me")
async def read_me(person: SignedIn) -> Me:
    """Say who you are to this service: your roles and licenses as the credentialing system reports them."""
    return Me(
        person_id=person.person_id,
        roles=tuple(sorted(person.roles)),
        licenses=tuple(_license(license) for license in person.licenses),
        reports_to=person.reports_to,
    )


@router.post(
    "/api/people",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 1000,
                        "items": {"$ref": "#/components/schemas/PersonV1"},
                    }
                }
            },
        }
    },
)
async def put_people(request: Request, console: Services, person: SignedIn) -> PeopleChanged:
    """Add or update staff. For supervisors and operations; each change is in the audit trail."""
    roles = person.roles & OVERSIGHT
    if not roles:
        raise Problem(403, "role-may-not", "the staff list is changed by a supervisor or by operations")
    people = await read_body(request, PEOPLE)
    if any(each.person_id == person.person_id for each in people):
        raise Problem(
            403,
            "own-record",
            "you cannot change your own roles or licenses; ask another supervisor to send your record",
        )
    changed = await console.staff.put(people, person.person_id, acting_role(roles), console.now())
    return PeopleChanged(changed=changed)


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
