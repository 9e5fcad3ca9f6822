"""A signature comes from an action of the person who signed, under a license that person had; everything else is found."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from adjudication.model.reference import ReferenceData
from storage.audit.trail import broken
from storage.engine import create_engine
from storage.migrate import migrate
from storage.privileges.roles import OWNER
from tests.builders.ledger.audit_trail import tamper
from tests.builders.ledger.desks import DENIES, Desk, a_desk
from tests.builders.ledger.ledgers import SIGNATURE, Stores, denied
from tests.builders.ledger.submissions import a_submission
from tests.builders.servers.postgres import PostgresServer

pytestmark = pytest.mark.servers

ABSENT = "7d3c57a1-4d0b-4c8f-8c55-1a3f4d2f5f10"
PASSED = "(SELECT action_id FROM settlements WHERE line = 2)"
LICENSE = "(SELECT license FROM reviewer_signatures LIMIT 1)"
FORGED = """
    INSERT INTO reviewer_signatures (signature_id, claim_id, reviewer_id, role, licence_number, licence_state, signed_at,
                                     rationale, action_id, appeal_action_id, license, incomplete_because)
    SELECT gen_random_uuid(), claim_id, '{person}', 'physician', 'SYN-LIC-1', 'NY', now(), 'No person signed these words.',
           {action}, {appeal_action}, {license}, {mark} FROM claims
"""


def forged(
    action: str = "NULL",
    appeal_action: str = "NULL",
    license: str = LICENSE,
    mark: str = "NULL",
    person: str = "SYN-physician",
) -> str:
    return FORGED.format(action=action, appeal_action=appeal_action, license=license, mark=mark, person=person)


async def a_signed_denial(stores: Stores) -> Desk:
    """Line 1 denied with a physician's signature, line 2 passed by the same physician without one."""
    desk = await a_desk(stores)
    await desk.takes("physician")
    assert await desk.decides("physician", 1, **DENIES) == "ok"
    assert await desk.decides("physician", 2) == "ok"
    await desk.try_again()
    assert await desk.broken_trail() == []
    return desk


async def test_a_signature_names_its_action_and_the_license_as_it_stood(stores: Stores) -> None:
    await a_signed_denial(stores)
    [(action, appeal, number, profession)] = await stores.rows(
        """SELECT r.action_id = s.action_id, r.appeal_action_id, r.license->>'number', r.license->>'profession'
           FROM reviewer_signatures r JOIN settlements s USING (signature_id)"""
    )
    assert (action, appeal, number, profession) == (True, None, "SYN-LIC-1", "physician")


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (forged(), "signature_has_its_source"),
        (forged(action=PASSED, license="NULL"), "signature_has_its_source"),
        (forged(action=PASSED, appeal_action=f"'{ABSENT}'"), "signature_has_its_source"),
        (forged(action=f"'{ABSENT}'"), "signed_by_who_acted"),
        (forged(action=PASSED, person="SYN-second"), "signed_by_who_acted"),
        (forged(appeal_action=f"'{ABSENT}'"), "signed_in_an_appeal_action"),
        (forged(mark="' '"), "incomplete_because"),
    ],
    ids=[
        "no action",
        "no license",
        "two actions",
        "an unknown action",
        "of another person",
        "an unknown appeal action",
        "blank",
    ],
)
async def test_the_database_refuses_a_signature_without_its_source(
    stores: Stores, statement: str, constraint: str
) -> None:
    desk = await a_signed_denial(stores)
    with pytest.raises(IntegrityError, match=constraint):
        await stores.execute(statement)
    assert await desk.broken_trail() == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (forged(action=f"'{ABSENT}'"), "comes from no accepted action of its reviewer"),
        (forged(action=PASSED), "comes from no accepted action of its reviewer"),
        (forged(action=PASSED, person="SYN-second"), "comes from no accepted action of its reviewer"),
        (forged(appeal_action=f"'{ABSENT}'"), "comes from no accepted appeal action"),
        (forged(mark="'the license as it stood was not recorded'"), "the trail does not record the mark"),
        ('UPDATE reviewer_signatures SET license = \'{"number": "SYN-LIC-9", "state": "NY"}\'', "never had"),
        ("UPDATE reviewer_signatures SET licence_number = 'SYN-LIC-9'", "never had"),
        ("UPDATE reviewer_signatures SET incomplete_because = 'old', action_id = NULL", "does not record the mark"),
        ("DELETE FROM reviewer_signatures", "a settlement names a signature of the claim that is not stored"),
        (
            "UPDATE review_actions SET accepted = NULL, answered_at = NULL WHERE content->>'line' = '1'",
            "comes from no accepted action",
        ),
    ],
)
async def test_a_signature_forged_with_every_trigger_off_is_found(stores: Stores, statement: str, words: str) -> None:
    desk = await a_signed_denial(stores)
    await tamper(stores, statement)
    assert [each for each in await desk.broken_trail() if words in each]


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM reviewer_signatures", f"UPDATE determination_lines SET signature_id = '{ABSENT}'"],
    ids=["taken out", "never given"],
)
async def test_a_denied_line_whose_signature_is_not_stored_is_found(stores: Stores, statement: str) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    line = denied(one.claim.lines[0], carc="55", clinical=True, signature=SIGNATURE)
    await stores.signed(one.claim.claim_id, SIGNATURE)
    await stores.decisions.commit(batch.batch_id, [stores.determined(one, line)])
    assert [each async for each in broken(stores.engine)] == []
    await tamper(stores, statement)
    [found] = [each async for each in broken(stores.engine)]
    assert (
        found == f"claim/{one.claim.claim_id}: a determination line names a signature of the claim that is not stored"
    )


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            """UPDATE people SET roles = '["physician", "supervisor"]' WHERE person_id = 'SYN-nurse'""",
            "people/SYN-nurse: has other",
        ),
        ("UPDATE people SET licences = '[]' WHERE person_id = 'SYN-physician'", "people/SYN-physician: has other"),
        ("UPDATE people SET active = true WHERE person_id = 'SYN-gone'", "people/SYN-gone: has other"),
        (
            "UPDATE people SET reports_to = NULL, version = 9 WHERE person_id = 'SYN-coder'",
            "people/SYN-coder: has other",
        ),
        (
            """INSERT INTO people (person_id, roles, licences, conflicts, active, version)
               VALUES ('SYN-FORGED', '["physician"]', '[]', '[]', true, 1)""",
            "people/SYN-FORGED: is on the staff list, and the trail has no entry",
        ),
        (
            "DELETE FROM people WHERE person_id = 'SYN-examiner'",
            "people/SYN-examiner: is recorded by entry 1, and is not",
        ),
    ],
)
async def test_a_staff_list_rewritten_with_every_trigger_off_is_found(
    stores: Stores, statement: str, words: str
) -> None:
    desk = await a_signed_denial(stores)
    await tamper(stores, statement)
    assert [each for each in await desk.broken_trail() if each.startswith(words)]


