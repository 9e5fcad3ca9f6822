"""The staff who work on claims: roles, licenses, and why an action is refused. Ids are opaque; names are not kept.

A nurse may approve and recommend, never deny (NY PHL 4903(a); 42 CFR 422.566(d)). An adverse clinical decision needs a
physician or clinical peer with an active, unrestricted license, in the right state, with the right expertise, checked
at the moment of signing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from adjudication.model.determination import ReviewerSignature
from adjudication.model.vocabulary import DateRange, PlanId


class Role(StrEnum):
    """The job of a person. A person may have several roles, and acts in one of them."""

    INTAKE_CLERK = "intake-clerk"
    EXAMINER = "examiner"
    CODER = "coder"
    NURSE = "nurse"
    PHYSICIAN = "physician"
    CLINICAL_PEER = "clinical-peer"
    APPEALS_PHYSICIAN = "appeals-physician"
    APPEALS_SPECIALIST = "appeals-specialist"
    PRICING = "pricing"
    COORDINATION = "cob-unit"
    INVESTIGATOR = "siu"
    QUALITY = "qa"
    POLICY_OWNER = "policy-owner"
    MEDICAL_DIRECTOR = "medical-director"
    OPERATIONS = "ops"
    SUPERVISOR = "supervisor"
    ENROLLMENT = "enrolment"
    PROVIDER_DATA = "provider-data"
    UTILIZATION_INTAKE = "um-intake"
    MEMBER_SERVICES = "member-services"
    PROVIDER_SERVICES = "provider-services"


SIGNING: Final = frozenset({Role.PHYSICIAN, Role.CLINICAL_PEER, Role.APPEALS_PHYSICIAN})
"""Roles that may sign an adverse clinical decision."""

OVERSIGHT: Final = frozenset({Role.SUPERVISOR, Role.OPERATIONS})
"""Roles that see every claim and maintain the staff list."""

REOPENING: Final = OVERSIGHT | {Role.EXAMINER, Role.APPEALS_SPECIALIST}
"""Roles that work on reopenings of decided claims."""

LEAVING_ORDERS: Final = frozenset({Role.SUPERVISOR, Role.MEDICAL_DIRECTOR})
"""Roles that close the reopening of an order without a correction: it was carried out elsewhere, stayed, or changes nothing."""

CLINICAL: Final = SIGNING | {Role.NURSE}
"""Roles that may record clinical facts and approve on clinical grounds."""


@dataclass(frozen=True, slots=True)
class License:
    """A professional license; `expertise` are fields such as radiology, `valid` is half-open."""

    number: str
    state: str
    profession: str
    expertise: frozenset[str]
    valid: DateRange
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A staff member. `conflicts` are the NPIs of providers in which they or their family have an interest."""

    person_id: str
    roles: frozenset[Role]
    licenses: tuple[License, ...] = ()
    reports_to: str | None = None
    conflicts: frozenset[str] = frozenset()


def in_each_role(person: StaffMember) -> Iterator[tuple[Role, StaffMember]]:
    """Yield the person once per role, with that role only, oversight roles last: an action must be permitted in a single role."""
    for role in sorted(person.roles, key=lambda role: (role in OVERSIGHT, role.value)):
        yield role, replace(person, roles=frozenset({role}))


@dataclass(frozen=True, slots=True)
class LicenseNeeded:
    """The license required for a signature: one of these states (empty: any), fields of expertise and professions."""

    states: frozenset[str]
    expertise: frozenset[str]
    professions: frozenset[str]


@dataclass(frozen=True, slots=True)
class SigningRules:
    """The requirements of policies/workflow/signing.yaml for a signature. A plan without states accepts a license of any state."""

    expertise: frozenset[str]
    professions: frozenset[str]
    states: Mapping[PlanId, frozenset[str]]

    def needed(self, plans: Iterable[PlanId]) -> LicenseNeeded:
        """Return the license required for a signature on lines of these plans; of several plans with states, any of their states."""
        states = frozenset(state for plan in plans for state in self.states.get(plan, frozenset()))
        return LicenseNeeded(states, self.expertise, self.professions)


class RefusalKind(StrEnum):
    """The reason against an action: the person, the state of the subject, the content sent, or an unknown subject."""

    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    INVALID = "invalid"
    NOT_FOUND = "not-found"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an action is not allowed: a code for programs and words for the reviewer. The kind decides the HTTP status."""

    code: str
    words: str
    kind: RefusalKind = RefusalKind.CONFLICT


def forbidden(code: str, words: str) -> Refusal:
    """Build a refusal because of the person: another person may be permitted."""
    return Refusal(code, words, RefusalKind.FORBIDDEN)


def invalid(code: str, words: str) -> Refusal:
    """Build a refusal because of the content: the same person may send other content."""
    return Refusal(code, words, RefusalKind.INVALID)


def signing_license(person: StaffMember, needed: LicenseNeeded, on: date) -> License | Refusal:
    """Return the license that a person may sign with on a day, or the refusal of the license that comes closest."""
    if not person.roles & SIGNING:
        return forbidden(
            "role-may-not-deny",
            "an adverse clinical decision needs a physician or clinical peer; you may approve, or recommend a denial",
        )
    if not person.licenses:
        return forbidden("no-license", "no license of yours is on file; ask the supervisor to add it")
    medical = [each for each in person.licenses if each.profession.strip().casefold() in needed.professions]
    if not medical:
        professions = " or ".join(sorted(needed.professions))
        return forbidden(
            "license-profession", f"a denial is signed with the license of a {professions}; you may recommend"
        )
    left = [license for license in medical if on in license.valid]
    if not left:
        return forbidden("license-expired", f"none of your licenses is valid on {on}; renew it before you sign")
    return _fitting([license for license in left if not license.restricted], needed)


def _fitting(unrestricted: list[License], needed: LicenseNeeded) -> License | Refusal:
    if not unrestricted:
        return forbidden("license-restricted", "your license is restricted; a restricted license may not sign a denial")
    here = [license for license in unrestricted if not needed.states or license.state in needed.states]
    if not here:
        states = ", ".join(sorted(needed.states))
        return forbidden("license-state", f"this decision needs a license of {states}; hand the case over")
    expert = next((license for license in here if license.expertise & needed.expertise), None)
    if expert is None:
        fields = ", ".join(sorted(needed.expertise))
        return forbidden("license-expertise", f"this decision needs expertise in one of: {fields}; hand the case over")
    return expert


def sign(person_id: str, role: Role, license: License, at: datetime, rationale: str) -> ReviewerSignature:
    """Sign a clinical decision under a license, which `signing_license` has found to suffice at that time."""
    return ReviewerSignature(
        reviewer_id=person_id,
        role=role.value,
        license_number=license.number,
        license_state=license.state,
        signed_at=at,
        rationale=rationale,
    )


def appeal_signing_role(person: StaffMember) -> Role:
    """Return the role in which a person signs an appeal decision."""
    return Role.CLINICAL_PEER if Role.CLINICAL_PEER in person.roles else Role.PHYSICIAN
