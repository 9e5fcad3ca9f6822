"""What rests on clinical records is denied by signature: asked of the product, and held by PostgreSQL besides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.events.claims import AttachmentV1
from tests.builders.ledger.desks import DENIES, Desk, a_desk, with_claim_fields
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_submission
from tests.builders.reference import with_limit

pytestmark = pytest.mark.servers

MISSING = "necessity.facts_missing"
FOR_RECORDS = {**DENIES, "denies_as": "necessity.records_not_received", "criteria": ["S4-G01"]}
FOR_PAPERS = {"resolution": "denies", "denies_as": "necessity.documents_not_received"}


async def signed(stores: Stores) -> list[tuple[str, str, bool, bool]]:
    return [
        tuple(row)
        for row in await stores.rows(
            "SELECT reason, carc, clinical, signature_id IS NOT NULL FROM determination_lines WHERE disposition = 'denied'"
        )
    ]


async def overdue(stores: Stores) -> Desk:
    """A lumbar study, the records of which were asked for and never came."""
    desk = await a_desk(stores, a_submission("C1", "72148"))
    desk.now += timedelta(days=60)
    return desk


async def test_records_that_never_came_are_held_against_the_member_by_a_physician_only(stores: Stores) -> None:
    desk = await overdue(stores)
    await desk.takes("examiner")
    assert await desk.decides("examiner", 1, MISSING, **FOR_PAPERS) == "clinical-records"
    assert await desk.do("examiner", action="release") == "ok"
    await desk.takes("physician")
    assert await desk.decides("physician", 1, MISSING, **FOR_RECORDS) == "ok"
    assert (await desk.try_again()).determined == 1
    assert await signed(stores) == [("necessity.records_not_received", "226", True, True)]
    assert await stores.broken() == []


async def test_units_that_records_do_not_support_are_denied_by_a_physician_only(stores: Stores) -> None:
    limited = replace(stores, reference=with_limit(stores.reference, "72148", 1, "3"))
    submission = a_submission("C1")
    (line,) = submission.claim.lines
    records = AttachmentV1(control_number="SYN-DOC-1", report_type="RR", transmission="EL")
    changed = {"lines": (line.model_copy(update={"units": Decimal(2)}),), "attachments": (records,)}
    desk = await a_desk(limited, with_claim_fields(submission, changed))
    outcome = "edits.units_reviewable"
    await desk.takes("coder")
    assert await desk.decides("coder", 1, outcome, **{**DENIES, "denies_as": outcome}) == "outcome"
    judged = {**DENIES, "denies_as": "edits.units_not_supported"}
    assert await desk.decides("coder", 1, outcome, **judged) == "role-may-not"
    recommends = {"action": "recommend", "line": 1, "outcome": outcome, "resolution": "denies"}
    assert await desk.do("coder", **recommends, rationale=DENIES_RATIONALE) == "ok"
    await desk.takes("physician")
    assert await desk.decides("physician", 1, outcome, **judged) == "ok"


DENIES_RATIONALE = "The two reports describe one and the same acquisition of this member's lumbar spine."


@pytest.mark.parametrize(
    ("label", "clinical", "office", "constraint"),
    [
        ("necessity.records_not_received", False, True, "clinical_label_is_clinical"),
        ("edits.units_not_supported", False, True, "clinical_label_is_clinical"),
        ("necessity.records_not_received", True, True, "clinical_denial_settled_by_signature"),
        ("necessity.documents_not_received", False, False, "clinical_records_are_signed"),
        ("edits.units_reviewable", False, True, "units_are_signed"),
        ("edits.diagnosis_not_supported", False, True, "clinical_label_is_clinical"),
        ("edits.diagnosis_inconsistent", False, True, "diagnosis_is_signed"),
    ],
)
async def test_postgresql_refuses_the_unsigned_denial_whoever_writes_it(
    stores: Stores,
    label: str,
    clinical: bool,  # noqa: FBT001 - a parameter of the test
    office: bool,  # noqa: FBT001 - a parameter of the test
    constraint: str,
) -> None:
    desk = await overdue(stores)
    await desk.takes("examiner")
    row = {"claim": desk.claim_id, "label": label, "clinical": clinical, "office": office}
    insert = """
        INSERT INTO settlements (claim_id, line, outcome, resolution, denies_as, clinical, person_id, role, rationale, evidence,
                                 criteria, settled_at, action_id, office_records)
        SELECT claim_id, 1, 'necessity.facts_missing', 'denies', :label, :clinical, person_id, 'physician',
               repeat('Synthetic reasons. ', 4), '[]', '[]', now(), action_id, :office
        FROM review_actions WHERE claim_id = CAST(:claim AS uuid) LIMIT 1"""
    with pytest.raises(IntegrityError, match=constraint):
        async with stores.engine.begin() as connection:
            await connection.execute(text(insert), row)


async def test_rows_of_earlier_versions_stay(stores: Stores) -> None:
    """The constraints are not applied to what is there: they are marked so."""
    unread = await stores.rows(
        "SELECT conname FROM pg_constraint WHERE NOT convalidated AND conname = ANY(ARRAY['clinical_records_are_signed', 'diagnosis_is_signed', "
        "'units_are_signed', 'clinical_label_is_clinical', 'clinical_reason_is_clinical']) ORDER BY conname"
    )
    assert [name for (name,) in unread] == [
        "clinical_label_is_clinical",
        "clinical_reason_is_clinical",
        "clinical_records_are_signed",
        "diagnosis_is_signed",
        "units_are_signed",
    ]
