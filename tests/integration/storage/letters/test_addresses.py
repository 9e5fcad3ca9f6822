"""A letter goes to the address of record: of this person from enrollment, of the provider from the roster, else its claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.letters.letter import Audience
from adjudication.model.claim import Claim
from contracts.events.addresses import AddressV1
from contracts.events.codec import canonical
from contracts.events.feeds import ProviderChangedV1
from storage.letters.addresses import addresses_of
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_coverage_change, a_submission

pytestmark = pytest.mark.servers

DAY = date(2025, 9, 3)
NPI = "1234567893"


def at(street: str, postal_code: str = "99999") -> AddressV1:
    return AddressV1(lines=(street,), city="Syntheville", state="NY", postal_code=postal_code)


@pytest.fixture
async def claim(stores: Stores) -> Claim:
    _, [stored] = await stores.accept(a_submission("C1"))
    return stored.claim


async def sent_to(stores: Stores, claim: Claim) -> dict[Audience, tuple[str, ...]]:
    return await addresses_of(stores.engine, claim, DAY)


async def test_without_feeds_no_address_is_known(stores: Stores, claim: Claim) -> None:
    await stores.feeds.apply_coverage([a_coverage_change()])
    assert await sent_to(stores, claim) == {}


async def test_the_address_is_that_of_the_span_that_covers_today(stores: Stores, claim: Claim) -> None:
    now = a_coverage_change().model_copy(update={"address": at("1 Synthetic Street", "99999-0001")})
    before = a_coverage_change(coverage_id="COV-0").model_copy(
        update={"starts": date(2020, 1, 1), "ends": date(2025, 1, 1), "address": at("2 Former Street")}
    )
    await stores.feeds.apply_coverage([now])
    await stores.feeds.apply_coverage([before])
    assert await sent_to(stores, claim) == {Audience.MEMBER: ("1 Synthetic Street", "Syntheville, NY 99999-0001")}


async def test_a_letter_about_one_person_never_goes_to_another_of_the_same_member_id(
    stores: Stores, claim: Claim
) -> None:
    twin = {"given_name": "Synthia", "family_name": "Synthberg", "address": at("3 Other Street")}
    elder = {"birth_date": date(1990, 1, 1), "address": at("4 Other Street")}
    await stores.feeds.apply_coverage([a_coverage_change().model_copy(update=twin)])
    await stores.feeds.apply_coverage([a_coverage_change(coverage_id="COV-2").model_copy(update=elder)])
    assert await sent_to(stores, claim) == {}


async def test_the_newest_version_of_the_roster_says_where_a_provider_gets_mail(stores: Stores, claim: Claim) -> None:
    first = ProviderChangedV1(npi=NPI, version=1, address=at("5 Clinic Street"))
    await stores.feeds.apply_providers([first])
    moved = first.model_copy(update={"version": 2, "address": at("6 Clinic Street")})
    assert not (await stores.feeds.apply_providers([moved])).conflicts
    assert await sent_to(stores, claim) == {Audience.PROVIDER: ("6 Clinic Street", "Syntheville, NY 99999")}
    other = moved.model_copy(update={"address": at("7 Clinic Street")})
    assert (await stores.feeds.apply_providers([other])).conflicts == {0}


async def test_a_provider_without_an_address_on_the_roster_gets_mail_where_its_claim_says(stores: Stores) -> None:
    submitted = a_submission("C2")
    billing = submitted.claim.billing.model_copy(update={"address": at("8 Billing Street")})
    claim = submitted.claim.model_copy(update={"billing": billing})
    payload = canonical(claim.model_dump(mode="json", exclude_none=True))
    _, [stored] = await stores.accept(replace(submitted, claim=claim, payload=payload))
    billed = {Audience.PROVIDER: ("8 Billing Street", "Syntheville, NY 99999")}
    assert await sent_to(stores, stored.claim) == billed
    await stores.feeds.apply_providers([ProviderChangedV1(npi=NPI, version=1)])
    assert await sent_to(stores, stored.claim) == billed
    await stores.feeds.apply_providers([ProviderChangedV1(npi=NPI, version=2, address=at("5 Clinic Street"))])
    assert await sent_to(stores, stored.claim) == {Audience.PROVIDER: ("5 Clinic Street", "Syntheville, NY 99999")}


async def test_an_address_that_states_no_person_leaves_the_span_open_to_whoever_has_the_birth_date(
    stores: Stores, claim: Claim
) -> None:
    await stores.feeds.apply_coverage([a_coverage_change().model_copy(update={"address": at("1 Synthetic Street")})])
    [loaded] = (await stores.coverage.spans([claim.member.member_id]))[claim.member.member_id]
    assert loaded.patient is None
