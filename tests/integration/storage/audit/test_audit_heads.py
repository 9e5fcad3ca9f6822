"""Heads of the audit trail kept elsewhere show what the database alone cannot: a chain rewritten together with its head."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import astuple
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from cli.people.audit import print_heads, read_heads, verify
from contracts.events.audit_heads import AuditHeadPublished, AuditHeadV1
from contracts.events.topics import AUDIT_HEADS
from storage.audit.heads import PostgresAuditHeads, differing, heads
from storage.audit.trail import FIRST, Entry, entry_hash
from tests.builders.ledger.audit_trail import tamper
from tests.builders.ledger.desks import DENIES, Desk, a_desk
from tests.builders.ledger.ledgers import Stores

pytestmark = pytest.mark.servers
_ENTRY = """
    INSERT INTO audit_trail (subject, at, person_id, role, action_id, content, number, previous, hash)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


async def a_trail(stores: Stores) -> Desk:
    """Three entries on one claim: taken, a line denied, given back."""
    desk = await a_desk(stores)
    await desk.takes("physician")
    assert await desk.decides("physician", 1, **DENIES) == "ok"
    assert await desk.do("physician", action="release") == "ok"
    return desk


async def publish(stores: Stores) -> list[AuditHeadV1]:
    """State what changed; return every head of the claim shown so far: the chains of the staff have one entry each."""
    while await PostgresAuditHeads(stores.engine).publish_some():
        pass
    published = [message for message in await stores.sent() if message.topic == AUDIT_HEADS]
    found = [AuditHeadPublished.model_validate_json(message.value) for message in published]
    longer = [event for event in found if event.data.length > 1]
    assert len({event.id for event in longer}) == len(longer)
    return [event.data for event in longer]


async def rewritten(stores: Stores, subject: str, keep: int, **changes: Any) -> None:
    """Do what a person with the database's own password can: a chain cut to `keep` entries, the last one changed, every
    hash made to fit, the head with it, and the actions it leaves out taken out too.
    """
    rows = await stores.rows(
        "SELECT at, person_id, role, action_id::text, content::text FROM audit_trail WHERE subject = :s ORDER BY number",
        s=subject,
    )
    previous, entries = FIRST, []
    for number, (at, person, role, action, content) in enumerate(rows[:keep], start=1):
        shown = Entry(subject, at, person, changes.get("role", role) if number == keep else role, action, content)
        entries.append((*astuple(shown), number, previous, digest := entry_hash(shown, number, previous)))
        previous = digest
    async with stores.engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in ("audit_trail", "audit_heads"):
            await connection.execute(text(f"DELETE FROM {table} WHERE subject = :subject"), {"subject": subject})
        for entry in entries:
            await connection.exec_driver_sql(_ENTRY, entry)
        await connection.exec_driver_sql("INSERT INTO audit_heads VALUES (%s, %s, %s)", (subject, keep, previous))
        gone = [action for _, _, _, action, _ in rows[keep:]]
        await connection.exec_driver_sql("DELETE FROM review_actions WHERE action_id::text = ANY(%s)", (gone,))


async def test_each_change_is_shown_once_and_names_no_person(stores: Stores) -> None:
    desk = await a_trail(stores)
    [head] = await publish(stores)
    assert (head.length, head.at) == (3, desk.now)
    assert str(desk.claim_id) not in head.model_dump_json()
    assert await publish(stores) == [head]
    await desk.takes("physician")
    [_, newer] = await publish(stores)
    assert (newer.chain, newer.length) == (head.chain, 4)


