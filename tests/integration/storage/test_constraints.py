"""What the database itself refuses, whoever asks: constraints hold where a convention could be forgotten."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from tests.integration.storage.ledgers import SIGNATURE, Stores, approved, denied
from tests.integration.storage.submissions import a_submission, an_authorization_change

pytestmark = pytest.mark.servers

LINES = "UPDATE determination_lines SET"
SIGN = """INSERT INTO reviewer_signatures (signature_id, claim_id, reviewer_id, role, licence_number, licence_state,
    signed_at, rationale) SELECT gen_random_uuid(), claim_id, 'SYN-REVIEWER', '{}', '{}', 'NY', now(), '{}' FROM claims"""
REFUSED = {
    "an unsigned clinical denial": (f"{LINES} clinical = true WHERE line = 2", "clinical_denial_is_signed"),
    "an unsigned reason code of a clinical judgement": (
        f"{LINES} carc = '50' WHERE line = 2",
        "clinical_denial_is_signed",
    ),
    "one that reduces a paid line": (f"{LINES} carc = '56' WHERE line = 1", "clinical_denial_is_signed"),
    "a signature nobody gave": (f"{LINES} signature_id = gen_random_uuid()", "signature_is_of_the_claim"),
    "a nurse's signature": (SIGN.format("nurse", "SYN-LIC-1", "because"), "reviewer_signatures_role_check"),
    "a signature without a licence": (SIGN.format("physician", " ", "because"), "licence_number_check"),
    "a signature without reasons": (SIGN.format("physician", "SYN-LIC-1", " "), "rationale_check"),
    "more paid than charged": (f"{LINES} paid = charge + 1 WHERE line = 1", "check"),
    "a denied line that is paid": (f"{LINES} paid = 1 WHERE line = 2", "check"),
    "a group code that does not exist": (f"{LINES} group_code = 'XX'", "group_code_check"),
    "a claim without a batch": ("UPDATE claims SET batch_id = 'none'", "claims_batch_id_fkey"),
    "units of nothing": ("UPDATE authorization_uses SET units = 0", "units_check"),
    "a second determination of one version": (
        """INSERT INTO determinations SELECT claim_id, version, decided_at, policy_bundle, charge, paid, 'other', event
           FROM determinations""",
        "determinations_pkey",
    ),
}


async def _a_decided_claim(stores: Stores) -> None:
    await stores.feeds.apply_authorizations([an_authorization_change()])
    batch, [one] = await stores.accept(a_submission("C1", "72148", "72141"))
    decided = stores.determined(one, approved(one.claim.lines[0]), denied(one.claim.lines[1]))
    await stores.decisions.commit(batch.batch_id, [decided])
    await stores.execute("INSERT INTO authorization_uses SELECT 'AUTH-1', '72148', claim_id, 1, 1 FROM claims")


@pytest.mark.parametrize("what", REFUSED)
async def test_the_database_refuses(stores: Stores, what: str) -> None:
    statement, constraint = REFUSED[what]
    await _a_decided_claim(stores)
    with pytest.raises(IntegrityError, match=constraint):
        await stores.execute(statement)
    assert await stores.broken() == []


async def test_another_claims_signature_signs_nothing(stores: Stores) -> None:
    await _a_decided_claim(stores)
    batch, [two] = await stores.accept(a_submission("C2"))
    line = denied(two.claim.lines[0], carc="55", clinical=True, signature=SIGNATURE)
    await stores.decisions.commit(batch.batch_id, [stores.determined(two, line)])
    borrowed = f"{LINES} carc = '55', signature_id = (SELECT signature_id FROM reviewer_signatures) WHERE line = 2"
    with pytest.raises(IntegrityError, match="signature_is_of_the_claim"):
        await stores.execute(borrowed)
