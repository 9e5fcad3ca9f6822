"""What people do to waiting claims, end to end on PostgreSQL, up to the determination it leads to."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from adjudication.people import Role
from contracts.events.claims import AttachmentV1
from contracts.events.topics import DETERMINATIONS, DOCUMENT_REQUESTS
from contracts.workflow_messages.claims import ReviewAnswer
from tests.builders.ledger.desks import (
    DENIES,
    EXPERIMENTAL,
    RATIONALE,
    STAFF,
    Desk,
    a_desk,
    a_license,
    a_staff_member,
    decision,
    documented,
    with_claim_fields,
)
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import a_submission
from tests.builders.reference import with_limit

pytestmark = pytest.mark.servers

FACT = {"fact": "eval.adequate", "flag": True, "source": "SYN-DOC-1"}
EACH_ACTION: dict[str, dict[str, Any]] = {
    "take": {},
    "release": {},
    "hand-over": {"to_role": "physician", "reason": "expected adverse"},
    "request-documents": {"kinds": ["order", "order", "therapy-notes"]},
    "record-facts": {"facts": [FACT]},
    "recommend": {"line": 1, "outcome": EXPERIMENTAL, "resolution": "denies", "rationale": RATIONALE},
    "decide": decision(1),
    "second-opinion": {"expertise": "neurology", "question": "Is this the accepted use?"},
    "schedule-peer-to-peer": {"at": "2025-09-02T15:00:00Z"},
    "record-peer-to-peer": {"held": False, "note": "no person was reached"},
}
EFFECTS = ("settlements", "reviewer_facts", "corrections", "document_requests")


async def effects(desk: Desk) -> dict[str, int]:
    counted = {table: await desk.stores.rows(f"SELECT count(*) FROM {table}") for table in EFFECTS}
    return {table: int(rows[0][0]) for table, rows in counted.items() if rows[0][0]}


@pytest.mark.parametrize("action", EACH_ACTION)
async def test_an_allowed_action_is_written_with_its_effect_and_its_trail(stores: Stores, action: str) -> None:
    desk = await a_desk(stores)
    await desk.takes("nurse")
    content = {"action": action, **EACH_ACTION[action]}
    assert await desk.do("nurse", **content) == "ok"
    shown = await stores.rows(
        "SELECT number, person_id, role, at, content::text FROM audit_trail WHERE subject LIKE 'claim/%' ORDER BY number"
    )
    assert [row[:4] for row in shown] == [(number, "SYN-nurse", "nurse", desk.now) for number in (1, 2)]
    assert orjson.loads(shown[-1][4]) == content
    expected = {"decide": "settlements", "record-facts": "reviewer_facts", "request-documents": "document_requests"}
    wanted = {"request-documents": 2}.get(action, 1)
    assert await effects(desk) == ({expected[action]: wanted} if action in expected else {})
    assert await desk.broken_trail() == []


async def test_a_refused_action_leaves_its_answer_and_nothing_else(stores: Stores) -> None:
    desk = await a_desk(stores)
    await desk.takes("nurse")
    sent, trail = (
        await stores.sent(),
        await stores.rows("SELECT count(*) FROM audit_trail WHERE subject LIKE 'claim/%'"),
    )
    assert await desk.decides("nurse", 1, **DENIES) == "role-may-not"
    assert await desk.refusals() == [("role-may-not", "this may be settled so by: clinical-peer, physician")]
    assert await effects(desk) == {}
    assert await stores.rows("SELECT * FROM reviewer_signatures") == []
    assert await stores.rows("SELECT count(*) FROM audit_trail WHERE subject LIKE 'claim/%'") == trail
    assert await stores.sent() == sent


@pytest.mark.parametrize(
    ("person", "code"), [("gone", "unknown-person"), ("lapsed", "license-expired"), ("coder", "not-your-queue")]
)
async def test_people_are_held_against_what_the_credentialing_system_last_said(
    stores: Stores, person: str, code: str
) -> None:
    desk = await a_desk(stores)
    desk.now += timedelta(days=2)
    if person == "lapsed":
        await desk.takes(person)
    assert await desk.decides(person, 1, **DENIES) == code


async def test_a_license_that_lapses_between_taking_and_signing_signs_nothing(stores: Stores) -> None:
    desk = await a_desk(stores)
    await desk.takes("physician")
    (physician,) = (person for person in STAFF if person.person_id == "SYN-physician")
    lapsed = physician.licenses[0].model_copy(update={"ends": desk.now.date()})
    changed = physician.model_copy(update={"licenses": (lapsed,), "version": 2})
    assert await put_people(stores.engine, [changed, physician]) == 1
    assert await desk.decides("physician", 1, **DENIES) == "license-expired"
    assert await put_people(stores.engine, [physician]) == 0, "an older version changes nothing"
    assert await desk.decides("physician", 1, **DENIES) == "license-expired"


async def test_an_action_of_another_claim_or_of_no_person_is_unknown(stores: Stores) -> None:
    desk = await a_desk(stores)
    _, [other] = await stores.accept(a_submission("C2", member="SYN-000002"))
    unknown = ReviewAnswer(accepted=False, code="unknown-action")
    action = await desk.submit("nurse", action="take")
    assert await desk.act(action, other.claim.claim_id) == unknown
    assert await desk.act("7d3c57a1-4d0b-4c8f-8c55-1a3f4d2f5f10") == unknown
    assert (await desk.act(action)).accepted


async def test_what_cannot_be_read_is_refused_once_and_for_all(stores: Stores) -> None:
    desk = await a_desk(stores)
    action = await desk.submit("nurse", burn="everything")
    for _ in range(2):
        assert (await desk.act(action)).code == "unreadable"


# Once, whoever asks how often


async def test_the_same_action_has_one_effect_however_often_and_at_once(stores: Stores) -> None:
    desk = await a_desk(stores)
    await desk.takes("physician")
    action = await desk.submit("physician", **decision(1, **DENIES))
    answers = await asyncio.gather(*(desk.act(action) for _ in range(4)))
    assert set(answers) == {ReviewAnswer(accepted=True, try_again=True)}
    desk.now += timedelta(days=1)
    assert await desk.act(action) == ReviewAnswer(accepted=True, try_again=True)
    assert await effects(desk) == {"settlements": 1}
    assert await stores.rows("SELECT count(*) FROM audit_trail WHERE subject LIKE 'claim/%'") == [(2,)]


async def test_an_action_submitted_again_in_other_words_stays_the_first(stores: Stores) -> None:
    desk = await a_desk(stores)
    action = await desk.submit("nurse", action="take")
    await desk.submit("physician", action, action="release")
    assert (await desk.act(action)).accepted
    assert await stores.rows("SELECT person_id FROM audit_trail WHERE subject LIKE 'claim/%'") == [("SYN-nurse",)]


async def test_of_two_people_who_take_a_claim_at_once_one_has_it(stores: Stores) -> None:
    desk = await a_desk(stores)
    actions = [await desk.submit(person, action="take") for person in ("physician", "second", "nurse")]
    codes = sorted(answer.code for answer in await asyncio.gather(*map(desk.act, actions)))
    assert codes == ["", "taken", "taken"]


async def test_a_line_decided_twice_at_once_is_settled_once(stores: Stores) -> None:
    desk = await a_desk(stores)
    await desk.takes("physician")
    contents = [decision(1, **DENIES), decision(1), decision(1, rationale=RATIONALE + " Seen twice.")]
    actions = [await desk.submit("physician", **content) for content in contents]
    codes = sorted(answer.code for answer in await asyncio.gather(*map(desk.act, actions)))
    assert codes == ["", "not-waiting", "not-waiting"]
    assert await effects(desk) == {"settlements": 1}
    assert await desk.broken_trail() == []


async def test_two_lines_are_signed_in_one_moment(stores: Stores) -> None:
    """The same person, the same words, the same moment: one signature that stands for both lines."""
    desk = await a_desk(stores)
    await desk.takes("physician")
    actions = [await desk.submit("physician", **decision(line, **DENIES)) for line in (1, 2)]
    assert all(answer.accepted for answer in await asyncio.gather(*map(desk.act, actions)))
    assert (await desk.try_again()).determined == 1
    assert await stores.rows("SELECT count(*) FROM determination_lines WHERE signature_id IS NOT NULL") == [(2,)]
    assert await stores.broken() == []


async def test_an_action_that_waited_for_a_determination_sees_it(stores: Stores) -> None:
    """The determination commits while the action waits for the claim's lock: too late is too late."""
    desk = await a_desk(stores)
    await desk.takes("physician")
    action = await desk.submit("physician", **decision(1, **DENIES))
    async with stores.engine.connect() as rival, rival.begin():
        await rival.execute(
            text("""INSERT INTO determinations (claim_id, version, decided_at, policy_bundle, charge, paid, event_id, event)
                    VALUES (CAST(:claim AS uuid), 1, now(), 'synthetic', 0, 0, 'synthetic', '{}')"""),
            {"claim": desk.claim_id},
        )
        late = asyncio.create_task(desk.act(action))
        await until_a_person_waits(stores)
    assert (await late).code == "closed"
    assert await effects(desk) == {}


