"""Replacements and voids on PostgreSQL, with the real activities; after each, every invariant of the ledger holds."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from adjudication.model import outcomes
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import Frequency
from cli.claims.explain import explain
from contracts.events.topics import DETERMINATIONS
from contracts.ids import batch_id, payer_claim_number
from contracts.workflow_messages.claims import STEP_ORDER, ClaimBatch
from storage.claims.claim_file import read_claim_file
from storage.decisions.commit import PostgresDecisions
from tests.builders.activities.claims import ACQUISITION, ANALYSIS, IMAGING, a_claim
from tests.builders.chain_lives import Sent, claims_of
from tests.builders.chains import a_correction, a_void
from tests.builders.ledger.chain_lives import PostgresLife
from tests.builders.ledger.desks import STAFF, Desk, documented
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import a_coverage_change, a_submission
from tests.builders.plans import reference_requiring_authorization

pytestmark = pytest.mark.servers
NEWEST = """
    SELECT c.control_number, l.version, l.disposition, l.paid::text, l.reason FROM determination_lines l
    JOIN claims c USING (claim_id)
    WHERE l.version = (SELECT max(version) FROM determinations d WHERE d.claim_id = l.claim_id) ORDER BY 1, l.line
"""
HELD = """
    SELECT c.control_number FROM authorization_uses u JOIN claims c USING (claim_id) WHERE u.released_at IS NULL ORDER BY 1
