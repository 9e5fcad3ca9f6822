"""Account for every record of a fuzz by its own place: stored, known before, overtaken by a newer version, or dead-lettered.

It reads the ledger and what was sent, and nothing of the product's decoder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.events.topics import (
    APPEALS_FILED,
    AUTHORIZATIONS_CHANGED,
    CLAIMS_SUBMITTED,
    COVERAGE_CHANGED,
    DOCUMENTS_RECEIVED,
    LETTERS_SENT,
    PROVIDERS_CHANGED,
)
from tests.builders.streams.fuzz import Fate, Sent

Position = tuple[str, int, int]
_FAULTS: Final = ("decoder-failed", "not-storable")
"""Reasons that are our own fault: the event was refused by a defect, or by the database after our checks let it through."""
_LETTERS: Final = """SELECT topic, partition, "offset", refusal, reason, key, value, whole FROM dead_letters"""
_STORED: Final = {
    CLAIMS_SUBMITTED: "SELECT submitter, control_number, revision, payload, position FROM claims",
    COVERAGE_CHANGED: "SELECT coverage_id, version, ARRAY[member_id, plan_id, starts::text, birth_date::text] FROM coverage",
    AUTHORIZATIONS_CHANGED: "SELECT number, version, ARRAY[member_id, plan_id, status] FROM authorizations",
    PROVIDERS_CHANGED: "SELECT npi, version, (SELECT coalesce(array_agg(c ->> 'plan_id'), '{}') FROM json_array_elements(contracts) c) FROM providers",
    DOCUMENTS_RECEIVED: "SELECT submitter, document_id, version, ARRAY[control_number, attachment_number, kind, note] FROM documents",
    LETTERS_SENT: "SELECT letter_id::text, version, ARRAY[encode(digest, 'hex'), result, carrier, reference, reason] FROM letter_proofs",
    APPEALS_FILED: "SELECT content FROM appeal_filings UNION ALL SELECT content FROM appeal_continuations",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter of the ledger."""

    refusal: str
    reason: str
    key: bytes | None
    value: bytes | None
    whole: bool


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is stored, by what names it, and the dead letters by the place of their record."""

    claims: Mapping[tuple[Any, ...], list[tuple[Any, str]]]
    newest: Mapping[str, Mapping[Any, tuple[int, list[Any]]]]
    every: Mapping[str, Mapping[Any, Any]]
    letters: Mapping[Position, Letter]


async def read_ledger(engine: AsyncEngine) -> Ledger:
    """Read all of it."""
    async with engine.connect() as connection:
        rows = {topic: (await connection.execute(text(query))).all() for topic, query in _STORED.items()}
        letters = (await connection.execute(text(_LETTERS))).all()
    claims: dict[tuple[Any, ...], list[tuple[Any, str]]] = {}
    for submitter, control, revision, payload, position in rows[CLAIMS_SUBMITTED]:
        claims.setdefault((submitter, control, revision), []).append((payload, position))
    found = {
        (row[0], row[1], row[2]): Letter(row[3], row[4], _bytes(row[5]), _bytes(row[6]), row[7]) for row in letters
    }
    assert len(found) == len(letters), "one record has two dead letters"
    documents = {tuple(row[:3]): row[3] for row in rows[DOCUMENTS_RECEIVED]}
    appeals = {_appeal_key(row[0]): row[0] for row in rows[APPEALS_FILED]}
    proofs = {tuple(row[:2]): row[2] for row in rows[LETTERS_SENT]}
    feeds = (COVERAGE_CHANGED, AUTHORIZATIONS_CHANGED, PROVIDERS_CHANGED)
    newest = {topic: {row[0]: (row[1], row[2]) for row in rows[topic]} for topic in feeds}
    return Ledger(claims, newest, {DOCUMENTS_RECEIVED: documents, APPEALS_FILED: appeals, LETTERS_SENT: proofs}, found)


def account(ledger: Ledger, sent: Mapping[Position, Sent]) -> Counter[tuple[str, str]]:
    """Return how many records of each topic became what; raise AssertionError for one that became nothing, or something else."""
    strays = ledger.letters.keys() - sent.keys()
    assert not strays, f"dead letters of records that the fuzzer did not send: {sorted(strays)[:3]}"
    outcomes: Counter[tuple[str, str]] = Counter()
    seen: set[Any] = set()
    for place, record in sent.items():
        topic, letter = place[0], ledger.letters.get(place)
        if record.fate is Fate.NOTHING:
            assert letter is None, f"an aborted record was read: {place}"
            assert _stored(ledger, place, record) is None, f"an aborted record was stored: {place}"
            outcomes[topic, "aborted"] += 1
        elif letter is not None:
            _check_letter(letter, place, record)
            outcomes[topic, letter.refusal] += 1
        else:
            found = _stored(ledger, place, record)
            assert found is not None, f"neither stored nor dead-lettered: {_describe(place, record)}"
            assert record.fate is not Fate.REFUSED, f"stored, and must be refused: {_describe(place, record)}"
            outcome, name = found
            outcomes[topic, "duplicate" if outcome == "stored" and name in seen else outcome] += 1
            seen.add(name)
    return outcomes


def _check_letter(letter: Letter, place: Position, record: Sent) -> None:
    assert record.fate is not Fate.STORED, f"refused as {letter}, and must be stored: {_describe(place, record)}"
    assert letter.reason not in _FAULTS, f"refused by our own fault as {letter}: {_describe(place, record)}"
    key, value, _ = record.entry
    if letter.whole:
        assert (letter.key, letter.value) == (key, value), f"another record is kept: {_describe(place, record)}"
    assert letter.whole is (record.mutation != "bomb"), _describe(place, record)
    assert (letter.refusal == "conflict") or record.mutation != "conflict", f"{letter}: {_describe(place, record)}"


def _stored(ledger: Ledger, place: Position, record: Sent) -> tuple[str, Any] | None:
    """Return what became of a record that was not refused, and what names its content."""
    try:
        data = orjson.loads(record.entry[1] or b"")["data"]
        topic = place[0]
        if topic == CLAIMS_SUBMITTED:
            return _claim(ledger, place, data)
        if topic in ledger.every:
            return _kept(ledger.every[topic], topic, data)
        return _newest(ledger.newest[topic], topic, data)
    except (orjson.JSONDecodeError, KeyError, TypeError, IndexError):
        return None


def _claim(ledger: Ledger, place: Position, data: Any) -> tuple[str, Any] | None:
    name = data["submitter"], data["claim_control_number"], data.get("revision", 1)
    for payload, position in ledger.claims.get(name, ()):
        if payload == data:
            return ("stored" if position == "/".join(map(str, place)) else "duplicate"), (*name, position)
    return None


def _kept(rows: Mapping[Any, Any], topic: str, data: Any) -> tuple[str, Any] | None:
    """Every version is kept."""
    if topic == APPEALS_FILED:
        name: Any = _appeal_key(data)
        same = name in rows and all(
            rows[name].get(field) == data.get(field) for field in ("claim", "statement", "channel")
        )
    elif topic == LETTERS_SENT:
        name = data["letter_id"], data["version"]
        same = rows.get(name) == [data.get(each) for each in ("sha256", "result", "carrier", "reference", "reason")]
    else:
        name = data["submitter"], data["document_id"], data["version"]
        content = [data.get(each) for each in ("claim_control_number", "attachment_control_number", "kind", "note")]
        same = rows.get(name) == content
    return ("stored", (topic, *name)) if same else None


def _newest(rows: Mapping[Any, tuple[int, list[Any]]], topic: str, data: Any) -> tuple[str, Any] | None:
    """Only the newest version is kept."""
    if topic == COVERAGE_CHANGED:
        name, content = data["coverage_id"], [data["member_id"], data["plan_id"], data["starts"], data["birth_date"]]
    elif topic == AUTHORIZATIONS_CHANGED:
        name, content = data["authorization_number"], [data["member_id"], data["plan_id"], data["status"]]
    else:
        name, content = data["npi"], [each["plan_id"] for each in data.get("contracts", ())]
    if name not in rows:
        return None
    version, kept = rows[name]
    if version > data["version"]:
        return "overtaken", (topic, name, data["version"])
    return ("stored", (topic, name, version)) if (version, kept) == (data["version"], content) else None


def _appeal_key(data: Any) -> tuple[Any, ...]:
    return data["submitter"], data["appeal_reference"], data["version"]


def _describe(place: Position, record: Sent) -> str:
    key, value, headers = record.entry
    return f"{record.mutation} at {place}: key {key!r}, {len(headers)} headers, value {(value or b'')[:1500]!r}"


def _bytes(stored: Any) -> bytes | None:
    return None if stored is None else bytes(stored)


def in_words(outcomes: Mapping[tuple[str, str], int], topics: Iterable[str]) -> str:
    """Return how many records of each topic became what."""
    lines = []
    for topic in topics:
        mine = {outcome: count for (where, outcome), count in sorted(outcomes.items()) if where == topic}
        shown = ", ".join(f"{outcome} {count:,}" for outcome, count in mine.items())
        lines.append(f"  {topic}: {sum(mine.values()):,} = {shown}")
    return "\n".join(lines)