async def until_a_person_waits(stores: Stores) -> None:
    async with asyncio.timeout(30):
        while not await stores.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


# What it leads to


async def test_a_signed_denial_is_determined_stored_and_published(stores: Stores) -> None:
    desk = await a_desk(stores)
    await desk.takes("nurse")
    for line in (1, 2):
        fields: dict[str, Any] = {"line": line, "outcome": EXPERIMENTAL, "resolution": "denies", "rationale": RATIONALE}
        assert await desk.do("nurse", action="recommend", **fields) == "ok"
    await desk.takes("physician")
    for line in (1, 2):
        assert await desk.decides("physician", line, **DENIES, rationale=f"{RATIONALE} Line {line}.") == "ok"
    summary = await desk.try_again()
    assert (summary.determined, summary.pended) == (1, [])
    lines = await stores.rows("""
        SELECT l.line, disposition, reason, carc, clinical, s.reviewer_id, s.licence_state, s.rationale, s.signed_at
        FROM determination_lines l JOIN reviewer_signatures s USING (claim_id, signature_id) ORDER BY line""")
    assert lines == [
        (n, "denied", EXPERIMENTAL, "55", True, "SYN-physician", "NY", f"{RATIONALE} Line {n}.", desk.now)
        for n in (1, 2)
    ]
    [message] = [message for message in await stores.sent() if message.topic == DETERMINATIONS]
    assert [line["disposition"] for line in orjson.loads(message.value)["data"]["lines"]] == ["denied", "denied"]
    assert await desk.waits_for() == []
    assert await stores.broken() == []
    assert await desk.do("physician", action="take") == "closed"


