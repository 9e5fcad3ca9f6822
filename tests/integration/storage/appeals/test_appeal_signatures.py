"""What a person signed about an overturned line is judged when they sign it, and stands from then on."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from activities.appeals.actions import look_at
from adjudication.model import outcomes
from adjudication.model.findings import Finding
from adjudication.model.vocabulary import LineNumber, PendCode, Step, Verdict
from adjudication.review.settlements import Settlement
from contracts.events.topics import DETERMINATIONS
from contracts.records.appeals import AppealFile, AppealJudged
from contracts.workflow_messages.appeals import LookAtAppeal
from storage.audit.trail import broken
from tests.builders.ledger.appeal_cases import FILED, LICENSE, RATIONALE, Office, a_denied_claim, a_filing, decides
from tests.builders.ledger.desks import a_staff_member
from tests.builders.ledger.ledgers import SYNTHETIC, Stores
from tests.builders.ledger.staff import change_people, put_people

pytestmark = pytest.mark.servers
LATER = FILED + timedelta(days=5)
NEW_YORK = "HUDSON-EP"
CLINICAL = Finding(
    Step.NECESSITY, outcomes.NECESSITY_JUDGMENT, Verdict.PENDS, SYNTHETIC, LineNumber(2), (), PendCode("P-CLIN-MD")
)
DENIAL = {
    "action": "settle",
    "line": 2,
    "outcome": "necessity.clinical_judgement",
    "denies_as": "necessity.experimental",
    "rationale": RATIONALE,
}
PRICE = {"action": "settle", "line": 1, "outcome": "pricing.manual", "allowed": "210.00", "rationale": RATIONALE}


@pytest.fixture
def office(stores: Stores) -> Office:
    return Office(stores.engine, stores.reference)


async def overturned(stores: Stores, office: Office) -> None:
    """Both lines fell; one waits for a price, the other for a physician's judgement."""
    claim = await a_denied_claim(stores, NEW_YORK, CLINICAL, codes=("0609T", "72148"), denied_lines=2)
    await office.file(a_filing(claim))
    await put_people(stores.engine, [a_staff_member("signer", "clinical-peer", license=LICENSE)])
    both = {"rulings": [{"line": line, "ruling": "overturned"} for line in (1, 2)]}
    assert (await office.does("peer", LATER, **decides("overturned") | both)).accepted


async def restrict(stores: Stores, person: str) -> None:
    """The credentialing system reports that a license is restricted from now on."""
    license = LICENSE.model_copy(update={"restricted": True}).model_dump(mode="json")
    await change_people(stores.engine, person, licenses=[license])


async def lines(stores: Stores) -> list[dict[str, object]]:
    newest = [orjson.loads(m.value) for m in await stores.sent() if m.topic == DETERMINATIONS][-1]
    found: list[dict[str, object]] = newest["data"]["lines"]
    return found


async def test_a_denial_signed_before_the_license_was_restricted_is_shown_with_its_signature(
    stores: Stores, office: Office
) -> None:
    await overturned(stores, office)
    assert (await office.does("SYN-signer", LATER, **DENIAL)).accepted
    await restrict(stores, "SYN-signer")
    later = LATER + timedelta(days=1)
    assert (await office.does("pricer", later, **PRICE)).accepted
    assert [line["disposition"] for line in await lines(stores)] == ["approved", "denied"]
    signed = await stores.rows("""
        SELECT s.reviewer_id, s.licence_number, s.signed_at FROM determination_lines l
        JOIN reviewer_signatures s USING (signature_id) WHERE l.version = 2 AND l.line = 2
    """)
    assert signed == [("SYN-signer", "SYN-1", LATER)]
    assert (await office.looks(later)).over
    assert [line async for line in broken(stores.engine)] == []
    assert await stores.broken() == []


async def test_no_person_signs_a_denial_after_their_license_was_restricted(stores: Stores, office: Office) -> None:
    await overturned(stores, office)
    await restrict(stores, "SYN-signer")
    assert (await office.does("SYN-signer", LATER, **DENIAL)).code == "license-restricted"


async def test_a_denial_accepted_before_signatures_were_kept_stays_signed(stores: Stores, office: Office) -> None:
    """It was accepted, so the license was good then; that the signer left, or may no longer sign, changes nothing."""
    claim = await a_denied_claim(stores, NEW_YORK)
    await office.file(a_filing(claim))
    await office.submit("peer", **DENIAL | {"line": 1})
    await stores.execute(f"UPDATE appeal_actions SET accepted = true, answered_at = '{LATER.isoformat()}'")
    await change_people(stores.engine, "peer", active=False)
    await restrict(stores, "peer")
    kept: list[Settlement] = []

    def looked(file: AppealFile) -> AppealJudged:
        kept.extend(file.settlements)
        return look_at(file, LATER, stores.reference)

    await office.appeals.watch(LookAtAppeal(office.appeal, LATER.isoformat()), looked)
    [settlement] = kept
    assert settlement.role == "clinical-peer"
    assert settlement.signature is not None
    assert (settlement.signature.reviewer_id, settlement.signature.signed_at) == ("peer", LATER)
