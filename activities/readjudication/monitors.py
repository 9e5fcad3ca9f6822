"""Adjudicates decided claims with the data in force and with a draft, each completely, on the facts of the decision.

Nothing is locked, taken or written, and no claim is decided: a draft has no effect before two people release it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from activities.ports import Ports
from activities.readjudication.impact import RecordedStore
from activities.readjudication.shadow import Shadows, shadow_of
from adjudication.model.reference import ReferenceData
from adjudication.policy.tree import PolicyVersion
from adjudication.readjudication.monitors import monitored_lines
from contracts.records.monitors import DecidedClaim, JudgedDecision
from contracts.time_source import TimeSource


@dataclass(frozen=True, slots=True)
class Texts:
    """The data in force and the draft, each with its hash. `codes`: the procedure codes whose lines can differ; None for all codes."""

    in_force: ReferenceData
    draft: ReferenceData
    hashes: tuple[str, str]
    codes: frozenset[str] | None


def draft_version(in_force: ReferenceData, drafts: ReferenceData, draft: PolicyVersion) -> Texts:
    """Compare one draft version: it governs its policy on every day, and all other data are those in force."""
    catalog = in_force.catalog.with_draft(drafts.catalog, draft)
    after = replace(in_force, catalog=catalog, facts={**drafts.facts, **in_force.facts})
    codes = draft.codes.union(*(each.codes for each in in_force.catalog.policies[draft.policy].versions))
    return Texts(in_force, after, (draft.content_hash, in_force.content_hash), codes)


def all_drafts(in_force: ReferenceData, drafts: ReferenceData) -> Texts:
    """Compare a whole folder of drafts, as if all of it were released."""
    return Texts(in_force, drafts, (drafts.content_hash, in_force.content_hash), None)


class MonitorJudge:
    """Compares the data in force with a draft. The port for authorizations must be that of a dry run, which records nothing."""

    def __init__(self, ports: Ports, recorded: RecordedStore, texts: Texts, clock: TimeSource) -> None:
        """Take the ports, the recorded claims, and the data to compare."""
        self._recorded, self._clock, self._after = recorded, clock, texts.draft
        of_recorded = replace(ports, claims=recorded)
        self._shadows = tuple(Shadows(of_recorded, text, clock) for text in (texts.in_force, texts.draft))

    async def judge(self, decisions: Sequence[DecidedClaim]) -> tuple[JudgedDecision, ...]:
        """Judge some decisions; one whose claim was decided again meanwhile is left to its newer version."""
        claims = [(each.claim_id, each.member_id) for each in decisions]
        recorded = await self._recorded.results([claim_id for claim_id, _ in claims])
        before, after = [await each.of_all(claims) for each in self._shadows]
        found = []
        for each in decisions:
            decided_at, lines = recorded.get(each.claim_id, (None, {}))
            if each.claim_id not in after or decided_at != each.decided_at:
                continue
            shadow, work = after[each.claim_id]
            settlements = work.stored.settlements
            alone = shadow_of(work, self._clock(), self._after, alone=True) if settlements else None
            shadows = (before[each.claim_id][0], shadow, alone)
            compared = monitored_lines(work.stored.claim, lines, shadows, settlements)
            found.append(JudgedDecision(each.claim_id, each.version, len(lines), compared))
        return tuple(found)