async def test_each_line_is_signed_by_who_denied_it(stores: Stores) -> None:
    desk = await a_desk(stores)
    for line, person in ((1, "physician"), (2, "second")):
        await desk.takes(person)
        assert await desk.decides(person, line, **DENIES) == "ok"
        assert await desk.do(person, action="release") == "ok"
    await desk.try_again()
    signers = "SELECT reviewer_id FROM determination_lines JOIN reviewer_signatures USING (signature_id) ORDER BY line"
    assert await stores.rows(signers) == [("SYN-physician",), ("SYN-second",)]


async def test_a_line_passed_by_a_nurse_is_priced_by_hand_and_paid(stores: Stores) -> None:
    desk = await a_desk(stores)
    await desk.takes("nurse")
    assert [await desk.decides("nurse", line) for line in (1, 2)] == ["ok", "ok"]
    assert await desk.do("nurse", action="release") == "ok"
    await desk.try_again()
    assert await desk.waits_for() == [("P-PRICE", "pricing.manual", line) for line in (1, 2)]
    await desk.takes("pricing")
    for line in (1, 2):
        priced: dict[str, Any] = {"resolution": "priced", "allowed": "310.00"}
        assert await desk.decides("pricing", line, "pricing.manual", **priced) == "ok"
    assert (await desk.try_again()).determined == 1
    paid = await stores.rows("SELECT disposition, paid::text FROM determination_lines ORDER BY line")
    assert paid == [("approved", "310.00")] * 2
    assert await stores.broken() == []


