"""A campaign judges claims by coverage, authorizations and roster as they were too: each difference has its right cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adjudication.model.vocabulary import ClaimId
from runtime.processes.other_policies import keep_policies
from runtime.settings import Settings
from storage.privileges.roles import DatabaseRole
from storage.readjudication.campaign_steps import CampaignSteps
from tests.builders.ledger.campaigns import Office, decided_claims, priced
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import a_coverage_change
from tests.builders.roster import CENTER, a_provider_change

pytestmark = pytest.mark.servers
CAUSES = "SELECT i ->> 'cause', coalesce(i ->> 'sources', ''), i ->> 'own_amount' FROM campaign_claims, json_array_elements(impacts) i ORDER BY 1, 2"


async def end_coverage(stores: Stores, number: int = 0) -> None:
    """Coverage of one member ends before the day of service."""
    ended = a_coverage_change(2, plan="HUDSON-COMM").model_copy(
        update={"member_id": f"SYN-{100 + number:06}", "coverage_id": f"COV-{number}", "ends": date(2025, 2, 1)}
    )
    await stores.feeds.apply_coverage([ended])


async def policies_kept(stores: Stores) -> None:
    await keep_policies(in_role(stores.engine, DatabaseRole.WORKER), Settings().policies_dir, stores.reference)


async def judged(stores: Stores) -> list[tuple[str, str, str]]:
    office = Office(stores, priced(stores.reference, "450.00"))
    await office.start()
    await office.steps()
    return [(cause, sources, own) for cause, sources, own in await stores.rows(CAUSES)]


async def test_a_claim_whose_coverage_ended_is_not_blamed_on_the_rate(stores: Stores) -> None:
    await policies_kept(stores)
    [_, own] = await decided_claims(stores, 2)
    [(paid,)] = await stores.rows(f"SELECT paid FROM determinations WHERE claim_id = '{own}'")
    await end_coverage(stores)
    assert await judged(stores) == [
        ("other-changes", "coverage", "0.00"),
        ("this-change", "", f"{Decimal('450.00') - paid:.2f}"),
    ]


async def test_coverage_alone_explains_a_claim_even_where_the_policy_data_of_its_decision_are_not_kept(
    stores: Stores,
) -> None:
    """With the rate of today and the coverage as it was the denied line would be paid otherwise: the rate stays unknown."""
    await decided_claims(stores, 1)
    await end_coverage(stores)
    office = Office(stores, replace(stores.reference, content_hash="e" * 64))
    await office.start()
    await office.steps()
    assert await stores.rows(CAUSES) == [("other-changes", "coverage", "0.00")]
    assert (await office.view()).left == 0, "a claim that the campaign's change does not concern is not corrected by it"


async def test_a_provider_who_is_investigated_since_is_the_cause_where_a_claim_would_wait(stores: Stores) -> None:
    """Both claims have one billing provider; what the roster said of it is the same for both."""
    await policies_kept(stores)
    await decided_claims(stores, 2)
    await stores.feeds.apply_providers([a_provider_change(1, "HUDSON-COMM", case="SYN-CASE-1")])
    assert CENTER == "1234567893"
    assert await judged(stores) == [("other-changes", "providers", "0.00")] * 2


async def test_coverage_that_came_again_unchanged_is_no_cause(stores: Stores) -> None:
    await policies_kept(stores)
    await decided_claims(stores, 1)
    again = a_coverage_change(2, plan="HUDSON-COMM").model_copy(
        update={"member_id": "SYN-000100", "coverage_id": "COV-0"}
    )
    await stores.feeds.apply_coverage([again])
    [(cause, sources, _)] = await judged(stores)
    assert (cause, sources) == ("this-change", "")


async def test_a_line_that_a_later_version_repeats_was_decided_by_the_version_that_decided_it(stores: Stores) -> None:
    [claim] = await decided_claims(stores, 1)
    await stores.execute(
        "INSERT INTO determinations (claim_id, version, decided_at, policy_bundle, charge, paid, event_id, event)"
        " SELECT claim_id, 2, decided_at + interval '1 day', repeat('e', 64), charge, paid, event_id || '-2',"
        " jsonb_set(event::jsonb, '{data,repeated_lines}', '[1]')::json FROM determinations"
    )
    found = (await CampaignSteps(stores.engine, stores.reference).decided_by([claim]))[ClaimId(claim)]
    assert [(each.bundle, each.lines) for each in found] == [
        ("e" * 64, None),
        (stores.reference.content_hash, frozenset({1})),
    ]
