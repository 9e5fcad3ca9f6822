"""Who a claim is for, in the ledger: persons under one member id have their own history, components and coverage."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from adjudication.model.persons import Person, Relationship, Sex
from adjudication.model.reference import ReferenceData
from contracts.claim_intake.registration import Registration
from contracts.events.feeds import CoverageChangedV1
from contracts.records.decisions import HistoryQuery
from storage.engine import create_engine
from storage.migrate import migrate
from storage.privileges.roles import OWNER
from tests.builders.ledger.ledgers import Stores, approved
from tests.builders.ledger.submissions import BORN, MEMBER, SERVICE_DATE, a_coverage_change, a_submission, request
from tests.builders.servers.postgres import PostgresServer

pytestmark = pytest.mark.servers

SON_BORN = date(1990, 5, 1)


async def test_history_holds_what_may_be_the_patients_and_nothing_of_another_person(stores: Stores) -> None:
    _, [father, son, namesake] = await stores.accept(
        a_submission("C1"), a_submission("C2", born=SON_BORN), a_submission("C3", given_name="Synnova")
    )
    query = HistoryQuery(father.claim.claim_id, father.claim.member, SERVICE_DATE, SERVICE_DATE)
    found = (await stores.history.lines([query])).of(father.claim.claim_id)
    assert [line.claim_id for line in found] == [namesake.claim.claim_id]
    assert [line.patient for line in found] == [Person(BORN, "Synthberg", "Synnova")]
    query = HistoryQuery(son.claim.claim_id, son.claim.member, SERVICE_DATE, SERVICE_DATE)
    assert (await stores.history.lines([query])).of(son.claim.claim_id) == ()


async def test_a_component_is_approved_once_for_each_person(stores: Stores) -> None:
    batch, stored = await stores.accept(
        a_submission("C1", "0609T"), a_submission("C2", "0609T", born=SON_BORN), a_submission("C3", "0609T")
    )
    publications = [stores.determined(one, approved(one.claim.lines[0])) for one in stored]
    assert await stores.decisions.commit(batch.batch_id, publications) == {stored[2].claim.claim_id}
    assert await stores.broken() == []


async def test_a_person_has_one_id_of_the_ledger_whatever_the_writing_of_the_name(stores: Stores) -> None:
    await stores.accept(
        a_submission("C1"), a_submission("C2", given_name="SYNNÓVE Anna"), a_submission("C3", born=SON_BORN)
    )
    found = await stores.rows("SELECT person_id FROM claims ORDER BY sequence")
    assert found[0] == found[1] != found[2]
    columns = await stores.rows(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'person_id' AND data_type = 'bigint'"
    )
    assert {name for (name,) in columns} == {"persons", "claims", "determination_lines", "authorization_uses"}


async def test_another_person_under_a_repeated_number_is_another_claim(stores: Stores) -> None:
    """A clinic numbers by visit: two children on one day under one number are no conflict."""
    await stores.accept(a_submission("C1"))
    other, same = a_submission("C1", born=SON_BORN, offset=9), a_submission("C1", charge="600.00", offset=10)
    found = await stores.ledger.register(request(other, same))
    assert found.outcomes == (Registration.NEW, Registration.CONFLICT)


async def test_a_span_states_whom_it_covers_or_leaves_it_open(stores: Stores) -> None:
    span = CoverageChangedV1(
        coverage_id="COV-9",
        member_id=MEMBER,
        plan_id="HUDSON-COMM",
        birth_date=BORN,
        starts=date(2025, 1, 1),
        version=1,
    )
    named = {"family_name": "Synthberg", "given_name": "Synnove", "suffix": "II", "relationship": Relationship.CHILD}
    await stores.feeds.apply_coverage([span, span.model_copy(update={"coverage_id": "COV-8", **named})])
    found = (await stores.coverage.spans([MEMBER]))[MEMBER]
    assert {each.coverage_id: each.person for each in found} == {
        "COV-9": Person(BORN),
        "COV-8": Person(BORN, "Synthberg", "Synnove", "II", Relationship.CHILD),
    }
    await stores.feeds.apply_coverage([span.model_copy(update={"coverage_id": "COV-8", "version": 2})])
    assert [each.patient for each in (await stores.coverage.spans([MEMBER]))[MEMBER]] == [None, None]


async def test_no_claim_is_without_a_person(stores: Stores) -> None:
    await stores.accept(a_submission("C1"))
    async with stores.engine.connect() as connection:
        nullable = await connection.scalars(
            text(
                "SELECT is_nullable FROM information_schema.columns WHERE table_name = 'claims' AND column_name IN ('person_id', 'patient')"
            )
        )
        assert set(nullable.all()) == {"NO"}


async def test_claims_of_an_earlier_version_get_the_person_that_they_state(
    postgres: PostgresServer, reference: ReferenceData
) -> None:
    """A ledger without persons is migrated: who shares a member id is distinguished, and what was decided stands."""
    dsn = postgres.migrated_database()
    owner, engine = postgres.as_role(dsn, OWNER), create_engine(dsn, pool_size=3)
    stores = Stores.over(engine, dsn, reference)
    try:
        batch, stored = await stores.accept(
            a_submission("C1", "0609T"), a_submission("C2", born=SON_BORN), a_submission("C3")
        )
        decided = stores.determined(stored[0], approved(stored[0].claim.lines[0]))
        await stores.decisions.commit(batch.batch_id, [decided, *(stores.pended(one) for one in stored[1:])])
        await engine.dispose()
        migrate(owner, "0039", down=True)
        migrate(owner)
        mine, sons, again = await stores.rows("SELECT person_id FROM claims ORDER BY sequence")
        assert mine == again != sons
        assert await stores.rows("SELECT person_id FROM determination_lines") == [mine]
        father = stored[0].claim
        query = HistoryQuery(father.claim_id, father.member, SERVICE_DATE, SERVICE_DATE)
        found = (await stores.history.lines([query])).of(father.claim_id)
        assert [line.claim_id for line in found] == [stored[2].claim.claim_id]
        assert await stores.broken() == []
    finally:
        await engine.dispose()


async def test_a_span_keeps_the_sex_that_it_states(stores: Stores) -> None:
    span = a_coverage_change()
    changes = [
        span.model_copy(update={"coverage_id": f"COV-{stated}", "sex": stated})
        for stated in ("female", "male", "other", "unknown", None)
    ]
    await stores.feeds.apply_coverage(changes)
    found = {each.coverage_id: (each.sex, each.patient) for each in (await stores.coverage.spans([MEMBER]))[MEMBER]}
    nothing = (None, None)
    assert found == {
        "COV-female": (Sex.FEMALE, None),
        "COV-male": (Sex.MALE, None),
        "COV-other": nothing,
        "COV-unknown": nothing,
        "COV-None": nothing,
    }
