"""An appeal on a real database: opened once, decided by a person independent, shown by a separate determination."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from adjudication.appeals.rules import Appellant, Proof
from adjudication.model import outcomes
from adjudication.model.findings import Finding
from adjudication.model.vocabulary import LineNumber, Step, Verdict
from contracts.events.appeal_changes import AppealTaskChanged
from contracts.events.appeals import AppealTaskOpened, ClaimReferenceV1, ProofV1
from contracts.events.determinations import ClaimDetermined
from contracts.events.topics import APPEAL_TASKS, CLAIMS_STATUS, DETERMINATIONS
from contracts.records.appeal_queries import AppealQuery
from storage.appeals.queries import AppealQueries
from storage.audit.trail import broken
from tests.builders.ledger.appeal_cases import (
    FILED,
    RATIONALE,
    Office,
    a_denied_claim,
    a_filing,
    decides,
    end_of_day,
    staff,
)
from tests.builders.ledger.ledgers import SYNTHETIC, Stores
from tests.builders.ledger.submissions import a_submission
from tests.builders.roster import a_provider_change

pytestmark = pytest.mark.servers
LATER = FILED + timedelta(days=5)
MEDICARE, MEDICAID, NEW_YORK = "CASCADE-MA", "BUCKEYE-MCD", "HUDSON-EP"


@pytest.fixture
def office(stores: Stores) -> Office:
    return Office(stores.engine, stores.reference)


async def published(stores: Stores, topic: str) -> list[Any]:
    return [orjson.loads(message.value) for message in await stores.sent() if message.topic == topic]


async def test_an_appeal_filed_twice_is_opened_once_and_reported_once(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await office.file(a_filing(claim))
    await office.file(a_filing(claim))
    [task] = [AppealTaskOpened.model_validate_json(m.value) for m in await stores.sent() if m.topic == APPEAL_TASKS]
    assert (task.data.path, task.data.level) == ("medicare-advantage-enrollee", "reconsideration")
    assert (task.data.lines, task.data.clinical, task.data.barred_deciders) == ((1,), True, ("denier",))
    assert task.data.due_at == end_of_day(FILED, days=60)
    assert await stores.rows("SELECT count(*) FROM appeals") == [(1,)]


async def test_a_provider_that_says_it_has_no_contract_where_the_roster_knows_one_is_heard_and_the_task_states_it(
    stores: Stores, office: Office
) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await stores.feeds.apply_providers([a_provider_change(1, MEDICARE, npi=claim.billing.npi)])
    await office.file(a_filing(claim, appellant=Appellant.NON_CONTRACT_PROVIDER))
    [task] = [AppealTaskOpened.model_validate_json(m.value) for m in await stores.sent() if m.topic == APPEAL_TASKS]
    assert (task.data.path, task.data.disposal) == ("medicare-advantage-non-contract", "needs-proof")
    assert f"the roster of {MEDICARE} shows a contract for the billing provider" in task.data.explanation


async def test_an_appeal_of_a_claim_no_person_knows_is_not_taken(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    unknown = a_filing(claim).model_copy(update={"claim": ClaimReferenceV1(payer_claim_number="CW-UNKNOWN")})
    assert await office.intake.file(unknown) is None


async def test_what_a_medicare_plan_upholds_is_stated_again_and_goes_on_to_the_independent_review_entity(
    stores: Stores, office: Office
) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await office.file(a_filing(claim))
    assert (await office.does("appeals-md", LATER, **decides("upheld"))).accepted
    second = ClaimDetermined.model_validate(await _newest(stores), strict=False).data
    assert second.version == 2
    [adjustment] = second.lines[0].adjustments
    assert (second.lines[0].disposition, adjustment.carc, adjustment.rarcs) == ("denied", "193", ("MA46", "MA91"))
    assert second.lines[1].disposition == "approved"
    changed = AppealTaskChanged.model_validate((await published(stores, APPEAL_TASKS))[-1], strict=False).data
    assert changed.changes == ("decided", "forwarded")
    assert (changed.level, changed.closed, changed.determination_version) == ("independent-review", False, 2)
    signed = await stores.rows(
        "SELECT s.reviewer_id FROM appeal_decisions d JOIN reviewer_signatures s USING (signature_id)"
    )
    assert signed == [("appeals-md",)]
    assert [line async for line in broken(stores.engine)] == []
    assert await stores.broken() == []


async def _newest(stores: Stores) -> Any:
    return (await published(stores, DETERMINATIONS))[-1]


async def test_an_overturned_line_is_paid_and_the_appeal_is_over(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, NEW_YORK)
    await office.file(a_filing(claim, appellant=Appellant.CONTRACT_PROVIDER))
    assert (await office.does("peer", LATER, **decides("overturned"))).accepted
    newest = (await _newest(stores))["data"]
    assert (newest["version"], newest["lines"][0]["disposition"]) == (2, "approved")
    assert float(newest["lines"][0]["payable"]) > 0
    assert [status["data"]["state"] for status in await published(stores, CLAIMS_STATUS)][-2:] == ["determined"] * 2
    assert (await office.looks(LATER)).over
    assert await stores.rows("SELECT closed FROM appeals") == [(True,)]
    assert await stores.broken() == []


async def test_an_overturned_line_is_denied_by_what_would_also_have_failed(stores: Stores, office: Office) -> None:
    unlicensed = Finding(Step.AUTHORIZATION, outcomes.AUTHORIZATION_MISSING, Verdict.DENIES, SYNTHETIC, LineNumber(1))
    claim = await a_denied_claim(stores, NEW_YORK, unlicensed)
    await office.file(a_filing(claim))
    assert (await office.does("peer", LATER, **decides("overturned"))).accepted
    line = (await _newest(stores))["data"]["lines"][0]
    assert (line["disposition"], line["reason"]) == ("denied", outcomes.AUTHORIZATION_MISSING)


async def test_an_overturned_line_that_now_waits_is_named_and_still_owed(stores: Stores, office: Office) -> None:
    waits = Finding(
        Step.EDITS,
        outcomes.UNLISTED_REVIEW,
        Verdict.PENDS,
        SYNTHETIC,
        LineNumber(1),
        (),
        "P-EDIT-OVR",  # type: ignore[arg-type]
    )
    claim = await a_denied_claim(stores, NEW_YORK, waits)
    await office.file(a_filing(claim))
    assert (await office.does("peer", LATER, **decides("overturned"))).accepted
    changed = (await published(stores, APPEAL_TASKS))[-1]["data"]
    assert (changed["waits_for"], changed["closed"]) == (["P-EDIT-OVR:1"], False)
    assert len(await published(stores, DETERMINATIONS)) == 1
    assert [deadline["deadline"] for deadline in changed["deadlines"]] == ["effectuation"]


async def test_an_approved_component_is_stated_again_with_the_line_that_was_appealed(
    stores: Stores, office: Office
) -> None:
    claim = await a_denied_claim(stores, NEW_YORK, codes=("72148", "0609T"))
    await office.file(a_filing(claim))
    assert (await office.does("peer", LATER, **decides("overturned"))).accepted
    assert len(await published(stores, DETERMINATIONS)) == 2
    assert await stores.broken() == []


async def test_the_same_action_twice_has_one_effect(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await office.file(a_filing(claim))
    action = await office.submit("appeals-md", **decides("upheld"))
    assert (await office.acts(action, LATER)).accepted
    sent = await stores.sent()
    assert (await office.acts(action, LATER + timedelta(days=1))).accepted
    assert await stores.sent() == sent


async def test_a_refused_action_says_why_and_leaves_no_trace_in_the_trail(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await office.file(a_filing(claim))
    answer = await office.does("specialist", LATER, **decides("upheld"))
    assert (answer.accepted, answer.code) == (False, "role-may-not")
    assert await stores.rows("SELECT refusal_words <> '' FROM appeal_actions") == [(True,)]
    assert await stores.rows("SELECT count(*) FROM audit_trail WHERE subject LIKE 'appeal/%'") == [(1,)]


async def test_who_signed_the_denial_does_not_decide_its_appeal(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await office.file(a_filing(claim))
    assert (await office.does("denier", LATER, **decides("overturned"))).code == "involved"


@pytest.mark.parametrize(("decider", "advice"), [("denier", "NULL"), ("specialist", "'denier'")])
async def test_the_database_refuses_a_decision_by_who_took_part(
    stores: Stores, office: Office, decider: str, advice: str
) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await office.file(a_filing(claim))
    action = await office.submit(decider, **decides("upheld"))
    with pytest.raises(IntegrityError, match="took part"):
        await stores.execute(_decision(office.appeal, action, decider, advice))


def _decision(appeal: str, action: str, person: str, consulted: str = "NULL", signature: str = "a.signature_id") -> str:
    return f"""
        INSERT INTO appeal_decisions (appeal_id, claim_id, clinical, level, action_id, person_id, consulted, rulings,
                                      rationale, decided_at, signature_id)
        SELECT p.appeal_id, p.claim_id, p.clinical, 'reconsideration', '{action}', '{person}', {consulted}, '[]',
               '{RATIONALE}', now(), {signature}
        FROM appeals p JOIN reviewer_signatures a USING (claim_id) WHERE p.appeal_id = '{appeal}'
    """


async def test_the_database_keeps_who_took_part(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await office.file(a_filing(claim))
    for statement in ("DELETE FROM appeal_involved", "UPDATE appeal_involved SET person_id = 'unknown'"):
        with pytest.raises(IntegrityError, match="never changed"):
            await stores.execute(statement)


async def test_the_database_refuses_a_clinical_decision_that_no_person_signed(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await office.file(a_filing(claim))
    action = await office.submit("appeals-md", **decides("upheld"))
    with pytest.raises(IntegrityError, match="clinical_appeal_is_signed"):
        await stores.execute(_decision(office.appeal, action, "appeals-md", signature="NULL"))


async def test_the_database_refuses_a_decision_in_another_persons_name(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await office.file(a_filing(claim))
    action = await office.submit("specialist", **decides("upheld"))
    with pytest.raises(IntegrityError, match="decided_by_who_acted"):
        await stores.execute(_decision(office.appeal, action, "appeals-md"))


async def test_a_decision_once_made_is_never_changed(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await office.file(a_filing(claim))
    await office.does("appeals-md", LATER, **decides("upheld"))
    for statement in ("UPDATE appeal_decisions SET person_id = 'specialist'", "DELETE FROM appeal_decisions"):
        with pytest.raises(IntegrityError, match="never changed"):
            await stores.execute(statement)


async def test_a_newer_version_brings_the_proof_and_starts_the_clock(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    filed = a_filing(claim, appellant=Appellant.REPRESENTATIVE)
    await office.file(filed)
    assert (await office.does("appeals-md", LATER, **decides("upheld"))).code == "needs-proof"
    proof = ProofV1(proof=Proof.REPRESENTATION, document_id="DOC-1")
    await office.file(filed.model_copy(update={"version": 2, "proofs": (proof,), "documents": ("DOC-1", "DOC-2")}))
    watch = await office.looks(LATER)
    [due_at] = (await stores.rows("SELECT due_at FROM appeals"))[0]
    assert due_at == end_of_day(LATER, days=60)
    assert await office.looks(LATER) == watch
    assert await stores.rows("SELECT version FROM appeals") == [(2,)]
    changed = (await published(stores, APPEAL_TASKS))[-1]["data"]
    assert changed["changes"] == ["proof-received", "documents-added"]


async def test_a_medicaid_member_in_new_york_may_go_on_to_the_external_appeal_that_the_letters_promise(
    stores: Stores, office: Office
) -> None:
    claim = await a_denied_claim(stores, "HUDSON-MCD")
    await office.file(a_filing(claim))
    assert (await office.does("peer", LATER, **decides("upheld"))).accepted
    await office.file(a_filing(claim, LATER + timedelta(days=30), version=2, level="external-appeal"))
    await office.looks(LATER + timedelta(days=31))
    changed = (await published(stores, APPEAL_TASKS))[-1]["data"]
    assert (changed["level"], changed["forum"], changed["closed"]) == ("external-appeal", "external-reviewer", False)


async def test_a_withdrawn_appeal_is_over(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, MEDICAID)
    await office.file(a_filing(claim))
    await office.file(a_filing(claim, version=2, withdrawn=True))
    assert (await office.looks(LATER)).over
    assert (await office.does("appeals-md", LATER, **decides("upheld"))).code == "ended"


@pytest.mark.parametrize("table", ["appeal_decisions", "reviewer_signatures"])
async def test_the_reasons_of_an_appeal_rewritten_next_to_the_trail_are_found(
    stores: Stores, office: Office, table: str
) -> None:
    await office.file(a_filing(await a_denied_claim(stores, MEDICARE)))
    assert (await office.does("appeals-md", LATER, **decides("upheld"))).accepted
    assert [line async for line in broken(stores.engine)] == []
    async with stores.engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(f"UPDATE {table} SET rationale = 'Reasons that no person gave for this appeal.'"))
    found = [line async for line in broken(stores.engine)]
    assert any("is not the one that entry" in line for line in found)


async def test_an_appeal_that_comes_as_withdrawn_is_over_although_its_first_version_follows(
    stores: Stores, office: Office
) -> None:
    """Undecided in time it would be won by law: what its appellant took back must not run on."""
    claim = await a_denied_claim(stores, MEDICAID)
    await office.file(a_filing(claim, version=2, withdrawn=True))
    await office.file(a_filing(claim))
    assert (await office.looks(LATER)).over
    assert await stores.rows("SELECT version, closed FROM appeals") == [(2, True)]
    assert (await published(stores, APPEAL_TASKS))[-1]["data"]["changes"] == ["withdrawn"]
    assert (await office.looks(LATER)).over


async def test_an_appeal_without_a_plan_is_kept_for_a_person_and_no_workflow_holds_it(
    stores: Stores, office: Office
) -> None:
    claim = await a_denied_claim(stores, "SYN-NO-SUCH-PLAN")
    taken = await office.intake.file(a_filing(claim))
    assert taken is not None
    assert not taken.held
    [task] = await published(stores, APPEAL_TASKS)
    assert task["data"]["disposal"] == "no-rule"


async def test_what_no_rule_opens_and_comes_as_withdrawn_is_over_and_no_person_owns_it(
    stores: Stores, office: Office
) -> None:
    """An appeal of a claim that is not decided yet has no plan whose rules could open it."""
    await staff(stores.engine)
    _, [waiting] = await stores.accept(a_submission("C1", "72148"))
    for _ in range(2):
        taken = await office.intake.file(a_filing(waiting.claim, withdrawn=True))
        assert taken is not None
        assert not taken.held
    assert await stores.rows("SELECT version, path, closed, due_at, gap_under FROM appeals") == [
        (1, None, True, None, None)
    ]
    opened, changed = (task["data"] for task in await published(stores, APPEAL_TASKS))
    assert "due_at" not in opened
    assert not opened.get("gaps")
    assert (changed["changes"], changed["closed"], changed["number"]) == (["withdrawn"], True, 2)
    assert [line async for line in broken(stores.engine)] == []
    assert await AppealQueries(stores.engine, stores.reference).candidates(AppealQuery(size=10)) == ()


async def test_what_no_rule_opens_is_over_once_it_is_withdrawn_and_no_older_version_opens_it_again(
    stores: Stores, office: Office
) -> None:
    claim = await a_denied_claim(stores, "SYN-NO-SUCH-PLAN")
    for version, withdrawn in ((2, False), (1, True)):
        await office.file(a_filing(claim, version=version, withdrawn=withdrawn))
        assert await stores.rows("SELECT version, closed FROM appeals") == [(2, False)]
    await office.file(a_filing(claim, version=3, withdrawn=True))
    assert await stores.rows("SELECT version, closed, due_at, gap_under FROM appeals") == [(3, True, None, None)]
    assert (await published(stores, APPEAL_TASKS))[-1]["data"]["changes"] == ["withdrawn"]


async def test_an_overturned_component_without_a_rate_waits_for_a_price_and_is_then_paid(
    stores: Stores, office: Office
) -> None:
    claim = await a_denied_claim(stores, NEW_YORK, codes=("0609T", "72141"))
    await office.file(a_filing(claim))
    assert (await office.does("peer", LATER, **decides("overturned"))).accepted
    assert (await published(stores, APPEAL_TASKS))[-1]["data"]["waits_for"] == ["P-PRICE:1"]
    assert not (await office.looks(LATER)).over
    price = {"action": "settle", "line": 1, "outcome": "pricing.manual", "allowed": "210.00", "rationale": RATIONALE}
    assert (await office.does("specialist", LATER, **price)).code == "role-may-not"
    assert (await office.does("pricer", LATER, **price | {"line": 2})).code == "not-waiting"
    assert (await office.does("pricer", LATER, **price)).accepted
    line = (await _newest(stores))["data"]["lines"][0]
    assert (line["disposition"], line["payable"]) == ("approved", "210.00")
    assert (await office.looks(LATER)).over
    assert (await office.does("pricer", LATER, **price)).code == "nothing-waits"
    assert [line async for line in broken(stores.engine)] == []
    assert await stores.broken() == []


async def test_an_action_changed_after_it_was_judged_is_found_by_the_trail(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await office.file(a_filing(claim))
    assert (await office.does("appeals-md", LATER, **decides("upheld"))).accepted
    assert [line async for line in broken(stores.engine)] == []
    await stores.execute("""UPDATE appeal_actions SET content = '{"action":"acknowledge"}'""")
    [line] = [line async for line in broken(stores.engine)]
    assert "differs from the submitted action" in line
