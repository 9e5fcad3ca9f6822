"""Letters issue themselves: each once, addressed, signed by the system; what hinders one is shown with what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest

from adjudication.letters.letter import Audience
from adjudication.model.determination import Determination
from adjudication.model.vocabulary import ClaimId, DateRange, PlanId
from adjudication.steps.pipeline import ClaimContext, adjudicate
from contracts.event_builders.decisions import determination_messages
from contracts.records.decisions import Publication
from letters.issuing import LetterIssuer
from storage.audit.trail import broken
from storage.outbox.queue import unpack
from storage.privileges.roles import DatabaseRole
from storage.reconciliation.stuck import LETTERS_STUCK, stuck_work
from tests.builders.console.appeals_office import MEDICAID, NEW_YORK, AppealsOffice
from tests.builders.console.mail_room import HOME, MailRoom, addressed
from tests.builders.console.office import ADJUDICATED, SPAN, Office, person
from tests.builders.ledger.appeal_cases import FILED, decides
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import RECEIVED, a_coverage_change, a_submission

pytestmark = pytest.mark.servers

ENDED = date(2025, 2, 1)


@pytest.fixture
async def room(office: Office) -> MailRoom:
    return MailRoom(office)


@pytest.fixture
async def appeals(office: Office) -> AppealsOffice:
    return AppealsOffice(office)


async def denied_for_coverage(office: Office) -> ClaimId:
    """A claim that is denied because the coverage of the member had ended."""
    over = a_coverage_change().model_copy(update={"ends": ENDED, "address": HOME})
    await office.stores.feeds.apply_coverage([over])
    batch, [stored] = await office.stores.accept(a_submission("ENDED-1", "72148"))
    span = replace(SPAN, plan_id=PlanId("HUDSON-COMM"), span=DateRange(date(2025, 1, 1), ENDED))
    context, reference = ClaimContext(sequence=1, spans=[span]), office.library.reference
    decision = adjudicate(stored.claim, context, ADJUDICATED, reference).decision
    assert isinstance(decision, Determination)
    assert {line.reason for line in decision.lines} == {"eligibility.after_termination"}
    messages = determination_messages(stored.claim, decision, reference)
    assert not await office.stores.decisions.commit(batch.batch_id, [Publication(stored, decision, 0, messages)])
    return stored.claim.claim_id


async def test_a_denial_for_lack_of_coverage_has_its_two_letters_once_and_signed_by_the_system(room: MailRoom) -> None:
    claim = await denied_for_coverage(room.office)
    await addressed(room.office, member=False)
    await room.look()
    both = [("administrative-denial", to, "version 1") for to in ("member", "provider")]
    assert await room.issued() == both
    again = MailRoom(room.office)
    await again.look()
    assert await room.issued() == both
    [notice] = await room.notices.open(10)
    assert (notice.claim_id, notice.about, notice.issued, notice.stuck) == (claim, "decision", 2, None)
    trail = await room.office.rows("SELECT DISTINCT person_id, role FROM audit_trail WHERE subject LIKE 'letters/%'")
    assert [tuple(row) for row in trail] == [("claimwright", "system")]
    assert [words async for words in broken(room.office.stores.engine)] == []
    [body] = await room.office.rows("SELECT convert_from(body, 'utf8') FROM issued_letters WHERE audience = 'member'")
    assert "1 Synthetic Street\nSyntheville, NY 99999" in body[0]
    rows = await room.office.rows("SELECT messages FROM outbox ORDER BY entry_id")
    handed = [message for row in rows for message in unpack(row[0]) if message.topic == "letters.ready"]
    assert {orjson.loads(message.value or b"")["data"]["audience"] for message in handed} == {"member", "provider"}


async def test_a_letter_without_an_address_is_stuck_until_the_feed_states_one(room: MailRoom) -> None:
    await denied_for_coverage(room.office)
    await room.look()
    assert await room.issued() == [("administrative-denial", "member", "version 1")]
    [why] = await room.why_stuck()
    assert (
        why
        == "to the provider: no address on the roster or the claim; send the provider's address on providers.changed"
    )
    [stuck] = [
        each for each in await stuck_work(room.office.stores.engine, room.office.now) if each.what == LETTERS_STUCK
    ]
    assert stuck.count == 1
    await room.office.hire(person("CLERK", "intake-clerk"))
    assert "send the provider&#39;s address on providers.changed" in (await room.office.get("/mail", "CLERK")).text
    await addressed(room.office, member=False)
    await room.look()
    assert await room.why_stuck() == [None]
    assert len(await room.issued()) == 2


async def test_a_request_for_records_has_its_letters_and_none_once_it_was_answered(room: MailRoom) -> None:
    await room.office.waiting(a_submission("SCAN-1", "72148"))
    await addressed(room.office)
    await room.look()
    assert [(kind, to) for kind, to, _ in await room.issued()] == [
        ("document-request", "member"),
        ("document-request", "provider"),
    ]
    [notice] = await room.notices.open(10)
    assert (notice.about, notice.issued) == ("request", 2)
    due_at = notice.due_at
    assert due_at is not None
    # 30 days from receipt: 29 CFR 2560.503-1(f)(2)(iii)(B), NY Insurance Law 3224-a(b).
    assert due_at.astimezone(ZoneInfo("America/New_York")).date() == RECEIVED.date() + timedelta(days=30)
    assert (await room.notices.counts(due_at - timedelta(days=1))).at_risk == 1
    assert (await room.notices.counts(due_at + timedelta(seconds=1))).missed == 1
    await room.mailed()
    assert await room.notices.open(10) == ()
    assert (await room.notices.counts(due_at + timedelta(seconds=1))).missed == 0


async def test_a_request_stops_the_deadlines_from_the_day_its_letters_are_mailed(room: MailRoom) -> None:
    """29 CFR 2560.503-1(f)(4): tolled from the date on which the notification is sent to the claimant."""
    [claim] = await room.office.waiting(a_submission("SCAN-1", "72148"))
    await addressed(room.office)
    await room.look()
    assert await room.stopped(claim) == {None}
    await room.mailed()
    assert await room.stopped(claim) == {None, room.mailed_at}, "the New York notice of a dispute is met, not stopped"


async def test_a_second_request_of_one_day_has_its_own_letters_that_name_what_the_reviewer_asks_for(
    room: MailRoom,
) -> None:
    [claim] = await room.office.waiting(a_submission("SCAN-1", "72148"))
    await addressed(room.office)
    await room.look()
    await room.office.hire(person("NURSE", "nurse"))
    assert (await room.office.act(claim, "NURSE", action="take")).status_code == 200
    done = await room.office.act(claim, "NURSE", action="request-documents", kinds=["operative-report"])
    assert done.status_code == 200, done.text
    await room.look()
    steps = [step for _, to, step in await room.issued() if to == "member"]
    assert len(set(steps)) == 2
    assert len({step.partition(",")[2] for step in steps}) == 1, "both are to be answered by one day"
    bodies = await room.office.rows("SELECT convert_from(body, 'utf8') FROM issued_letters ORDER BY issued_at")
    assert ["A reviewer of the claim needs it." in body[0] for body in bodies] == [False, False, True, True]


async def test_a_letter_that_the_mail_house_addresses_is_issued_by_the_member_number(room: MailRoom) -> None:
    library, plan = room.office.library, PlanId("HUDSON-COMM")
    heads = dict(library.letters.letterheads)
    heads[plan] = replace(heads[plan], mail_house_addresses=True)
    room.issuer = LetterIssuer(
        in_role(room.office.stores.engine, DatabaseRole.RECONCILER),
        replace(library, letters=replace(library.letters, letterheads=heads)),
        room.office.clock,
    )
    await room.office.waiting(a_submission("SCAN-1", "72148"))
    await addressed(room.office, member=False)
    await room.look()
    assert await room.why_stuck() == [None]
    query = "SELECT convert_from(body, 'utf8'), addressed_by FROM issued_letters WHERE audience = 'member'"
    [(body, by)] = await room.office.rows(query)
    assert by == "mail-house"
    assert "Member number: " in body
    assert "address from enrollment" not in body
    rows = await room.office.rows("SELECT messages FROM outbox ORDER BY entry_id")
    handed = [message for row in rows for message in unpack(row[0]) if message.topic == "letters.ready"]
    ready = [orjson.loads(message.value or b"")["data"] for message in handed]
    assert {each["audience"]: each["addressed_by"] for each in ready} == {"member": "mail-house", "provider": "plan"}


async def test_the_notice_of_a_decided_appeal_is_due_by_the_deadline_of_the_decision_until_it_is_mailed(
    appeals: AppealsOffice,
) -> None:
    """NY Public Health Law 4904(c): 30 days for an appeal of utilization review."""
    appeal = await appeals.appealed(NEW_YORK)
    room = MailRoom(appeals.office)
    await addressed(appeals.office, plan=NEW_YORK)
    assert (await appeals.does(appeal, "peer", **decides("upheld"))).status_code == 200
    await room.look()
    [notice] = [each for each in await room.notices.open(10) if each.about == "appeal"]
    assert notice.due_at is not None
    assert notice.due_at.astimezone(ZoneInfo("America/New_York")).date() == FILED.date() + timedelta(days=30)
    await room.mailed()
    assert [each for each in await room.notices.open(10) if each.about == "appeal"] == []


async def test_a_claim_that_waits_for_no_records_any_more_gets_no_request(room: MailRoom) -> None:
    await room.office.waiting(a_submission("SCAN-1", "72148"))
    await addressed(room.office)
    await room.office.stores.execute("UPDATE pends SET closed_at = now()")
    await room.look()
    assert await room.issued() == []
    assert await room.notices.open(10) == ()


async def test_the_provider_alone_is_answered_for_a_person_whom_no_enrollment_names(room: MailRoom) -> None:
    claim = await denied_for_coverage(room.office)
    await addressed(room.office, member=False)
    await room.office.stores.execute("DELETE FROM coverage")
    await room.look()
    assert await room.issued() == [("administrative-denial", "provider", "version 1")]
    assert await room.why_stuck() == [None]
    shown = (await room.office.get(f"/claims/{claim}/letters/member", "BOSS")).text
    assert "no enrollment names this person, so no letter goes to a member" in shown
    [body] = await room.office.rows("SELECT convert_from(body, 'utf8') FROM issued_letters")
    assert "Hudson Synthetic Health" in body[0]


async def test_each_step_of_an_appeal_has_its_letters_and_an_extension_gives_its_reason(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(MEDICAID)
    room = MailRoom(appeals.office)
    await addressed(appeals.office, plan=MEDICAID)
    await room.look()
    kinds = [kind for kind, _, _ in await room.issued() if kind.startswith("appeal")]
    assert kinds == ["appeal-acknowledgement"] * len(Audience)
    extends = {"action": "extend", "reference": "SYN-NOTICE"}
    done = await appeals.does(appeal, "specialist", **extends, why_longer="We wait for the records of a hospital.")
    assert done.status_code == 200, done.text
    await room.look()
    bodies = await appeals.office.rows(
        "SELECT convert_from(body, 'utf8') FROM issued_letters WHERE kind = 'appeal-extension'"
    )
    assert len(bodies) == len(Audience)
    assert all("We wait for the records of a hospital." in body[0] for body in bodies)
    withdrawn = await appeals.does(appeal, "specialist", action="withdraw", reference="SYN-LETTER-1")
    assert withdrawn.status_code == 200, withdrawn.text
    await room.look()
    assert sum(kind == "appeal-withdrawal" for kind, _, _ in await room.issued()) == len(Audience)


async def test_an_extension_without_a_reason_waits_for_one(appeals: AppealsOffice) -> None:
    appeal = await appeals.appealed(MEDICAID)
    room = MailRoom(appeals.office)
    await addressed(appeals.office, plan=MEDICAID)
    assert (await appeals.does(appeal, "specialist", action="extend", reference="SYN-NOTICE")).status_code == 200
    await room.look()
    [why] = [notice.stuck for notice in await room.notices.open(10) if notice.about == "appeal"]
    assert why is not None
    assert "must explain why more time is needed; write the reason" in why
