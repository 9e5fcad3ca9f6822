"""A decision the database would not take: two claims approved the same component at the same moment.

The unique index on approved components is the last line of defence; the edits saw the other line still in
process. The claim pends, and the next try sees the other claim decided, so the rules (not this module) answer
it.
"""

from __future__ import annotations

from activities.adjudication.working_set import ClaimWork
from adjudication.corrections.judge import lost_race
from adjudication.model.determination import Decision, Determination, Disposition
from adjudication.model.findings import Evidence, Finding
from adjudication.model.outcomes import COMPONENT_ELSEWHERE
from adjudication.model.pends import EDIT_PEND
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber, Step, Verdict
from adjudication.steps.determine import failed_step


def refusal_findings(work: ClaimWork, reference: ReferenceData) -> tuple[Finding, ...]:
    """Say what a refused commit means: its original changed, a component approved elsewhere, or else a failure.

    What a correction was to change may have changed meanwhile; it waits and reads its chain again.
    """
    if work.chain.gives_way:
        return (lost_race(work.stored.claim, reference.chain),)
    elsewhere = tuple(_elsewhere(line, reference) for line in _components(work.decision, reference))
    return elsewhere or (failed_step(Step.PRICING, "CommitRefused"),)


def _components(decision: Decision | None, reference: ReferenceData) -> list[LineNumber]:
    lines = decision.lines if isinstance(decision, Determination) else ()
    approved = (line for line in lines if line.disposition is Disposition.APPROVED)
    return [line.line for line in approved if line.code in reference.family.codes]


def _elsewhere(line: LineNumber, reference: ReferenceData) -> Finding:
    return Finding(
        step=Step.EDITS,
        outcome=COMPONENT_ELSEWHERE,
        verdict=Verdict.PENDS,
        citation=reference.family.citation,
        line=line,
        evidence=(Evidence("found_at", "commit"),),
        pend=EDIT_PEND,
    )
