"""What the database itself refuses, whoever asks: constraints hold where a convention could be forgotten."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from tests.builders.ledger.desks import DENIES, Desk, a_desk
from tests.builders.ledger.ledgers import SIGNATURE, Stores, approved, denied
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, a_submission, an_authorization_change

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
    "a signature no person gave": (f"{LINES} signature_id = gen_random_uuid()", "signature_is_of_the_claim"),
    "a nurse's signature": (SIGN.format("nurse", "SYN-LIC-1", "because"), "reviewer_signatures_role_check"),
    "a signature without a license": (SIGN.format("physician", " ", "because"), "licence_number_check"),
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
    await stores.signed(two.claim.claim_id, SIGNATURE)
    await stores.decisions.commit(batch.batch_id, [stores.determined(two, line)])
    borrowed = f"{LINES} carc = '55', signature_id = (SELECT signature_id FROM reviewer_signatures) WHERE line = 2"
    with pytest.raises(IntegrityError, match="signature_is_of_the_claim"):
        await stores.execute(borrowed)


# What people settled (migration 0003). Each attempt starts from a settlement that holds and changes one thing.

COLUMNS = """claim_id, line, outcome, resolution, denies_as, clinical, allowed, person_id, role, rationale, evidence,
    criteria, settled_at, signature_id, action_id"""
UNSIGNED = "SET signature_id = NULL"
SETTLED = "UPDATE settlements {} WHERE line = 1"
COPIED = f"INSERT INTO settlements ({COLUMNS}) SELECT {COLUMNS} FROM settlements WHERE line = 1"
BYPASSES = {
    "a clinical denial without a signature": (SETTLED.format(UNSIGNED), "clinical_denial_settled_by_signature"),
    "one that is not called clinical": (
        SETTLED.format(f"{UNSIGNED}, clinical = false"),
        "clinical_label_is_clinical",
    ),
    "one under the name of an unmet criterion": (
        SETTLED.format(f"{UNSIGNED}, clinical = false, denies_as = 'necessity.criteria_not_met'"),
        "clinical_label_is_clinical",
    ),
    "a clinical denial by a nurse": (SETTLED.format("SET role = 'nurse'"), "clinical_denial_by_physician"),
    "a clinical denial by an examiner": (SETTLED.format("SET role = 'examiner'"), "clinical_denial_by_physician"),
    "a clinical denial that another person signed": (
        SETTLED.format("SET person_id = 'SYN-nurse'"),
        "settled_by_who_acted|signed_by_who_settled",
    ),
    "one signed in another role": (SETTLED.format("SET role = 'clinical-peer'"), "signed_by_who_settled"),
    "a signature that no person gave": (
        SETTLED.format("SET signature_id = gen_random_uuid()"),
        "signed_by_who_settled",
    ),
    "a finding settled twice": (COPIED, "settlements_pkey|settlements_action_id_key"),
    "an action that settles two findings": (
        COPIED.replace("SELECT claim_id, line", "SELECT claim_id, 9"),
        "settlements_action_id_key",
    ),
    "a settlement without reasons": (SETTLED.format("SET rationale = 'not necessary'"), "rationale_check"),
    "reasons of spaces": (SETTLED.format("SET rationale = repeat(' ', 60)"), "rationale_check"),
    "a denial without a name": (SETTLED.format("SET denies_as = NULL"), "settlements_check"),
    "a pass with a name": (SETTLED.format("SET resolution = 'passes'"), "settlements_check"),
    "a price without an amount": (
        SETTLED.format("SET resolution = 'priced', denies_as = NULL"),
        "settlements_check",
    ),
    "a price of nothing": (
        SETTLED.format("SET resolution = 'priced', denies_as = NULL, allowed = 0"),
        "allowed_check",
    ),
    "a resolution there is not": (SETTLED.format("SET resolution = 'waived'"), "resolution_check|settlements_check"),
    "a settlement no person asked for": (SETTLED.format("SET action_id = gen_random_uuid()"), "settled_by_who_acted"),
    "a settlement by no person": (SETTLED.format("SET person_id = 'SYN-no person'"), "fkey|settled_by_who_acted"),
    "a refusal without words": (
        "UPDATE review_actions SET accepted = false, refusal_words = NULL",
        "review_actions_check",
    ),
    "an answer without its time": ("UPDATE review_actions SET answered_at = NULL", "review_actions_check"),
    "an action taken back after it settled": ("DELETE FROM review_actions", "foreign key"),
    "a signature taken back": ("DELETE FROM reviewer_signatures", "signed_by_who_settled"),
    "a signature turned into a nurse's": ("UPDATE reviewer_signatures SET role = 'nurse'", "role_check"),
    "a person who signed and is forgotten": ("DELETE FROM people", "foreign key"),
}


async def _a_settled_line(stores: Stores, control: str = "C1", member: str = MEMBER) -> Desk:
    covered = a_coverage_change(coverage_id=f"COV-{control}").model_copy(update={"member_id": member})
    desk = await a_desk(stores, a_submission(control, "0609T", "0611T", member=member), covered)
    await desk.takes("physician")
    assert await desk.decides("physician", 1, **DENIES) == "ok"
    assert await desk.do("physician", action="release") == "ok"
    return desk


@pytest.mark.parametrize("what", BYPASSES)
async def test_the_database_refuses_to_settle(stores: Stores, what: str) -> None:
    statement, constraint = BYPASSES[what]
    await _a_settled_line(stores)
    before = await stores.rows("SELECT * FROM settlements")
    with pytest.raises(IntegrityError, match=constraint):
        await stores.execute(statement)
    assert await stores.rows("SELECT * FROM settlements") == before


async def test_a_settlement_borrows_neither_the_signature_nor_the_action_of_another_claim(stores: Stores) -> None:
    one = await _a_settled_line(stores)
    two = await _a_settled_line(stores, "C2", "SYN-000002")
    theirs = f"(SELECT {{}} FROM settlements WHERE claim_id = '{two.claim_id}')"
    for column, constraint in (("signature_id", "signed_by_who_settled"), ("action_id", "key|settled_by_who_acted")):
        borrowed = f"UPDATE settlements SET {column} = {theirs.format(column)} WHERE claim_id = '{one.claim_id}'"
        with pytest.raises(IntegrityError, match=constraint):
            await stores.execute(borrowed)


async def test_a_determination_denies_on_clinical_grounds_only_with_the_settlements_signature(stores: Stores) -> None:
    desk = await _a_settled_line(stores)
    await desk.takes("physician")
    assert await desk.decides("physician", 2, **DENIES) == "ok"
    assert (await desk.try_again()).determined == 1
    with pytest.raises(IntegrityError, match="clinical_denial_is_signed"):
        await stores.execute(f"{LINES} signature_id = NULL")
    signed = "SELECT count(*) FROM determination_lines JOIN settlements USING (claim_id, line, signature_id)"
    assert await stores.rows(signed) == [(2,)]


STANDS = "what was decided and signed stands"
REWRITTEN = {
    "a signed denial rewritten as one that was never clinical": (
        f"{LINES} clinical = false, carc = '96', signature_id = NULL",
        "clinical_reason_is_clinical",
    ),
    "one rewritten with another reason": (
        f"{LINES} clinical = false, carc = '96', signature_id = NULL, reason = 'edit.duplicate'",
        STANDS,
    ),
    "one rewritten as approved": (
        f"{LINES} disposition = 'approved', carc = NULL, clinical = false, signature_id = NULL",
        STANDS,
    ),
    "one called superseded and rewritten": (f"{LINES} superseded = true, carc = '96'", STANDS),
    "one taken out": ("DELETE FROM determination_lines", STANDS),
    "all of them": ("TRUNCATE determination_lines", STANDS),
    "a settlement that settles as something else": (
        f"UPDATE settlements {UNSIGNED}, clinical = false, denies_as = 'edit.duplicate'",
        STANDS,
    ),
    "a settlement taken out": ("DELETE FROM settlements", STANDS),
    "other reasons over the signature": (
        "UPDATE reviewer_signatures SET rationale = 'No person ever signed these reasons.'",
        STANDS,
    ),
}


@pytest.mark.parametrize("what", REWRITTEN)
async def test_what_was_signed_is_never_rewritten(stores: Stores, what: str) -> None:
    statement, words = REWRITTEN[what]
    desk = await _a_settled_line(stores)
    await desk.takes("physician")
    assert await desk.decides("physician", 2, **DENIES) == "ok"
    assert (await desk.try_again()).determined == 1
    kept = "SELECT * FROM determination_lines ORDER BY line"
    before = await stores.rows(kept)
    with pytest.raises(IntegrityError, match=words):
        await stores.execute(statement)
    assert await stores.rows(kept) == before


async def test_a_new_line_of_a_clinical_reason_says_that_it_is_clinical(stores: Stores) -> None:
    await _a_decided_claim(stores)
    line = """INSERT INTO determination_lines (claim_id, version, line, member_id, code, service_date, disposition, reason,
        group_code, carc, rarcs, charge, paid, clinical) SELECT claim_id, version, 3, member_id, code, service_date,
        'denied', 'necessity.experimental', 'CO', '96', '', charge, 0, false FROM determination_lines WHERE line = 2"""
    with pytest.raises(IntegrityError, match="clinical_reason_is_clinical"):
        await stores.execute(line)
