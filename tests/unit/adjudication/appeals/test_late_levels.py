"""The plan's own further level, asked for by a filing: its window counts from the ruling before."""

from __future__ import annotations

import pytest

from activities.appeals.actions import look_at
from adjudication.appeals.independence import Ruling
from adjudication.appeals.rules import Appellant, Matter
from adjudication.model.vocabulary import ProductLine
from contracts.events.appeals import AppealFiledV1, ClaimReferenceV1
from contracts.records.appeals import AppealFile
from tests.builders.appeals import SPECIALIST, an_appeal, shipped


@pytest.mark.parametrize(("days", "late"), [(60, False), (120, True)])
def test_a_grievance_appeal_after_sixty_business_days_of_the_ruling_waits_for_a_person(days: int, late: bool) -> None:  # noqa: FBT001
    appeal = an_appeal(ProductLine.ESSENTIAL_PLAN, matter=Matter.ADMINISTRATIVE)
    appeal.decided(SPECIALIST, line1=Ruling.UPHELD)
    appeal.waits(days=days)
    filed = AppealFiledV1(
        submitter="SYN-APPEALS",
        appeal_reference="A-1",
        version=2,
        claim=ClaimReferenceV1(payer_claim_number="CW-SYN"),
        level="grievance-appeal",
        appellant=Appellant.MEMBER,
        channel="portal",
        received_at=appeal.now,
    )
    judged = look_at(AppealFile(appeal.state, 1, None, {}, {}, newer=(filed,)), appeal.now, shipped())
    assert judged.state is not None
    assert (judged.state.level.name, judged.state.late) == ("grievance-appeal", late)
