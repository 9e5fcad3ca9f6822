"""Dependents under one member id: each has an own authorization with own units, and no person takes another's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy.exc import DBAPIError

from adjudication.model.persons import Relationship
from adjudication.model.reference import ReferenceData
from contracts.events.feeds import AuthorizationChangedV1, CoverageChangedV1, PatientV1
from storage.decisions.reopenings import newest_reopenings
from storage.engine import create_engine
from storage.migrate import migrate
from storage.privileges.roles import OWNER
from tests.builders.ledger.desks import Desk, a_desk, documented
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import BORN, a_coverage_change, a_submission, an_authorization_change
from tests.builders.servers.postgres import PostgresServer

pytestmark = pytest.mark.servers

CODE = "72156"
CHILD_BORN = date(2012, 6, 6)
DECIDED = """SELECT c.control_number, d.disposition, d.reason FROM determination_lines d JOIN claims c USING (claim_id)
    WHERE NOT d.superseded ORDER BY 1"""
HELD = """SELECT u.number, c.control_number FROM authorization_uses u JOIN claims c USING (claim_id)
    WHERE u.released_at IS NULL ORDER BY 1, 2"""


@dataclass(frozen=True)
class Someone:
    """A person of the family under one member id."""

    given_name: str
    born: date
    related: Relationship = Relationship.CHILD

    @property
    def patient(self) -> PatientV1:
        return PatientV1(
            birth_date=self.born, family_name="Synthberg", given_name=self.given_name, relationship=self.related
        )

    @property
    def coverage(self) -> CoverageChangedV1:
        return a_coverage_change(coverage_id=f"COV-{self.given_name}", plan="HUDSON-MA").model_copy(
            update={
                "birth_date": self.born,
                "family_name": "Synthberg",
                "given_name": self.given_name,
                "relationship": self.related,
            }
        )


ADA, EVA = Someone("Ada", CHILD_BORN), Someone("Eva", CHILD_BORN)
PARENT, SON = Someone("Synnove", BORN, Relationship.SELF), Someone("Syntson", CHILD_BORN)


def approval(number: str, whose: Someone | None, version: int = 1) -> AuthorizationChangedV1:
    change = an_authorization_change(version, number=number, code=CODE)
    return change.model_copy(update={"plan_id": "HUDSON-MA", "patient": None if whose is None else whose.patient})


async def billed(stores: Stores, control: str, whose: Someone) -> Desk:
    """The study of a person, adjudicated."""
    submission = documented(a_submission(control, CODE, given_name=whose.given_name, born=whose.born))
    return await a_desk(stores, submission, whose.coverage)


@pytest.mark.parametrize(("one", "other"), [(ADA, EVA), (PARENT, SON)], ids=["twins", "parent and son"])
async def test_each_of_two_has_the_same_study_on_one_day_by_an_own_authorization(
    stores: Stores, one: Someone, other: Someone
) -> None:
    await stores.feeds.apply_coverage([one.coverage, other.coverage])
    await stores.feeds.apply_authorizations([approval("AUTH-1", one), approval("AUTH-2", other)])
    await billed(stores, "C1", one)
    await billed(stores, "C2", other)
    assert [row[:2] for row in await stores.rows(DECIDED)] == [("C1", "approved"), ("C2", "approved")]
    assert await stores.rows(HELD) == [("AUTH-1", "C1"), ("AUTH-2", "C2")]
    await billed(stores, "C3", one)
    assert "C3" not in {control for _, control in await stores.rows(HELD)}, "the unit left is the other's"
    assert await stores.broken() == []


@pytest.mark.parametrize(("one", "other"), [(ADA, EVA), (PARENT, SON)], ids=["twins", "parent and son"])
async def test_the_authorization_of_one_gives_the_other_nothing(stores: Stores, one: Someone, other: Someone) -> None:
    await stores.feeds.apply_coverage([one.coverage, other.coverage])
    await stores.feeds.apply_authorizations([approval("AUTH-1", one)])
    await billed(stores, "C1", other)
    assert await stores.rows(DECIDED) == [("C1", "denied", "authorization.missing")]
    assert await stores.rows(HELD) == []


async def test_a_unit_that_another_person_took_before_the_authorization_named_one_pends(stores: Stores) -> None:
    """Only the parent was on file; then the son was enrolled, and the approval turns out to be the son's."""
    await stores.feeds.apply_coverage([PARENT.coverage])
    await stores.feeds.apply_authorizations([approval("AUTH-1", None)])
    await billed(stores, "C1", PARENT)
    await stores.feeds.apply_coverage([SON.coverage])
    await stores.feeds.apply_authorizations([approval("AUTH-1", SON, 2)])
    waiting = await billed(stores, "C2", SON)
    assert await waiting.waits_for() == [("P-AUTH", "authorization.unclear_person", 1)]
    assert await stores.rows(HELD) == [("AUTH-1", "C1")]
    raised = [(each.reason.value, each.claim_id) for each in await newest_reopenings(stores.engine, 10)]
    [(parents,)] = await stores.rows("SELECT claim_id::text FROM claims WHERE control_number = 'C1'")
    assert raised == [("authorization-withdrawn", parents)], (
        "what the approval paid for the parent is raised for a reopening"
    )