"""


@pytest.fixture(scope="module")
def requiring() -> ReferenceData:
    return reference_requiring_authorization()


@pytest.fixture
def life(stores: Stores, requiring: ReferenceData) -> PostgresLife:
    return PostgresLife(stores, requiring)


async def newest(life: PostgresLife) -> dict[str, tuple[int, str, str]]:
    """By control number: version, disposition and reason of the one line."""
    return {row[0]: (row[1], row[2], row[4]) for row in await life.stores.rows(NEWEST)}


async def test_a_replacement_takes_its_original_and_the_last_unit_back_in_one_commit(life: PostgresLife) -> None:
    original = a_claim("O", "72158")
    replacement = a_correction(original, "72158", control="R")
    await life.know(original, "72158", "HUDSON-MA")
    await life.accept(original)
    await life.run(original)
    assert await life.stores.rows(HELD) == [("O",)]
    await life.accept(replacement)
    await life.run(replacement)
    assert await newest(life) == {"O": (2, "reversed", outcomes.REPLACED), "R": (1, "approved", outcomes.RATED)}
    assert await life.stores.rows(HELD) == [("R",)]
    paid = await life.stores.rows(
        "SELECT sum(d.paid) FILTER (WHERE c.control_number = 'O'), sum(d.paid) > 0 FROM determinations d JOIN claims c USING (claim_id)"
    )
    assert [(int(zero), more) for zero, more in paid] == [(0, True)]
    assert await life.stores.broken() == []


@pytest.mark.parametrize("covered", [True, False], ids=["decided", "waits for its coverage"])
async def test_a_correction_is_free_once_its_original_is_adjudicated(life: PostgresLife, covered: bool) -> None:  # noqa: FBT001
    original = a_claim("O", "72158")
    replacement = a_correction(original, "72158", control="R")
    if covered:
        await life.know(original, "72158", "HUDSON-MA")
    await life.accept(original)
    await life.accept(replacement)
    await life.run(replacement)
    ledger = PostgresDecisions(life.stores.engine)
    assert await ledger.freed_corrections([replacement.claim_id]) == []
    await life.run(original)
    assert await ledger.freed_corrections([replacement.claim_id, original.claim_id]) == [replacement.claim_id]
    await life.run(replacement)
    assert await ledger.freed_corrections([replacement.claim_id]) == []


async def test_the_component_is_approved_again_for_the_replacement_and_for_no_other_person(
    stores: Stores, life: PostgresLife
) -> None:
    original = a_claim("O", ACQUISITION)
    replacement = a_correction(original, ACQUISITION, control="R")
    await life.know(original, ACQUISITION, "HUDSON-COMM")
    await life.accept(original)
    batch, loaded = "x", await stores.claims.load([original.claim_id])
    await stores.decisions.commit(batch, [stores.determined(loaded[original.claim_id])])
    await life.accept(replacement)
    await life.run(replacement)
    assert (await newest(life))["O"] == (1, "approved", outcomes.RATED)  # waits for a price: not taken back yet
    [(reserved,)] = await stores.rows("SELECT version IS NULL FROM supersessions")
    assert reserved
    [stored] = (await stores.claims.load([replacement.claim_id])).values()
    assert await stores.decisions.commit(batch, [stores.determined(stored)]) == {replacement.claim_id}


async def test_the_published_bytes_are_the_stored_ones_and_never_built_again(life: PostgresLife) -> None:
    original = a_claim("O")
    replacement = a_correction(original, IMAGING, control="R")
    await life.know(original, IMAGING, "HUDSON-COMM")
    await life.accept(original)
    await life.run(original)
    await life.accept(replacement)
    await life.run(replacement)
    before = await life.stores.sent()
    assert (await life.run(replacement)).determined == 1
    assert (await life.run(original)).determined == 1
    assert await life.stores.sent() == before
    fields = {m.event_id: m.value for m in before if m.topic == DETERMINATIONS}
    stored = await life.stores.rows("SELECT event_id, event::text FROM determinations")
    assert {event_id: event.encode() for event_id, event in stored} == fields
    assert len(fields) == 3


async def test_a_parked_replacement_is_found_by_its_original(life: PostgresLife) -> None:
    original = a_claim("O")
    replacement = a_correction(original, IMAGING, control="R")
    await life.know(original, IMAGING, "HUDSON-COMM")
    await life.accept(replacement)
    assert [p.codes for p in (await life.run(replacement)).pended] == [["P-CHAIN"]]
    await life.accept(original)
    assert (await life.run(original)).completes == [replacement.claim_id]
    await life.again(replacement.claim_id)
    assert {name: row[1] for name, row in (await newest(life)).items()} == {"O": "reversed", "R": "approved"}
    assert await life.stores.broken() == []


async def test_an_open_review_is_withdrawn_with_the_pend_of_its_replacement(life: PostgresLife) -> None:
    original = a_claim("O", ANALYSIS)
    replacement = a_correction(original, ANALYSIS, control="R")
    await life.know(original, ANALYSIS, "HUDSON-COMM")
    await life.accept(original)
    await life.run(original)
    await life.accept(replacement)
    summary = await life.run(replacement)
    assert await newest(life) == {"O": (1, "withdrawn", outcomes.REPLACED)}
    assert await life.waiting() == [replacement.claim_id]
    assert summary.completes == [original.claim_id]
    assert await life.stores.rows(HELD) == [("R",)]
    assert (await life.again(original.claim_id)).determined == 1
    assert await life.stores.broken() == []


async def test_the_submitters_own_number_finds_the_original_once_the_wait_is_over(life: PostgresLife) -> None:
    original = a_claim("O")
    replacement = a_correction("CW-NOT-OURS", IMAGING, control="O", revision=2)
    replacement = replace(replacement, member=original.member)
    await life.know(original, IMAGING, "HUDSON-COMM")
    await life.accept(original)
    await life.run(original)
    await life.accept(replacement)
    assert [p.codes for p in (await life.run(replacement)).pended] == [["P-CHAIN"]]
    await life.time_passes()
    rows = await life.stores.rows(
        "SELECT c.revision, d.version FROM determinations d JOIN claims c USING (claim_id) ORDER BY 1, 2"
    )
    assert rows == [(1, 1), (1, 2), (2, 1)]
    assert await life.stores.broken() == []


@pytest.mark.parametrize("attempt", range(4))
async def test_of_two_workers_one_takes_the_original(
    life: PostgresLife, requiring: ReferenceData, attempt: int
) -> None:
    original = a_claim("O", "72158")
    rivals = [a_correction(original, "72158", control="R"), a_void(original, "72158", control="V")]
    await life.know(original, "72158", "HUDSON-MA")
    await life.accept(original)
    await life.run(original)
    for rival in rivals:
        await life.accept(rival)
    other = PostgresLife(life.stores, requiring)
    await asyncio.gather(life.run(rivals[attempt % 2]), other.run(rivals[1 - attempt % 2]))
    assert await life.stores.broken() == []
    for _ in range(2):
        await life.time_passes()
    found = await newest(life)
    assert found["O"][:2] == (2, "reversed")
    assert sorted(found[name][2] for name in "RV") in (
        sorted([outcomes.RATED, outcomes.ALREADY_CHANGED]),
        sorted([outcomes.ALREADY_CHANGED, outcomes.VOID_CARRIED_OUT]),
    )
    assert await life.stores.broken() == []


async def test_a_replacement_that_meets_the_end_of_its_originals_review_reads_again(
    life: PostgresLife, stores: Stores
) -> None:
    """The original is decided between the replacement's reading and its commit."""
    original = a_claim("O", ANALYSIS)
    replacement = a_correction(original, ANALYSIS, control="R")
    await life.know(original, ANALYSIS, "HUDSON-COMM")
    await life.accept(original)
    await life.run(original)
    await life.accept(replacement)
    commit = life.steps[5].__self__._decisions.commit
    loaded = (await stores.claims.load([original.claim_id]))[original.claim_id]

    async def after_a_reviewer(batch: str, publications: object, **named: object) -> object:
        life.steps[5].__self__._decisions.commit = commit
        await stores.decisions.commit("review", [stores.determined(loaded, round_number=1)])
        return await commit(batch, publications, **named)

    life.steps[5].__self__._decisions.commit = after_a_reviewer
    (pended,) = (await life.run(replacement)).pended
    assert pended.codes == ["P-CHAIN"]
    assert (await newest(life))["O"][:2] == (1, "approved")
    assert await stores.rows("SELECT 1 FROM supersessions") == []
    await life.again(replacement.claim_id)
    assert await stores.rows("SELECT version FROM supersessions") == [(None,)]
    assert await stores.broken() == []


