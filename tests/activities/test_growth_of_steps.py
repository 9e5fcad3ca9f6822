"""From the first step to the rows that are written, the worker's steps on a claim grow with its lines, not with their square."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from adjudication.model.claim import Claim
from adjudication.model.determination import Determination
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from contracts.records.decisions import Publication
from storage.decisions import rows as decision_rows
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import ACQUISITION, ANALYSIS, IMAGING, a_claim, a_line, a_member, an_authorization
from tests.builders.activities.claims import coverage as covered
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.counted import growth

LINEAR = 4.4
SIZE = 20
"""Four times as many lines are still evaluated on the event loop, where they are counted."""


class Keeping(InMemoryLedger):
    """Keeps what was committed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.publications: list[Publication] = []

    async def commit(
        self, batch_id: str, publications: Sequence[Publication], *, finished: bool = True
    ) -> frozenset[ClaimId]:
        self.publications += publications
        return await super().commit(batch_id, publications, finished=finished)


def of_lines(count: int, *codes: str) -> Claim:
    lines = (replace(a_line(1, codes[n % len(codes)], f"{500 + n}.00"), number=LineNumber(n + 1)) for n in range(count))
    return replace(a_claim("L"), lines=tuple(lines))


def a_worker(claim: Claim, reference: ReferenceData) -> tuple[Keeping, Adjudicator]:
    ledger = Keeping()
    ledger.accept(claim)
    ledger.cover(covered(claim.member))
    ledger.authorize(an_authorization(claim.member, ACQUISITION, units=999))
    return ledger, Adjudicator(ledger, reference)


@pytest.mark.parametrize("codes", [(IMAGING,), (ACQUISITION, ANALYSIS), (IMAGING, ANALYSIS)])
def test_all_steps_and_the_publication_of_four_times_the_lines_take_four_times_the_work(
    codes: tuple[str, ...], reference: ReferenceData
) -> None:
    def run(lines: int) -> Callable[[], object]:
        claim = of_lines(lines, *codes)
        _, adjudicator = a_worker(claim, reference)
        return lambda: asyncio.run(adjudicator.run(claim))

    assert growth(run, SIZE) < LINEAR


@pytest.mark.parametrize("codes", [(IMAGING,), (IMAGING, ANALYSIS)])
def test_the_rows_of_four_times_the_lines_take_four_times_the_work(
    codes: tuple[str, ...], reference: ReferenceData
) -> None:
    def run(lines: int) -> Callable[[], object]:
        claim = of_lines(lines, *codes)
        ledger, adjudicator = a_worker(claim, reference)
        asyncio.run(adjudicator.run(claim))
        determined, waiting = decision_rows.determined(ledger.publications), decision_rows.waiting(ledger.publications)
        assert len(determined) + len(waiting) == 1

        def rows() -> None:
            decision_rows.determination_rows(determined)
            decision_rows.line_rows(determined)
            decision_rows.trace_rows(waiting)
            decision_rows.pend_rows(waiting)
            decision_rows.policy_trace_rows([*determined, *waiting])

        return rows

    assert growth(run, SIZE) < LINEAR


async def test_999_lines_are_decided_by_the_same_steps(reference: ReferenceData) -> None:
    claim = replace(of_lines(999, IMAGING), member=a_member(2))
    ledger, adjudicator = a_worker(claim, reference)
    summary = await adjudicator.run(claim)
    assert summary.determined + len(summary.pended) == 1
    assert [pended.large for pended in summary.pended] == [True] * len(summary.pended)
    (publication,) = ledger.publications
    decision = publication.decision
    lines = len(decision.lines) if isinstance(decision, Determination) else len({f.line for f in decision.findings})
    assert lines == 999
