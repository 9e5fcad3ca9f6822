"""An acquisition that is taken back leaves its paid components to a person: raised, shown once, and never taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adjudication.model.claim import Claim
from adjudication.model.reference import ReferenceData
from contracts.events.reopenings import ReopeningRaised
from contracts.events.topics import REVIEW_TASKS
from storage.decisions.reopenings import newest_reopenings
from tests.builders.activities.claims import ACQUISITION, ANALYSIS, IMAGING, a_claim
from tests.builders.chains import a_correction, a_void
from tests.builders.ledger.chain_lives import PostgresLife
from tests.builders.ledger.ledgers import Stores
from tests.builders.plans import reference_requiring_authorization

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def requiring() -> ReferenceData:
    return reference_requiring_authorization()


@pytest.fixture
def life(stores: Stores, requiring: ReferenceData) -> PostgresLife:
    return PostgresLife(stores, requiring)


async def paid(life: PostgresLife, *claims: Claim) -> None:
    """Accept claims and commit that they are paid as billed."""
    await life.know(claims[0], ACQUISITION, "HUDSON-COMM")
    for claim in claims:
        await life.accept(claim)
        loaded = await life.stores.claims.load([claim.claim_id])
        await life.stores.decisions.commit("x", [life.stores.determined(loaded[claim.claim_id])])


async def raised(life: PostgresLife) -> list[tuple[str, str]]:
    """Control numbers of the claims to be adjudicated again, and of what caused it."""
    return [
        (row[0], row[1])
        for row in await life.stores.rows(
            "SELECT c.control_number, k.control_number FROM reopenings r JOIN claims c USING (claim_id) "
            "JOIN claims k ON k.claim_id::text = r.cause ORDER BY 1"
        )
    ]


async def test_a_voided_acquisition_raises_its_paid_components_and_takes_nothing_back(life: PostgresLife) -> None:
    study, analysis, scan = a_claim("O", ACQUISITION), a_claim("A", ANALYSIS), a_claim("S", IMAGING)
    await paid(life, study, analysis, scan)
    void = a_void(study, control="V")
    await life.accept(void)
    for _ in range(2):
        await life.run(void)
    assert await raised(life) == [("A", "O")]
    [found] = await newest_reopenings(life.stores.engine, 10)
    assert (found.claim_id, found.reason.value) == (analysis.claim_id, "acquisition-taken-back")
    published = [m for m in await life.stores.sent() if m.topic == REVIEW_TASKS and b"reopening" in m.value]
    assert [ReopeningRaised.model_validate_json(m.value).data.cause for m in published] == [study.claim_id]
    rows = "SELECT version FROM determinations WHERE claim_id = CAST(:id AS uuid)"
    assert await life.stores.rows(rows, id=analysis.claim_id) == [(1,)]
    assert await life.stores.broken() == []


def on(claim: Claim, days: int) -> Claim:
    """The claim, its services so many days later."""
    moved = (replace(line, service_date=line.service_date + timedelta(days=days)) for line in claim.lines)
    return replace(claim, lines=tuple(moved))


async def test_components_of_another_study_or_with_another_acquisition_stay_as_they_are(life: PostgresLife) -> None:
    study, near = a_claim("O", ACQUISITION), a_claim("A", ANALYSIS)
    elsewhere, again = on(a_claim("B", ANALYSIS), -40), on(a_claim("P", ACQUISITION), 1)
    await paid(life, study, near, elsewhere, again)
    void = a_void(study, control="V")
    await life.accept(void)
    await life.run(void)
    assert await raised(life) == []


async def test_nothing_is_raised_while_the_replacement_is_not_decided(life: PostgresLife) -> None:
    study, analysis = a_claim("O", ACQUISITION), a_claim("A", ANALYSIS)
    await paid(life, study, analysis)
    scan = a_correction(study, IMAGING, control="R")
    await life.accept(scan)
    await life.run(scan)
    assert await life.waiting() == [scan.claim_id], "a coder looks at the pair first"
    assert await raised(life) == []
