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
