"""The persons who may decide an appeal. Excluded are those who took part before, their subordinates, and those with an interest.

An AppealDecision cannot be built for any other person (29 CFR 2560.503-1(h)(3); 42 CFR 422.590(h), 438.406(b)(2);
NY PHL 4904). An unknown reporting line does not count as independent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from adjudication.appeals.rules import DeciderRule, Judgment
from adjudication.model.determination import ReviewerSignature
from adjudication.model.errors import AdjudicationError
from adjudication.model.vocabulary import LineNumber
from adjudication.people import (
    CLINICAL,
    SIGNING,
    LicenseNeeded,
    Refusal,
    Role,
    StaffMember,
    appeal_signing_role,
    forbidden,
    sign,
    signing_license,
)
from adjudication.review.rationale import rationale_refusal

DECIDING: Final = SIGNING | {Role.APPEALS_SPECIALIST}
QUALIFIED: Final = {
    Judgment.PHYSICIAN: frozenset({Role.PHYSICIAN, Role.APPEALS_PHYSICIAN}),
    Judgment.CLINICAL_PEER: SIGNING,
    Judgment.CLINICIAN: SIGNING,
}


class BarredDeciderError(AdjudicationError):
    """An appeal decision was built for a person who may not make it."""


class Ruling(StrEnum):
    """The ruling of an appeal on one line."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"
    PARTLY = "partly-overturned"


@dataclass(frozen=True, slots=True)
class LineRuling:
    """The ruling on one line; `units` are those granted by a partial reversal."""

    line: LineNumber
    ruling: Ruling
    units: Decimal | None = None

    def __post_init__(self) -> None:
        """Refuse a partial ruling without units, and a full ruling with units."""
        if (self.ruling is Ruling.PARTLY) != (self.units is not None) or (self.units is not None and self.units <= 0):
            msg = f"line {self.line}: exactly a partly overturned line names the units granted, above zero"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Involved:
    """A person who took part in the denial or an earlier level, and how (a code, never a name)."""

    person_id: str
    part: str


@dataclass(frozen=True, slots=True)
class DeciderRequirements:
    """The requirements for a decider of one level of one case.

    `reports_to` names each person's superior, None at the top; a person missing from it has an unknown reporting line.
    `providers`: NPIs of the claim; `clinical`: the denial rested on medical judgement.
    """

    rule: DeciderRule
    involved: tuple[Involved, ...]
    providers: frozenset[str]
    clinical: bool
    license_needed: LicenseNeeded
    reports_to: Mapping[str, str | None]

    def independence_refusal(self, person: StaffMember) -> Refusal | None:
        """Return why a person is not independent of the case, in any role."""
        if person.conflicts & self.providers:
            return forbidden(
                "conflict", "you have declared an interest in a provider of this claim; hand the case over"
            )
        parts = sorted({i.part for i in self.involved if i.person_id == person.person_id})
        if self.rule.not_involved and parts:
            return forbidden(
                "involved", f"you took part before ({', '.join(parts)}); another person decides the appeal"
            )
        if not self.rule.not_subordinate:
            return None
        above, known = self._superiors(person)
        if above & {i.person_id for i in self.involved}:
            return forbidden("subordinate", "you report to a person who took part before; another person must decide")
        if not known:
            return forbidden(
                "reporting-line", "your reporting line is not on file; ask the supervisor to add it before you decide"
            )
        return None

    def refusal(self, person: StaffMember, on: date, consulted: StaffMember | None = None) -> Refusal | None:
        """Return why a person may not decide on a day, or None."""
        close = self.independence_refusal(person)
        if close is not None:
            return close
        if not person.roles & DECIDING:
            return forbidden("role-may-not", "an appeal is decided by an appeals specialist or physician")
        return self._judgment_refusal(person, on, consulted) if self.clinical else None

    def signer(self, person: StaffMember, on: date, consulted: StaffMember | None) -> StaffMember | None:
        """Return who can sign on clinical grounds: the decider, else the clinician consulted."""
        for candidate in (person, consulted):
            if candidate is not None and not isinstance(signing_license(candidate, self.license_needed, on), Refusal):
                return candidate
        return None

    def _judgment_refusal(self, person: StaffMember, on: date, consulted: StaffMember | None) -> Refusal | None:
        judgment = self.rule.judgment
        if judgment in (Judgment.ANY, Judgment.CONSULT):
            return self._consultation_refusal(person, on, consulted)
        if not person.roles & QUALIFIED[judgment]:
            who = judgment.value.replace("-", " ")
            return forbidden("role-may-not", f"the denial was a clinical judgement; a {who} decides the appeal")
        license = signing_license(person, self.license_needed, on)
        return license if isinstance(license, Refusal) else None

    def _consultation_refusal(self, person: StaffMember, on: date, consulted: StaffMember | None) -> Refusal | None:
        """A lay decider needs an independent clinician's advice (29 CFR 2560.503-1(h)(3)(iii), (v))."""
        if self.signer(person, on, None) is not None:
            return None
        if consulted is None or self.signer(consulted, on, None) is None:
            return forbidden(
                "consult", "the denial was a clinical judgement; consult a licensed clinician with the expertise first"
            )
        close = self.independence_refusal(consulted)
        if close is not None:
            return Refusal("consulted-" + close.code, "the clinician you consulted is not independent of the denial")
        return None

    def _superiors(self, person: StaffMember) -> tuple[frozenset[str], bool]:
        """Return every superior of a person, and whether the line is known up to the top."""
        line = dict(self.reports_to)
        if person.reports_to is not None:
            line[person.person_id] = person.reports_to
        seen: set[str] = set()
        at = person.person_id
        while True:
            if at not in line:
                return frozenset(seen), False
            above = line[at]
            if above is None or above in seen:
                return frozenset(seen), above is None
            seen.add(above)
            at = above


@dataclass(frozen=True, slots=True)
class AppealDecision:
    """A decision of one level; building one for a person who may not decide raises BarredDeciderError.

    `decided_on` is the legal day of `decided_at` in the time zone of the plan: licenses must be valid on it.
    """

    decider: StaffMember
    requirements: DeciderRequirements
    rulings: tuple[LineRuling, ...]
    rationale: str
    decided_at: datetime
    decided_on: date
    consulted: StaffMember | None = None

    def __post_init__(self) -> None:
        """Check the decider and the rationale."""
        refusal = self.requirements.refusal(self.decider, self.decided_on, self.consulted)
        refusal = refusal or rationale_refusal(self.rationale)
        if refusal is not None:
            msg = f"{refusal.code}: {refusal.words}"
            raise BarredDeciderError(msg)

    def signature(self) -> ReviewerSignature | None:
        """Return the signature of a clinical decision; None where no clinical judgement was made."""
        signer = (
            self.requirements.signer(self.decider, self.decided_on, self.consulted)
            if self.requirements.clinical
            else None
        )
        license = None if signer is None else signing_license(signer, self.requirements.license_needed, self.decided_on)
        if signer is None or license is None or isinstance(license, Refusal):
            return None
        return sign(signer.person_id, appeal_signing_role(signer), license, self.decided_at, self.rationale)


def is_clinician(person: StaffMember) -> bool:
    """Return whether a person may judge clinical urgency."""
    return bool(person.roles & CLINICAL)
