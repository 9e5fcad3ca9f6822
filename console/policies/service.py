"""The content of the policy pages: versions and their releases, the plans that use a policy, how often its rules decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from adjudication.model.vocabulary import ClaimId
from adjudication.policy.approval import deciding
from adjudication.policy.catalog import Leg
from adjudication.policy.tree import PolicyVersion
from console.policies.questions import open_questions
from rulebook.authoring.questionnaires import claim_questionnaire, dictionary_questionnaire, policy_questionnaire
from rulebook.authoring.reading import CaseView, PolicyReader, PolicyReading, VersionRow
from rulebook.authoring.versions import find_version
from rulebook.errors import PolicyDataError
from rulebook.library import PolicyLibrary
from storage.decisions.policy_traces import latest_trace
from storage.decisions.policy_use import RuleUse, rule_use
from storage.decisions.recorded_reviews import recorded_lines, review
from storage.engine import Database
from storage.people.policy_releases import RecordedRelease, recorded_releases


@dataclass(frozen=True, slots=True)
class VersionRelease:
    """One version with its release as the ledger records it; `recorded`: None if the ledger has no release with this content."""

    row: VersionRow
    decides: bool
    recorded: RecordedRelease | None


@dataclass(frozen=True, slots=True)
class PlanUse:
    """One plan that asks a policy: in which leg, as which authority, and after how many others."""

    plan: str
    product_line: str
    starts: date
    leg: str
    authority: str
    position: int


@dataclass(frozen=True, slots=True)
class PolicySummary:
    """One policy of the list. `versions`: all; `deciding`: those that decide some date of service today."""

    policy: str
    title: str
    versions: tuple[VersionRelease, ...]
    plans: int
    unloaded: tuple[str, ...]

    @property
    def deciding(self) -> tuple[VersionRelease, ...]:
        """The versions that decide."""
        return tuple(each for each in self.versions if each.decides)


class PolicyPages:
    """Reads policies for the pages: texts from the loaded library, releases and counts from the ledger."""

    def __init__(self, engine: Database, library: PolicyLibrary) -> None:
        """Take the library and the engine."""
        self._engine, self._library = engine, library
        self._reader = PolicyReader(library)

    async def summaries(self, today: date) -> tuple[PolicySummary, ...]:
        """Return every policy, those that decide first."""
        recorded = await recorded_releases(self._engine)
        catalog = self._library.medical.catalog
        found = [
            PolicySummary(
                name,
                self._library.medical.titles[name],
                self._versions(name, recorded, today),
                len({use.plan for use in self.plans(name)}),
                tuple(period.why for period in policy.unloaded),
            )
            for name, policy in catalog.policies.items()
        ]
        return tuple(sorted(found, key=lambda each: (not each.deciding, each.title)))

    async def versions(self, policy: str, today: date) -> tuple[VersionRelease, ...]:
        """Return the versions of a policy, the newest first."""
        return self._versions(policy, await recorded_releases(self._engine), today)

    def reading(self, policy: str, version: str) -> PolicyReading | None:
        """Return a complete version; None if there is no such version."""
        try:
            return self._reader.read(policy, version)
        except PolicyDataError:
            return None

    def cases(self, policy: str, version: str) -> tuple[CaseView, ...]:
        """Return the cases of an existing version."""
        return self._reader.cases(policy, version)

    def dictionary(self) -> dict[str, Any]:
        """Return the fact dictionary as a Questionnaire."""
        return dictionary_questionnaire(self._library)

    def questionnaire(self, policy: str, version: str, code: str) -> dict[str, Any] | None:
        """Return the questions of a version about a code; None where it has no rule about it."""
        try:
            return policy_questionnaire(
                self._library, find_version(self._library.medical.catalog, policy, version), code
            )
        except (PolicyDataError, KeyError):
            return None

    async def open_questionnaire(self, claim: ClaimId, control_number: str, today: date) -> dict[str, Any] | None:
        """Return the open questions of a claim as a Questionnaire; None if there are none."""
        trace = await latest_trace(self._engine, claim)
        lines = await recorded_lines(self._engine, self._library.reference, [claim])
        reviews = [review(line, trace, self._library.medical.catalog, today) for line in lines]
        asked = open_questions(reviews, self._library.reference)
        return claim_questionnaire(self._library, control_number, asked) if asked else None

    def plans(self, policy: str) -> tuple[PlanUse, ...]:
        """Return the plans whose order of authorities names a policy."""
        return tuple(self._uses(policy))

    async def use(self, policy: str) -> tuple[RuleUse, ...]:
        """Count which rules decided how many of the newest claims."""
        return await rule_use(self._engine, policy)

    def _versions(self, policy: str, recorded: tuple[RecordedRelease, ...], today: date) -> tuple[VersionRelease, ...]:
        held = {(each.release.policy, each.release.content_hash): each for each in recorded}
        now = {version.content_hash for version in deciding([self._library.medical.catalog.policies[policy]], today)}

        def release(version: PolicyVersion) -> RecordedRelease | None:
            return held.get((version.policy, version.content_hash))

        rows = self._reader.history(policy)
        return tuple(VersionRelease(row, row.version.content_hash in now, release(row.version)) for row in rows)

    def _uses(self, policy: str) -> Iterator[PlanUse]:
        reference = self._library.reference
        for versions in reference.plans.values():
            for plan in versions:
                for leg in reference.catalog.precedences[plan.precedence].legs:
                    yield from (
                        PlanUse(plan.plan_id, plan.product_line.value, plan.dates.starts, leg.name, kind, position)
                        for kind, position in _asked(leg, policy)
                    )


def _asked(leg: Leg, policy: str) -> Iterator[tuple[str, int]]:
    for position, authority in enumerate(leg.authorities, 1):
        if policy in authority.policies:
            yield authority.kind, position