async def test_the_later_approval_of_a_sibling_raises_no_claim_of_another(stores: Stores) -> None:
    await stores.feeds.apply_coverage([PARENT.coverage, SON.coverage])
    await billed(stores, "C1", PARENT)
    await stores.feeds.apply_authorizations([approval("AUTH-1", SON)])
    assert not await newest_reopenings(stores.engine, 10)
    await stores.feeds.apply_authorizations([approval("AUTH-1", PARENT, 2)])
    assert [each.reason.value for each in await newest_reopenings(stores.engine, 10)] == ["late-authorization"]


async def test_the_ledger_refuses_units_of_another_persons_authorization(stores: Stores) -> None:
    await stores.accept(a_submission("C1", CODE))
    await stores.feeds.apply_authorizations(
        [approval("AUTH-1", SON), approval("AUTH-2", None).model_copy(update={"member_id": "SYN-000009"})]
    )
    for number in ("AUTH-1", "AUTH-2"):
        with pytest.raises(DBAPIError, match="is for another person"):
            await stores.execute(
                f"INSERT INTO authorization_uses SELECT '{number}', '{CODE}', claim_id, 1, 1 FROM claims"
            )
    await stores.feeds.apply_authorizations([approval("AUTH-1", PARENT, 2)])
    await stores.execute(f"INSERT INTO authorization_uses SELECT 'AUTH-1', '{CODE}', claim_id, 1, 1 FROM claims")
    assert await stores.rows("SELECT count(*) FROM authorization_uses JOIN claims USING (claim_id, person_id)") == [
        (1,)
    ]


async def test_units_taken_under_an_earlier_version_get_the_person_of_their_claim(
    postgres: PostgresServer, reference: ReferenceData
) -> None:
    """A ledger that knew units by member id alone is migrated; what no longer fits the authorization stays counted."""
    dsn = postgres.migrated_database()
    owner, engine = postgres.as_role(dsn, OWNER), create_engine(dsn, pool_size=3)
    stores = Stores.over(engine, dsn, reference)
    try:
        await stores.feeds.apply_coverage([PARENT.coverage])
        await stores.feeds.apply_authorizations([approval("AUTH-1", None)])
        await billed(stores, "C1", PARENT)
        await stores.feeds.apply_authorizations([approval("AUTH-1", SON, 2)])
        await engine.dispose()
        migrate(owner, "0049", down=True)
        migrate(owner)
        assert await stores.rows(HELD) == [("AUTH-1", "C1")]
        assert await stores.rows("SELECT count(*) FROM authorization_uses JOIN claims USING (claim_id, person_id)") == [
            (1,)
        ]
        assert await stores.broken() == []
    finally:
        await engine.dispose()
