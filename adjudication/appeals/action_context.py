"""The context of one action on an appeal: the actor, the time, and the reporting lines of the staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from adjudication.appeals.events import Event
from adjudication.appeals.independence import DeciderRequirements
from adjudication.appeals.state import AppealState
from adjudication.people import Refusal, Role, StaffMember, forbidden

ActionResult = tuple[Event, ...] | Refusal


@dataclass(frozen=True, slots=True)
class ActionContext:
    """An appeal, the acting person (None: a timer or a feed) and the time."""

    state: AppealState
    actor: StaffMember | None
    now: datetime
    reports_to: Mapping[str, str | None]

    @property
    def by(self) -> str | None:
        """The actor's opaque id."""
        return None if self.actor is None else self.actor.person_id

    @property
    def today(self) -> date:
        """The legal day of the action in the time zone of the plan."""
        return self.state.case.calendar.day_of(self.now)

    def requirements(self) -> DeciderRequirements | None:
        """Return the requirements for a decider of the present level; None where another forum decides."""
        rule = self.state.level.decider
        if rule is None:
            return None
        case = self.state.case
        return DeciderRequirements(
            rule, self.state.involved, case.providers, case.clinical, case.license_needed, self.reports_to
        )

    def require_role(self, roles: frozenset[Role]) -> StaffMember | Refusal:
        """Return the actor if one of their roles is among `roles`, else a refusal; timers and feeds are refused."""
        if self.actor is None:
            return Refusal("person-needed", "a person does this, never a timer or a feed")
        if not self.actor.roles & roles:
            who = ", ".join(sorted(role.value for role in roles))
            return forbidden("role-may-not", f"this may be done by: {who}")
        return self.actor

    def require_independent(self, roles: frozenset[Role]) -> StaffMember | Refusal:
        """Like `require_role`, and the actor took no part in the denial or in an earlier level of this appeal."""
        person = self.require_role(roles)
        requirements = self.requirements()
        if isinstance(person, Refusal) or requirements is None:
            return person
        return requirements.independence_refusal(person) or person
