"""A claim lists all of its providers in one place."""

from __future__ import annotations

from dataclasses import replace

from tests.builders.claims import CENTER, RADIOLOGIST, VENDOR, a_claim, a_line, a_provider


def test_a_claim_names_the_provider_of_each_role() -> None:
    claim = replace(a_claim("0609T"), rendering=a_provider(RADIOLOGIST), ordering=None, facility=a_provider(VENDOR))
    assert claim.npis_by_role == {"billing": CENTER, "rendering": RADIOLOGIST, "facility": VENDOR}


def test_a_provider_who_renders_one_line_is_a_provider_of_the_claim() -> None:
    line = replace(a_line("0609T"), rendering=a_provider(RADIOLOGIST))
    claim = replace(a_claim(line), rendering=None, ordering=a_provider(VENDOR), facility=None)
    assert claim.npis == {CENTER, RADIOLOGIST, VENDOR}
    assert claim.npis_by_role == {"billing": CENTER, "ordering": VENDOR}


def test_the_facility_of_a_line_stands_before_the_claims_and_both_are_providers_of_the_claim() -> None:
    own, other = replace(a_line("72148"), facility=a_provider(VENDOR)), a_line("72141")
    claim = replace(a_claim(own, other), rendering=None, ordering=None, facility=a_provider(RADIOLOGIST))
    assert [claim.line_facility(line) for line in claim.lines] == [a_provider(VENDOR), a_provider(RADIOLOGIST)]
    assert claim.npis == {CENTER, RADIOLOGIST, VENDOR}


def test_a_provider_who_sold_a_service_is_a_provider_of_the_claim() -> None:
    line = replace(a_line("72148"), purchased_from=a_provider(VENDOR))
    claim = replace(a_claim(line), rendering=None, ordering=None, facility=None)
    assert claim.npis == {CENTER, VENDOR}
