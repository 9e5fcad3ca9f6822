"""The worklist's additions to each claim: policy tallies, authorization outcomes and related lines, for a whole page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from adjudication.model.claim import Claim
from adjudication.model.findings import LegRecord
from adjudication.model.history import HistoryLine
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber, OutcomeCode, Step
from adjudication.policy.evidence import collect
from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN
from adjudication.policy.tree import Leaf
from console.review.deciding import DecidingQuestion, deciding_questions
from contracts.records.decisions import HistoryQuery
from rulebook.library import PolicyLibrary
from storage.claims.history import PostgresHistory
from storage.decisions.policy_traces import StoredTrace, latest_traces
from storage.decisions.recorded_reviews import pinned
from storage.engine import Database
from storage.review.worklist import outcomes_of


@dataclass(frozen=True, slots=True)
class Tally:
    """The number of criteria of one policy version that a line meets. `needed`: unknown criteria that could change the result."""

    leg: str
    policy: str
    version: str
    result: str
    met: int
    not_met: int
    unknown: int
    needed: int


@dataclass(frozen=True, slots=True)
class RowContext:
    """A claim's policy tallies per line, the findings of its authorization match, related claims' lines, and the deciding question."""

    tallies: Mapping[LineNumber, tuple[Tally, ...]]
    authorization: tuple[OutcomeCode, ...]
    siblings: tuple[HistoryLine, ...]
    questions: tuple[DecidingQuestion, ...] = ()


class WorklistContexts:
    """Reads the additions of a page."""

    def __init__(self, engine: Database, library: PolicyLibrary) -> None:
        """Use a pool and the loaded policies."""
        self._engine, self._library = engine, library

    def policies(self) -> tuple[str, ...]:
        """Name the loaded policy versions."""
        policies = self._library.medical.catalog.policies.values()
        return tuple(sorted(f"{each.policy} {each.version}" for policy in policies for each in policy.versions))

    async def of(self, claims: Sequence[Claim]) -> Mapping[ClaimId, RowContext]:
        """Return the context of each claim."""
        ids = [claim.claim_id for claim in claims]
        traces = await latest_traces(self._engine, ids)
        authorization = await outcomes_of(self._engine, ids, Step.AUTHORIZATION)
        queries = [_around(claim, self._library.reference) for claim in claims]
        history = await PostgresHistory(self._engine).lines(queries)
        served = {claim.claim_id: {line.number: line.service_date for line in claim.lines} for claim in claims}
        return {
            claim_id: RowContext(
                tallies=self._tallies(traces.get(claim_id)),
                authorization=tuple(OutcomeCode(each) for each in authorization.get(claim_id, ())),
                siblings=tuple(history.of(claim_id)),
                questions=self._questions(traces.get(claim_id), served[claim_id]),
            )
            for claim_id in ids
        }

    def _tallies(self, trace: StoredTrace | None) -> dict[LineNumber, tuple[Tally, ...]]:
        if trace is None:
            return {}
        found = {line: tuple(self._tallied(legs)) for line, legs in trace.legs.items()}
        return {line: tallies for line, tallies in found.items() if tallies}

    def _questions(self, trace: StoredTrace | None, served: Mapping[LineNumber, date]) -> tuple[DecidingQuestion, ...]:
        """Return the first unmet criterion that decides the first line; most lines of a claim have the same one."""
        if trace is None:
            return ()
        catalog = self._library.medical.catalog
        evidence = collect(trace.facts, catalog.screens)
        for line, records in trace.legs.items():
            for leg in (pinned(record, catalog) for record in records):
                if leg is None or line not in served:
                    continue
                found = deciding_questions(leg, evidence, served[line], self._library.letters.units)
                if found:
                    return found
        return ()

    def _tallied(self, records: Sequence[LegRecord]) -> Iterator[Tally]:
        for record in records:
            leg = pinned(record, self._library.medical.catalog)
            if leg is None or leg.program is None or leg.ruling is None:
                continue
            leaves = [index for index, node in enumerate(leg.program.nodes) if isinstance(node, Leaf)]
            answers = [leg.answers[index] for index in leaves]
            version = leg.program.version
            yield Tally(
                leg=leg.leg,
                policy=version.policy,
                version=version.version,
                result=leg.name,
                met=answers.count(MET),
                not_met=answers.count(NOT_MET),
                unknown=answers.count(UNKNOWN),
                needed=len(leg.ruling.open_leaves),
            )


def _around(claim: Claim, reference: ReferenceData) -> HistoryQuery:
    """Return the query for the member's other lines within the days in which components belong to one study."""
    days, reach = [line.service_date for line in claim.lines], timedelta(days=reference.family.window_days)
    return HistoryQuery(claim.claim_id, claim.member, min(days) - reach, max(days) + reach)
