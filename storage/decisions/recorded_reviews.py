"""Recorded lines as the policies see them, and their reviews: as pinned in the ledger, or evaluated from it.

Evaluates with the same functions as the pipeline (adjudication/steps/necessity.py), and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.edits.patients import counted, of_patient
from adjudication.model.claim import Claim, SupportingFact
from adjudication.model.fact_dictionary import FactDictionary
from adjudication.model.findings import LegRecord
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.policy.catalog import NOT_A_BENEFIT, NOT_SEARCHED, LegRuling, PolicyCatalog
from adjudication.policy.evidence import Evidence, Subject, collect
from adjudication.policy.program import EVALUATOR_VERSION, Program
from adjudication.policy.verdict import CONTRADICTED, Result, rule_line
from adjudication.steps.eligibility import verify_eligibility
from adjudication.steps.fact_subjects import LinePlace, evidence_at, places_of
from adjudication.steps.subjects import Subjects
from contracts.records.decisions import HistoryQuery
from storage.claims.history import PostgresHistory
from storage.claims.working_set import PostgresClaims
from storage.decisions.policy_traces import StoredTrace
from storage.feeds.coverage import PostgresCoverage

_DIGITS = bytes.maketrans(b"012", b"\x00\x01\x02")


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """One line of the ledger: its subject (from the claim and the history), its facts, and its plan if it has one."""

    claim_id: ClaimId
    control_number: str
    number: LineNumber
    subject: Subject
    facts: tuple[SupportingFact, ...]
    plan: Plan | None
    sight: LineSight | None = None

    def evidence(self, facts: tuple[SupportingFact, ...], catalog: PolicyCatalog) -> Evidence:
        """Gather facts as the line sees them."""
        if self.sight is None:
            return collect(facts, catalog.screens)
        return evidence_at(facts, self.sight.place, self.sight.dictionary, catalog.screens)


@dataclass(frozen=True, slots=True)
class LineSight:
    """Decides which facts of its claim belong to a line."""

    place: LinePlace
    dictionary: FactDictionary


@dataclass(frozen=True, slots=True)
class Review:
    """The results of the policies for a line. `pinned`: exactly as it was decided; else evaluated now, and `note` says why."""

    line: RecordedLine
    legs: tuple[LegRuling, ...]
    evidence: Evidence
    decided_on: date
    pinned: bool
    note: str = ""


async def recorded_lines(
    engine: AsyncEngine, reference: ReferenceData, claim_ids: Sequence[ClaimId]
) -> list[RecordedLine]:
    """Read lines with the data their review rests on, claim by claim in the given order."""
    stored = await PostgresClaims(engine).load(claim_ids)
    claims = [stored[claim_id].claim for claim_id in claim_ids if claim_id in stored]
    histories = await PostgresHistory(engine).lines([_query(claim, reference) for claim in claims])
    spans = await PostgresCoverage(engine).spans(sorted({claim.member.member_id for claim in claims}))
    lines: list[RecordedLine] = []
    for claim in claims:
        eligibility = verify_eligibility(claim, spans.get(claim.member.member_id, ()), reference)
        plans = eligibility.plans
        history = counted(of_patient(claim, histories.of(claim.claim_id), eligibility.on_file))
        subjects = Subjects(claim, history, reference.reading.days)
        places = places_of(claim, reference)
        for line in claim.lines:
            plan = plans.get(line.number)
            presumed = reference.catalog.presumed
            subject = subjects.of(line, frozenset() if plan is None else presumed(plan.plan_id, line.service_date))
            sight = LineSight(places[line.number], reference.facts)
            lines.append(
                RecordedLine(claim.claim_id, claim.control_number, line.number, subject, claim.supporting, plan, sight)
            )
    return lines


def _query(claim: Claim, reference: ReferenceData) -> HistoryQuery:
    days = [line.service_date for line in claim.lines]
    back = timedelta(days=max(reference.family.window_days, reference.catalog.look_back_days))
    ahead = timedelta(days=reference.family.window_days)
    return HistoryQuery(claim.claim_id, claim.member, min(days) - back, max(days) + ahead)


def review(line: RecordedLine, trace: StoredTrace | None, catalog: PolicyCatalog, today: date) -> Review:
    """Return a line's review: the pinned one where it can be drawn again, else the policies' results of today."""
    if trace is None:
        return evaluated(line, line.facts, catalog, today, "no policy review is stored for this claim yet")
    decided_on = trace.decided_on or today
    records = trace.legs.get(line.number, ())
    if not records:
        note = "no policy was asked when it was decided (an authorization protects it, or it has no plan)"
        return evaluated(line, trace.facts, catalog, decided_on, note)
    legs = [pinned(record, catalog) for record in records]
    if None in legs:
        note = "the policy text it was decided under is not the one loaded here"
        return evaluated(line, trace.facts, catalog, decided_on, note)
    drawn = tuple(leg for leg in legs if leg is not None)
    return Review(line, drawn, line.evidence(trace.facts, catalog), decided_on, pinned=True)


def evaluated(
    line: RecordedLine, facts: tuple[SupportingFact, ...], catalog: PolicyCatalog, decided_on: date, note: str
) -> Review:
    """Apply the policies of a line's plan; without a plan there is none to apply."""
    evidence = line.evidence(facts, catalog)
    if line.plan is None:
        why = "no plan covers the line, so no policy governs it"
        return Review(line, (), evidence, decided_on, pinned=False, note=f"{note}; {why}")
    precedence = catalog.precedences[line.plan.precedence]
    legs = catalog.rule(precedence, line.subject, evidence, decided_on, line.plan.excluded_codes)
    return Review(line, legs, evidence, decided_on, pinned=False, note=note)


def with_facts(before: Review, changes: Mapping[str, SupportingFact | None], catalog: PolicyCatalog) -> Review:
    """Evaluate again with some facts changed (None removes one), under the versions of the same decision date."""
    facts_before = dict.fromkeys(fact for facts in before.evidence.stated.values() for fact in facts)
    kept = tuple(fact for fact in facts_before if fact.fact not in changes)
    facts = (*kept, *(fact for fact in changes.values() if fact is not None))
    return evaluated(before.line, facts, catalog, before.decided_on, "")


def pinned(record: LegRecord, catalog: PolicyCatalog) -> LegRuling | None:
    """Draw a recorded leg again; None if its policy text or evaluator version is not available."""
    if record.result == NOT_A_BENEFIT:
        return LegRuling(record.leg, record.authority, None, excluded=True)
    if record.policy is None and not record.answers:
        return LegRuling(record.leg, record.authority, None, unsearched=record.result == NOT_SEARCHED)
    program = _program(record, catalog)
    if program is None:
        return None
    answers = record.answers.encode().translate(_DIGITS)
    ruling = rule_line(program, answers)
    if record.result == Result.CONTRADICTION:  # the answers alone do not show why a fact is unknown
        ruling = replace(ruling, result=Result.CONTRADICTION, why=CONTRADICTED)
    return LegRuling(record.leg, record.authority, ruling, program, answers)


def _program(record: LegRecord, catalog: PolicyCatalog) -> Program | None:
    policy = catalog.policies.get(record.policy or "")
    if policy is None or record.evaluator != EVALUATOR_VERSION:
        return None
    for version in policy.versions:
        if (version.version, version.content_hash) == (record.version, record.content_hash):
            program = catalog.program(version, record.code)
            return program if program is not None and len(program.nodes) == len(record.answers) else None
    return None
