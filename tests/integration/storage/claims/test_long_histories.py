"""A member's history is read once for all claims of a batch, in pages, and never in part without saying so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from adjudication.model.vocabulary import ClaimId
from contracts.claim_intake.registration import LARGE_LINES, Registration, Submission
from contracts.events.claims import ClaimSubmittedV1
from contracts.events.codec import canonical, payload_hash
from contracts.events.outgoing import OutgoingMessage
from contracts.events.topics import CLAIMS_STATUS
from contracts.records.decisions import HistoryQuery, StoredClaim
from storage.claims.history import PostgresHistory
from storage.outbox.queue import PostgresOutbox
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import SERVICE_DATE, a_submission, request

OTHER_MEMBER = "SYN-000002"


def asked(claim: StoredClaim) -> HistoryQuery:
    return HistoryQuery(claim.claim.claim_id, claim.claim.member, SERVICE_DATE, SERVICE_DATE)


async def test_a_history_in_pages_is_the_same_as_in_one(stores: Stores) -> None:
    codes = ("72148", "72141", "72146")
    _, claims = await stores.accept(
        *(a_submission(f"C{n}", *codes) for n in range(5)), a_submission("X", member=OTHER_MEMBER)
    )
    queries = [asked(claim) for claim in claims]
    whole = await PostgresHistory(stores.engine).lines(queries)
    paged = await PostgresHistory(stores.engine, page=4).lines(queries)
    assert paged == whole
    others = {each.claim.claim_id: whole.of(each.claim.claim_id) for each in claims}
    for claim in claims[:5]:
        found = {(line.claim_id, line.number) for line in others[claim.claim.claim_id]}
        assert found == {(o.claim.claim_id, n) for o in claims[:5] if o is not claim for n in (1, 2, 3)}
    assert others[claims[5].claim.claim_id] == ()


async def test_a_claim_alone_in_its_batch_reads_the_same_lines(stores: Stores) -> None:
    _, claims = await stores.accept(*(a_submission(f"C{n}", "72148", "72141") for n in range(3)))
    alone = await stores.history.lines([asked(claims[0])])
    together = await stores.history.lines([asked(claim) for claim in claims])
    mine = claims[0].claim.claim_id
    assert list(alone.of(mine)) == list(together.of(mine))
    assert len(alone.of(mine)) == 4


async def test_the_admission_on_every_line_of_a_bill_is_read_for_the_same_hospital_only(stores: Stores) -> None:
    """An inpatient bill states its admission; another biller's, and a professional claim's question, read none from a study."""
    days: dict[str, object] = {"starts": "2025-08-20", "through": "2025-08-22"}
    sent: tuple[tuple[str, str, dict[str, object] | None], ...] = (
        ("72148", "111", days),
        ("72141", "112", {**days, "admitted_on": "2025-08-19"}),
        ("72146", "111", None),
        ("72149", "131", None),
    )
    _, claims = await stores.accept(*(_hospital(code, bill, stay) for code, bill, stay in sent))
    asking = claims[3]
    npi = asking.claim.billing.npi

    async def stays(hospital: str | None) -> set[tuple[str, date | None]]:
        query = replace(asked(asking), hospital=hospital)
        found = (await stores.history.lines([query])).of(asking.claim.claim_id)
        return {(line.code, line.admitted_on) for line in found}

    assert await stays(npi) == {("72148", SERVICE_DATE), ("72141", date(2025, 8, 19)), ("72146", SERVICE_DATE)}
    assert {day for _, day in await stays(None)} == {None}
    assert {day for _, day in await stays("9999999999")} == {None}


async def test_a_stay_s_room_and_board_shows_it_to_every_biller(stores: Stores) -> None:
    """A center that scans a patient during the stay is another biller than the hospital; a study of the bill is read for the hospital only."""
    stay: dict[str, object] = {"starts": "2025-08-20", "through": "2025-08-22", "admitted_on": "2025-08-19"}
    _, claims = await stores.accept(
        _hospital("72148", "111", stay),
        _hospital("72141", "111", stay, room="0120"),
        _hospital("72149", "131", stay, room="0120"),
        a_submission("C9", "72146"),
    )
    asking = claims[3]
    found = (await stores.history.lines([replace(asked(asking), hospital=None)])).of(asking.claim.claim_id)
    shown = [(line.code, line.admitted_on, line.stay_through) for line in found if line.admitted_on is not None]
    assert shown == [("0120", date(2025, 8, 19), date(2025, 8, 22))]
    assert len(found) == 3


async def test_the_place_of_service_of_the_asking_practice_s_lines_is_read(stores: Stores) -> None:
    """A line without its own place has its claim's; another biller's question reads none."""
    _, claims = await stores.accept(a_submission("C1", "72148"), a_submission("C2", "72148"))
    asking, other = claims
    own = replace(asked(asking), practice=asking.claim.billing.npi)
    [line] = (await stores.history.lines([own])).of(asking.claim.claim_id)
    assert line.place_of_service == other.claim.place_of_service == "11"
    [unasked] = (await stores.history.lines([asked(asking)])).of(asking.claim.claim_id)
    assert unasked.place_of_service is None


def _hospital(code: str, bill: str, stay: dict[str, object] | None, room: str | None = None) -> Submission:
    """A hospital's claim of one line: a study, or the room under its revenue code."""
    plain = a_submission(code, code)
    sent = plain.claim.model_dump(mode="json", exclude_none=True)
    lines = [{**line, "revenue_code": "0612"} for line in sent["lines"]]
    if room is not None:
        lines = [{**line, "revenue_code": room} for line in sent["lines"]]
        for line in lines:
            del line["code"]
    sent |= {"form": "institutional", "bill_type": bill, "lines": lines} | ({} if stay is None else {"stay": stay})
    payload = canonical(sent)
    claim = ClaimSubmittedV1.model_validate_json(payload)
    return replace(plain, claim=claim, payload=payload, payload_hash=payload_hash(payload))