async def test_a_ledger_of_an_earlier_version_gets_its_sources_and_stays_clean(
    postgres: PostgresServer, reference: ReferenceData
) -> None:
    """A signature that nothing names, and a person who was never recorded, are marked; a later mark is found."""
    dsn = postgres.migrated_database()
    owner = postgres.as_role(dsn, OWNER)
    engine = create_engine(dsn, pool_size=3)
    stores = Stores.over(engine, dsn, reference)
    try:
        await a_signed_denial(stores)
        source = await stores.rows("SELECT action_id, license->>'number' FROM reviewer_signatures")
        await engine.dispose()
        migrate(owner, "0034", down=True)
        orphan = FORGED.replace(
            "rationale, action_id, appeal_action_id, license, incomplete_because)", "rationale)"
        ).replace(",\n           {action}, {appeal_action}, {license}, {mark}", "")
        with psycopg.connect(owner) as connection:
            connection.execute(orphan.format(person="SYN-earlier"))
            connection.execute(
                """INSERT INTO people (person_id, roles, licences, conflicts, active, version)
                   VALUES ('SYN-earlier', '["physician"]', '[]', '[]', true, 3)"""
            )
        migrate(owner)
        assert [each async for each in broken(engine)] == []
        kept = await stores.rows(
            "SELECT action_id, license->>'number' FROM reviewer_signatures WHERE action_id IS NOT NULL"
        )
        assert kept == source
        marked = "SELECT incomplete_because FROM reviewer_signatures WHERE action_id IS NULL"
        assert await stores.rows(marked) == [
            ("no settlement, appeal decision or appeal action names it; the license as it stood was not recorded",)
        ]
        await tamper(stores, forged(mark="'no settlement, appeal decision or appeal action names it'"))
        [found] = [each async for each in broken(engine)]
        assert "the trail does not record the mark" in found
        recorded = await stores.rows("SELECT at FROM audit_trail WHERE subject = 'people/SYN-earlier'")
        assert recorded[0][0] > datetime(2025, 1, 1, tzinfo=UTC)
    finally:
        await engine.dispose()