async def test_a_claim_half_settled_waits_for_the_other_half(stores: Stores) -> None:
    desk = await a_desk(stores)
    await desk.takes("physician")
    assert await desk.decides("physician", 1, **DENIES) == "ok"
    assert (await desk.try_again()).determined == 0
    assert await desk.waits_for() == [("P-CLIN-MD", EXPERIMENTAL, 2)]
    assert await desk.decides("physician", 1, **DENIES) == "not-waiting"
    assert await desk.decides("physician", 2, **DENIES) == "ok"
    assert (await desk.try_again()).determined == 1


async def test_facts_a_nurse_states_are_adjudicated_as_if_the_claim_had_stated_them(stores: Stores) -> None:
    desk = await a_desk(stores, a_submission("C1"))
    assert [code for code, _, _ in await desk.waits_for()] == ["P-DOC"]
    complete = documented(a_submission("C1")).claim.supporting_information
    facts = [f.model_dump(mode="json", exclude_none=True, exclude={"recorded_on"}) for f in complete]
    await desk.takes("nurse")
    action = await desk.submit("nurse", action="record-facts", facts=facts)
    assert await desk.act(action) == ReviewAnswer(accepted=True, try_again=True)
    assert (await desk.try_again()).determined == 1
    assert await stores.rows("SELECT disposition FROM determination_lines") == [("approved",)]
    evidence = await stores.rows("SELECT DISTINCT e->>'author' FROM policy_traces, json_array_elements(evidence) e")
    assert ("SYN-nurse",) in evidence


async def test_a_clerical_correction_is_adjudicated(stores: Stores) -> None:
    desk = await a_desk(stores, a_submission("C1"))
    await desk.takes("examiner")
    assert await desk.do("examiner", action="correct", field="place-of-service", value="22") == "ok"
    assert await desk.do("examiner", action="correct", field="authorization-number", value="AUTH-9", line=1) == "ok"
    loaded = (await stores.claims.load([desk.claim_id]))[desk.claim_id].claim
    assert [(line.place_of_service, line.authorization_number) for line in loaded.lines] == [("22", "AUTH-9")]
    assert await desk.do("examiner", action="correct", field="diagnosis", value="M54.16") == "field"


async def test_what_would_have_no_effect_is_refused_in_words_and_recorded_nowhere(stores: Stores) -> None:
    desk = await a_desk(stores)
    await desk.takes("nurse")
    facts: dict[str, list[dict[str, Any]]] = {
        "fact": [FACT, {**FACT, "fact": "eval.adequat"}],
        "fact-value": [FACT, {"fact": "tx.weeks", "flag": True, "source": "SYN-DOC-1"}],
    }
    for code, value in facts.items():
        assert await desk.do("nurse", action="record-facts", facts=value) == code
    assert await effects(desk) == {}


async def test_a_correction_the_claim_has_no_place_for_is_refused_and_one_made_twice(stores: Stores) -> None:
    desk = await a_desk(stores, a_submission("C1"))
    await desk.takes("examiner")
    corrects: dict[str, Any] = {"action": "correct", "field": "place-of-service", "value": "22"}
    assert await desk.do("examiner", **corrects, line=9) == "line"
    assert await desk.do("examiner", **corrects) == "ok"
    assert await desk.do("examiner", **corrects) == "same"
    assert (await effects(desk))["corrections"] == 1


async def test_who_asked_for_a_second_opinion_decides_once_a_colleague_who_knows_the_field_recommended(
    stores: Stores,
) -> None:
    neurologist = a_staff_member("neurologist", "physician", license=a_license(expertise="neurology"))
    await put_people(stores.engine, [neurologist])
    desk = await a_desk(stores)
    asks: dict[str, Any] = {"action": "second-opinion", "expertise": "neurology", "question": "Is this accepted?"}
    await desk.takes("physician")
    assert await desk.do("physician", **asks, line=1) == "ok"
    await desk.takes("physician")
    assert await desk.decides("physician", 1, **DENIES) == "second-opinion"
    assert await desk.decides("physician", 2, **DENIES) == "ok"
    assert await desk.do("physician", action="release") == "ok"
    await desk.takes("neurologist")
    fields: dict[str, Any] = {"line": 1, "outcome": EXPERIMENTAL, "resolution": "denies", "rationale": RATIONALE}
    assert await desk.do("neurologist", action="recommend", **fields) == "ok"
    gone = neurologist.model_copy(update={"active": False, "version": 2})
    assert await put_people(stores.engine, [gone]) == 1
    await desk.takes("physician")
    assert await desk.decides("physician", 1, **DENIES) == "ok", "what they said stands although they left"
    assert await desk.broken_trail() == []