async def test_a_history_longer_than_the_bound_is_named_and_others_are_not(stores: Stores) -> None:
    _, claims = await stores.accept(
        *(a_submission(f"C{n}", "72148", "72141") for n in range(4)),
        *(a_submission(f"X{n}", "72148", member=OTHER_MEMBER) for n in range(2)),
    )
    found = await PostgresHistory(stores.engine, most=7, page=3).lines([asked(claim) for claim in claims])
    ids = [ClaimId(claim.claim.claim_id) for claim in claims]
    assert found.too_long == frozenset(ids[:4])
    assert [len(found.of(claim)) for claim in ids[4:]] == [1, 1]
    assert (await PostgresHistory(stores.engine, most=8).lines([asked(claims[0])])).too_long == frozenset()


async def test_a_large_claim_is_a_batch_by_itself_also_for_the_repair_of_a_crashed_intake(stores: Stores) -> None:
    large = a_submission("L", *["72148"] * (LARGE_LINES + 1))
    small = [a_submission(f"C{n}", "72148") for n in range(3)]
    done = await stores.ledger.register(request(small[0], large, *small[1:]))
    assert done.outcomes == (Registration.NEW,) * 4
    assert {(batch.claim_ids, batch.large) for batch in done.batches} == {
        ((large.claim_id,), True),
        (tuple(each.claim_id for each in small), False),
    }
    # Delivered again before the start was recorded: the ledger finds the same batches.
    again = await stores.ledger.register(request(large))
    assert [(batch.claim_ids, batch.large) for batch in again.batches] == [((large.claim_id,), True)]


async def test_the_publisher_reads_large_entries_a_few_at_a_time_and_always_one(stores: Stores) -> None:
    outbox = stores.outbox
    assert isinstance(outbox, PostgresOutbox)
    sizes = [9_000_000, 1_000, 3_000_000, 3_000_000, 3_000_000, 1_000]
    for number, size in enumerate(sizes):
        await outbox.queue([OutgoingMessage(CLAIMS_STATUS, "claim", f"event-{number}", b"x" * size)])
    read = []
    while entries := await outbox.pending(64):
        read.append([entry.messages[0].event_id for entry in entries])
        await outbox.mark_published([entry.entry_id for entry in entries])
    assert read == [["event-0"], ["event-1", "event-2", "event-3", "event-4"], ["event-5"]]


async def test_a_batch_is_finished_by_its_last_part_even_if_others_decided_its_claims(stores: Stores) -> None:
    batch, [one, two] = await stores.accept(a_submission("C1"), a_submission("C2"))
    finished = "SELECT finished_at IS NOT NULL FROM batches"
    await stores.decisions.commit(batch.batch_id, [stores.determined(one)], finished=False)
    assert await stores.rows(finished) == [(False,)]
    await stores.decisions.commit("another-batch", [stores.determined(two)])
    await stores.decisions.commit(batch.batch_id, ())
    assert await stores.rows(finished) == [(True,)]