@pytest.mark.parametrize("seed", range(8))
async def test_no_order_of_arrival_breaks_an_invariant(stores: Stores, requiring: ReferenceData, seed: int) -> None:
    chance = random.Random(seed)
    code, plan = chance.choice([("72158", "HUDSON-MA"), (IMAGING, "HUDSON-COMM"), (ACQUISITION, "HUDSON-COMM")])
    kinds = [Frequency.REPLACEMENT, Frequency.REPLACEMENT, Frequency.VOID, Frequency.ORIGINAL]
    claims = claims_of([Sent(chance.choice(kinds), chance.randrange(6)) for _ in range(6)], code)
    workers = [PostgresLife(stores, requiring) for _ in range(2)]
    await workers[0].know(claims[0], code, plan)
    arrivals = chance.sample(claims, len(claims))
    while arrivals:
        batches = [arrivals[:2], arrivals[2:3]]
        arrivals = arrivals[3:]
        for batch in batches:
            await workers[0].accept(*batch)
        await asyncio.gather(*(worker.run(*batch) for worker, batch in zip(workers, batches, strict=True)))
        assert await stores.broken() == []
    for _ in range(6):
        await workers[0].time_passes()
        assert await stores.broken() == []
    assert await stores.rows("SELECT 1 FROM pends WHERE code = 'P-CHAIN' AND closed_at IS NULL") == []
    paying = await stores.rows(
        "SELECT count(*) FROM determination_lines WHERE disposition = 'approved' AND NOT superseded"
    )
    originals = sum(claim.frequency is Frequency.ORIGINAL for claim in claims)
    assert paying[0][0] <= originals


async def test_the_file_of_a_claim_names_its_corrections(stores: Stores, life: PostgresLife) -> None:
    original = a_claim("O")
    replacement = a_correction(original, IMAGING, control="R")
    await life.know(original, IMAGING, "HUDSON-COMM")
    await life.accept(original)
    await life.run(original)
    await life.accept(replacement)
    await life.run(replacement)
    file = await read_claim_file(stores.engine, original.claim_id)
    assert [(row.relation, row.control_number) for row in file.related] == [("superseded by", "R")]
    words = "\n".join(explain(file))
    assert f"superseded by[/bold] R (claim id {replacement.claim_id})" in words
    assert "superseded: version 1" in words
    assert "line 1: 72148 [bold]reversed[/bold]" in words
    file = await read_claim_file(stores.engine, replacement.claim_id)
    assert [(row.relation, row.control_number) for row in file.related] == [("replaces", "O")]


@pytest.mark.parametrize("facts", [True, False], ids=["decided", "pended for documents"])
async def test_a_correction_read_while_its_original_was_being_adjudicated_is_tried_again_at_once(
    stores: Stores,
    facts: bool,  # noqa: FBT001
) -> None:
    """The original's batch looks for corrections that wait before this one does."""
    await put_people(stores.engine, STAFF)
    await stores.feeds.apply_coverage([a_coverage_change()])
    first = documented(a_submission("C1", "72148")) if facts else a_submission("C1", "72148")
    named = payer_claim_number(first.claim_id)
    _, [original, correction] = await stores.accept(first, documented(a_submission("C2", "72148", replaces=named)))
    deciding, waiting = Desk(stores, original, rounds=-1), Desk(stores, correction, rounds=0)
    batch = ClaimBatch(batch_id((correction.claim.claim_id,)), [correction.claim.claim_id], 0)
    for step in STEP_ORDER[:-1]:
        await waiting.run(step, batch)
    assert (await deciding.try_again()).determined == int(facts)
    summary = await waiting.run(STEP_ORDER[-1], batch)
    assert [pended.retry_at for pended in summary.pended] == [waiting.now.isoformat()]
    assert (await waiting.try_again()).determined == 1
