"""Each appeal level of each product line, one row each as an appeals specialist would check it.

A denial of payment is upheld from level to level until the one in the row is reached, and is overturned there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from adjudication.appeals.actions import OpenLevel, ReceiveProof, RecordForward, RecordOutsideRuling
from adjudication.appeals.duty import Duty
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.independence import LineRuling, Ruling
from adjudication.appeals.rules import Appellant, EffectuationFrom, Forum, Matter, Subject, Urgency
from adjudication.model.vocabulary import LineNumber, PlanId, ProductLine
from tests.builders.appeals import APPEALS_MD, PEER, SECOND_MD, SPECIALIST, Appeal, an_appeal, rules

UPHELD, OVERTURNED = ((LineRuling(LineNumber(1), ruling),) for ruling in (Ruling.UPHELD, Ruling.OVERTURNED))

# The kind of plan, who appeals what; the level, who decides it; how long it may be asked for, how long the plan has, what the law
# makes of a plan that is late, and how long it then has to pay (from the request where it does).
TABLE = """
commercial        |             | member                | clinical       | internal                   | plan                     | 180 days         | 60 days          | deemed-exhausted       | 30 days
commercial        |             | member                | clinical       | external-review            | external-reviewer        | 4 months         |                  |                        | 1 business day
commercial        | HUDSON-COMM | member                | clinical       | utilization-review-appeal  | plan                     | 180 days         | 30 days          | deemed-overturned      | 15 days
commercial        | HUDSON-LG   | member                | clinical       | utilization-review-appeal  | plan                     | 180 days         | 30 days          | deemed-overturned      | 15 days
commercial        | HUDSON-COMM | contract-provider     | clinical       | external-appeal            | external-reviewer        | 60 days          |                  |                        | 15 days
commercial        | HUDSON-LG   | contract-provider     | clinical       | external-appeal            | external-reviewer        | 60 days          |                  |                        | 15 days
essential-plan    |             | member                | clinical       | utilization-review-appeal  | plan                     | 180 days         | 30 days          | deemed-overturned      | 15 days
essential-plan    |             | member                | clinical       | external-appeal            | external-reviewer        | 4 months         |                  |                        | 15 days
essential-plan    |             | member                | administrative | grievance                  | plan                     | 180 days         | 30 days          | escalated              | 15 days
essential-plan    |             | member                | administrative | grievance-appeal           | plan                     | 60 business days | 30 business days | escalated              | 15 days
child-health-plus |             | member                | clinical       | utilization-review-appeal  | plan                     | 180 days         | 30 days          | deemed-overturned      | 15 days
child-health-plus |             | contract-provider     | clinical       | external-appeal            | external-reviewer        | 60 days          |                  |                        | 15 days
child-health-plus |             | representative        | administrative | grievance                  | plan                     | 180 days         | 30 days          | escalated              | 15 days
child-health-plus |             | representative        | administrative | grievance-appeal           | plan                     | 60 business days | 30 business days | escalated              | 15 days
child-health-plus | HUDSON-CHP  | member                | administrative | grievance                  | plan                     | 180 days         | 30 days          | escalated              | 15 days
child-health-plus | HUDSON-CHP  | member                | administrative | grievance-appeal           | plan                     | 60 business days | 30 business days | escalated              | 15 days
child-health-plus | HUDSON-CHP  | member                | administrative | external-review            | external-reviewer        | 120 days         |                  |                        | 15 days
medicaid          |             | member                | clinical       | plan-appeal                | plan                     | 60 days          | 30 days          | deemed-exhausted       | 30 days
medicaid          |             | contract-provider     | clinical       | fair-hearing               | state                    | 120 days         |                  |                        | 30 days
medicaid          | HUDSON-MCD  | member                | clinical       | plan-appeal                | plan                     | 60 days          | 30 days          | deemed-exhausted       | 15 days
medicaid          | HUDSON-MCD  | contract-provider     | administrative | plan-appeal                | plan                     | 60 days          | 30 days          | deemed-exhausted       | 15 days
medicaid          | BUCKEYE-MCD | member                | administrative | plan-appeal                | plan                     | 60 days          | 30 days          | deemed-exhausted       | 30 days
commercial        | HUDSON-COMM | member                | administrative | internal                   | plan                     | 180 days         | 60 days          | deemed-exhausted       | 15 days
commercial        | HUDSON-LG   | member                | administrative | internal                   | plan                     | 180 days         | 60 days          | deemed-exhausted       | 15 days
medicaid          | HUDSON-MCD  | contract-provider     | clinical       | fair-hearing               | state                    | 120 days         |                  |                        | 30 days
medicaid          | HUDSON-MCD  | member                | clinical       | external-appeal            | external-reviewer        | 4 months         |                  |                        | 15 days
medicare-advantage|             | member                | clinical       | reconsideration            | plan                     | 60 days          | 60 days          | affirmed-and-forwarded | 60 days of the request
medicare-advantage|             | representative        | clinical       | independent-review         | independent-review-entity| 60 days          |                  |                        | 30 days
medicare-advantage|             | member                | clinical       | law-judge                  | administrative-law-judge | 60 days          |                  |                        | 60 days
medicare-advantage|             | member                | clinical       | council                    | appeals-council          | 60 days          |                  |                        | 60 days
medicare-advantage|             | member                | clinical       | court                      | court                    | 60 days          |                  |                        | 60 days
medicare-advantage|             | non-contract-provider | clinical       | reconsideration            | plan                     | 65 days          | 60 days          | affirmed-and-forwarded | 60 days of the request
medicare-advantage|             | non-contract-provider | administrative | independent-review         | independent-review-entity| 60 days          |                  |                        | 30 days
medicare-advantage|             | non-contract-provider | clinical       | law-judge                  | administrative-law-judge | 60 days          |                  |                        | 60 days
medicare-advantage|             | non-contract-provider | clinical       | council                    | appeals-council          | 60 days          |                  |                        | 60 days
medicare-advantage|             | non-contract-provider | clinical       | court                      | court                    | 60 days          |                  |                        | 60 days
medicare-advantage|             | contract-provider     | clinical       | dispute                    | plan                     | 180 days         | 60 days          | escalated              | 30 days
dual-snp          |             | member                | clinical       | integrated-reconsideration | plan                     | 60 days          | 30 days          | affirmed-and-forwarded | 60 days of the request
dual-snp          |             | non-contract-provider | clinical       | independent-review         | independent-review-entity| 60 days          |                  |                        | 30 days
dual-snp          |             | member                | clinical       | law-judge                  | administrative-law-judge | 60 days          |                  |                        | 60 days
dual-snp          |             | member                | clinical       | council                    | appeals-council          | 60 days          |                  |                        | 60 days
dual-snp          |             | member                | clinical       | court                      | court                    | 60 days          |                  |                        | 60 days
dual-snp          |             | member                | clinical       | fair-hearing               | state                    | 120 days         |                  |                        | 30 days
dual-snp          |             | contract-provider     | clinical       | dispute                    | plan                     | 180 days         | 60 days          | escalated              | 30 days
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One level of one product line."""

    line: str
    plan: str
    who: str
    matter: str
    level: str
    forum: str
    asked: str
    decided: str
    late: str
    paid: str

    def __str__(self) -> str:
        """Name the row in the list of tests."""
        return f"{self.plan or self.line} {self.who} {self.matter} {self.level}"


ROWS = [Row(*(cell.strip() for cell in row.split("|"))) for row in TABLE.strip().splitlines()]


def filed(row: Row) -> Appeal:
    """An appeal at its first level, with every proof that the appellant owes."""
    plan: dict[str, Any] = {"plan_id": PlanId(row.plan)} if row.plan else {}
    appeal = an_appeal(ProductLine(row.line), appellant=Appellant(row.who), matter=Matter(row.matter), **plan)
    standing = appeal.state.case.path.standing_of(Appellant(row.who))
    assert standing is not None
    for proof in sorted(standing.proofs):
        appeal.does(ReceiveProof(proof, "SYN-DOC-1"))
    return appeal


def rules_so(appeal: Appeal, rulings: tuple[LineRuling, ...]) -> None:
    """Have the level it is at rule: here by a person who had no part in it, elsewhere by reporting what came back."""
    if appeal.state.outside:
        appeal.does(RecordOutsideRuling(rulings, "SYN-DOC-2"))
        return
    clinical, matter = appeal.state.case.clinical, appeal.state.level.name
    first = PEER if clinical and matter == "utilization-review-appeal" else APPEALS_MD if clinical else SPECIALIST
    appeal.decided(SECOND_MD if matter == "grievance-appeal" else first, line1=rulings[0].ruling)


def reached(row: Row) -> Appeal:
    """Uphold it from level to level, until it is at the one of the row."""
    appeal = filed(row)
    while appeal.state.level.name != row.level:
        level = appeal.state.level
        rules_so(appeal, UPHELD)
        if level.forward is not None:
            appeal.does(RecordForward("SYN-IRE-1"))
        else:
            onward = row.level if row.level in level.next else level.next[0]
            appeal.does(OpenLevel(onward, FilingDates(appeal.now, notice_on=appeal.now.date()), appeal.now))
    return appeal


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_level_of_the_table_is_reached_and_has_the_times_of_the_table(row: Row) -> None:
    appeal = reached(row)
    level = appeal.state.level
    window = level.window(Appellant(row.who))
    assert window is not None
    decision = level.decision(Subject.PAYMENT, Urgency.STANDARD)
    assert (level.forum.value, str(window.period)) == (row.forum, row.asked)
    assert ("" if decision is None else str(decision.period)) == row.decided
    assert ("" if level.late_decision is None else level.late_decision.value) == row.late
    assert (Duty.DECISION in appeal.owes()) is (level.forum is Forum.PLAN)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_denial_overturned_at_the_level_of_the_table_is_paid_in_the_time_of_the_table(row: Row) -> None:
    appeal = reached(row)
    effect = appeal.state.level.effectuation_rule(Subject.PAYMENT, Urgency.STANDARD)
    rules_so(appeal, OVERTURNED)
    assert Duty.EFFECTUATION in appeal.owes()
    assert effect is not None
    counted = " of the request" if effect.counted_from is EffectuationFrom.REQUEST else ""
    assert f"{effect.period}{counted}" == row.paid


def test_every_level_of_every_path_of_every_product_line_has_a_row() -> None:
    tested = {(row.line if not row.plan else row.plan, filed(row).state.case.path.name, row.level) for row in ROWS}
    assert set(shipped()) - tested == set()


def shipped() -> Iterator[tuple[str, str, str]]:
    for path in rules().paths:
        for level in path.levels:
            for whose in (*path.product_lines, *path.plans):
                yield str(whose), path.name, level.name