async def test_a_nurses_license_signs_nothing_although_the_staff_list_calls_her_a_physician(stores: Stores) -> None:
    nurses = a_license().model_copy(update={"profession": "registered nurse"})
    await put_people(stores.engine, [a_staff_member("misnamed", "physician", license=nurses)])
    desk = await a_desk(stores)
    await desk.takes("misnamed")
    assert await desk.decides("misnamed", 1, **DENIES) == "license-profession"
    assert await stores.rows("SELECT * FROM reviewer_signatures") == []


async def test_a_request_for_documents_goes_out_once_with_its_due_date(stores: Stores) -> None:
    desk = await a_desk(stores)
    await desk.takes("nurse")
    assert await desk.do("nurse", action="request-documents", kinds=["order", "therapy-notes"]) == "ok"
    [message] = [message for message in await stores.sent() if message.topic == DOCUMENT_REQUESTS]
    data = orjson.loads(message.value)["data"]
    assert [document["kind"] for document in data["documents"]] == ["order", "therapy-notes"]
    asked = await stores.rows("SELECT kind, asked_at, due_at FROM document_requests ORDER BY kind")
    assert [(kind, at) for kind, at, _ in asked] == [(kind, desk.now) for kind in ("order", "therapy-notes")]
    assert {(due_at - desk.now).days for _, _, due_at in asked} == {45}, (
        "the days the law gives, to the end of the last"
    )
    assert await desk.do("nurse", action="request-documents", kinds=["order"]) == "asked-before"
    assert len([m for m in await stores.sent() if m.topic == DOCUMENT_REQUESTS]) == 1


async def test_the_next_question_of_the_same_code_replaces_the_one_that_was_settled(stores: Stores) -> None:
    limited = replace(stores, reference=with_limit(stores.reference, "72148", 1, "3"))
    submission = a_submission("C1")
    (line,) = submission.claim.lines
    records = AttachmentV1(control_number="SYN-DOC-1", report_type="RR", transmission="EL")
    coded = line.model_copy(update={"modifiers": ("ZZ",), "units": Decimal(2)})
    changed = {"lines": (coded,), "attachments": (records,)}
    desk = await a_desk(limited, with_claim_fields(submission, changed))
    await desk.takes("coder")
    for outcome in ("edits.modifier_unknown", "edits.units_reviewable"):
        assert await desk.waits_for() == [("P-EDIT-OVR", outcome, 1)]
        assert await desk.decides("coder", 1, outcome) == "ok"
        await desk.try_again()
    assert [code for code, _, _ in await desk.waits_for()] == ["P-DOC"]


async def test_a_person_acts_in_the_roles_of_their_session_whatever_more_the_staff_list_gives(stores: Stores) -> None:
    desk = await a_desk(stores)
    await put_people(stores.engine, [a_staff_member("two", "nurse", "physician", license=a_license())])
    desk.acting = frozenset({Role.NURSE})
    await desk.takes("two")
    assert await desk.decides("two", 1, **DENIES) == "role-may-not"
    desk.acting = frozenset({Role.CODER})
    assert await desk.do("two", action="release") == "role-may-not"
    desk.acting = frozenset({Role.NURSE, Role.PHYSICIAN})
    assert await desk.decides("two", 1, **DENIES) == "ok"
    assert await stores.rows("SELECT role FROM audit_trail WHERE subject LIKE 'claim/%' ORDER BY number") == [
        ("nurse",),
        ("physician",),
    ]