async def test_a_head_that_is_published_again_is_the_same_event(stores: Stores) -> None:
    """As after Kafka lost its topics: the ids are those of before, so the bytes must be."""
    await a_trail(stores)
    before = await publish(stores)
    await stores.execute("DELETE FROM audit_heads_published")
    while await PostgresAuditHeads(stores.engine).publish_some():
        pass
    sent = [message for message in await stores.sent() if message.topic == AUDIT_HEADS]
    assert len(before) == 1
    assert Counter(Counter((message.event_id, message.value) for message in sent).values()) == {2: len(sent) // 2}
    assert await stores.broken() == []


async def test_the_ledger_holds_against_every_head_it_ever_stated(stores: Stores) -> None:
    desk = await a_trail(stores)
    await publish(stores)
    await desk.takes("physician")
    kept = await publish(stores)
    assert await differing(stores.engine, kept) == []
    assert [head async for head in heads(stores.engine) if head.length > 1] == kept[-1:]


async def test_a_chain_cut_together_with_its_head_is_found_by_the_head_kept_elsewhere(stores: Stores) -> None:
    desk = await a_trail(stores)
    kept = await publish(stores)
    await rewritten(stores, f"claim/{desk.claim_id}", keep=2)
    assert await desk.broken_trail() == [], "the database alone shows nothing"
    assert await differing(stores.engine, kept) == [
        f"claim/{desk.claim_id}: entry 3, kept elsewhere, is missing; the trail was cut"
    ]


async def test_a_chain_rewritten_together_with_its_head_is_found_by_the_head_kept_elsewhere(stores: Stores) -> None:
    desk = await a_trail(stores)
    kept = await publish(stores)
    await rewritten(stores, f"claim/{desk.claim_id}", keep=3, role="supervisor")
    assert await desk.broken_trail() == [], "the database alone shows nothing"
    found = f"claim/{desk.claim_id}: entry 3 is not the one kept elsewhere; the trail was rewritten"
    assert await differing(stores.engine, kept) == [found]
    await stores.execute("DELETE FROM audit_heads_published")
    again = await publish(stores)
    assert len(again) == 2, "stated again, the false head stands next to the true one"
    assert await differing(stores.engine, again) == [found]


async def test_a_chain_taken_out_as_a_whole_is_found(stores: Stores) -> None:
    await a_trail(stores)
    [head] = await publish(stores)
    await tamper(stores, "DELETE FROM audit_trail", "DELETE FROM audit_heads", "DELETE FROM review_actions")
    assert await differing(stores.engine, [head]) == [
        f"the chain {head.chain}, kept elsewhere with 3 entries, is not in the ledger"
    ]


async def test_heads_are_read_as_lines_and_as_the_events_that_stated_them(stores: Stores) -> None:
    await a_trail(stores)
    [head] = await publish(stores)
    sent = [message.value for message in await stores.sent() if message.topic == AUDIT_HEADS]
    [event] = [value for value in sent if head.hash.encode() in value]
    assert read_heads([head.model_dump_json().encode(), event]) == [head, head]


@pytest.mark.parametrize("lines", [[], [b"no head"], [b"[]"], [orjson.dumps({"chain": "0" * 32})]])
def test_what_is_no_head_is_refused_in_words_rather_than_passed_over(lines: list[bytes]) -> None:
    with pytest.raises(ValueError, match="head"):
        read_heads(lines)


async def test_the_command_checks_the_ledger_against_a_file_and_says_what_was_cut(
    stores: Stores, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = await a_trail(stores)
    monkeypatch.setenv("CLAIMWRIGHT_POSTGRES_DSN", database)
    for other in ("KAFKA_BOOTSTRAP", "TEMPORAL_ADDRESS"):
        monkeypatch.setenv(f"CLAIMWRIGHT_{other}", "127.0.0.1:9")  # nothing of this asks for them
    assert await asyncio.to_thread(print_heads) == 0
    kept = tmp_path / "heads"
    kept.write_text(capsys.readouterr().out)
    assert await asyncio.to_thread(verify, kept) == 0
    await rewritten(stores, f"claim/{desk.claim_id}", keep=2)
    assert await asyncio.to_thread(verify) == 0
    assert await asyncio.to_thread(verify, kept) == 1
    assert "the trail was cut" in " ".join(capsys.readouterr().out.split())
    kept.write_text("")
    assert await asyncio.to_thread(verify, kept) == 2
