from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from adjudication.model.vocabulary import ClaimId
from contracts.ids import NAMESPACE, claim_id, event_id, name_based, payer_claim_number


@given(st.text())
def test_an_id_is_the_standard_name_based_uuid(name: str) -> None:
    assert name_based(name) == str(uuid5(NAMESPACE, name))
    assert UUID(name_based(name)).version == 5


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_two_claim_keys_never_share_an_id(one: tuple[str, str], two: tuple[str, str]) -> None:
    assert (claim_id(*one, 1) == claim_id(*two, 1)) == (one == two)


def test_each_kind_and_version_of_event_has_its_own_id() -> None:
    claim = ClaimId("3d7e8a52-7f0e-5b57-b5b3-7ad9b4b9d5a1")
    ids = {event_id(claim, kind, version) for kind in ("claim.status", "claim.determined") for version in (1, 2)}
    assert len(ids) == 4


def test_our_claim_number_fits_a_remittance() -> None:
    assert len(payer_claim_number(claim_id("SYNTHETIC", "C1", 1))) <= 50
