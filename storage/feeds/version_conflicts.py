"""Finds events whose version was received before with other content; people must decide which one is right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from pydantic import TypeAdapter
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.events.documents import DocumentFactV1
from contracts.events.feeds import AuthorizedServiceV1, InvestigationV1, ProviderContractV1
from contracts.events.other_payers import OtherCoverageV1, PayerAdjudicationV1
from contracts.stored import read_stored_by

# If the JSON of a row differs, the parsed models are compared: earlier versions of the product wrote fewer fields.
_COVERAGE: Final = text("""
    SELECT i.place, c.other_coverage::text,
        (c.member_id, c.plan_id, c.birth_date, c.starts, c.ends, c.voided, c.determined_on, c.patient::jsonb)
            IS DISTINCT FROM (i.member_id, i.plan_id, i.birth_date, i.starts, i.ends, i.voided, i.determined_on, i.patient) AS differs
    FROM json_to_recordset(CAST(:rows AS json)) AS i(
        place integer, coverage_id text, member_id text, plan_id text, birth_date date, starts date, ends date,
        voided boolean, version bigint, determined_on date, patient jsonb, other_coverage jsonb)
    JOIN coverage c ON c.coverage_id = i.coverage_id AND c.version = i.version
    WHERE (c.member_id, c.plan_id, c.birth_date, c.starts, c.ends, c.voided, c.determined_on, c.patient::jsonb, c.other_coverage::jsonb)
        IS DISTINCT FROM (i.member_id, i.plan_id, i.birth_date, i.starts, i.ends, i.voided, i.determined_on, i.patient,
            coalesce(i.other_coverage, c.other_coverage::jsonb))
""")
_AUTHORIZATIONS: Final = text("""
    SELECT i.place, a.services::text,
        (a.member_id, a.plan_id, a.status, a.issued_on, a.patient::jsonb)
            IS DISTINCT FROM (i.member_id, i.plan_id, i.status, i.issued_on, i.patient) AS differs
    FROM json_to_recordset(CAST(:rows AS json)) AS i(
        place integer, number text, member_id text, plan_id text, status text, issued_on date, patient jsonb,
        services jsonb, version bigint)
    JOIN authorizations a ON a.number = i.number AND a.version = i.version
    WHERE (a.member_id, a.plan_id, a.status, a.issued_on, a.patient::jsonb, a.services::jsonb)
        IS DISTINCT FROM (i.member_id, i.plan_id, i.status, i.issued_on, i.patient, i.services)
""")
_PROVIDERS: Final = text("""
    SELECT i.place, p.contracts::text, p.investigations::text,
        p.address::jsonb IS DISTINCT FROM i.address AS differs
    FROM json_to_recordset(CAST(:rows AS json)) AS i(
        place integer, npi text, contracts jsonb, investigations jsonb, address jsonb, version bigint)
    JOIN providers p ON p.npi = i.npi AND p.version = i.version
    WHERE (p.contracts::jsonb, p.investigations::jsonb, p.address::jsonb) IS DISTINCT FROM (i.contracts, i.investigations, i.address)
""")
# A document found by our request number has the claim's number stored, which its sender left out.
_DOCUMENTS: Final = text("""
    SELECT i.place, d.facts::text, d.adjudication::text,
        (d.control_number, d.attachment_number, d.kind, d.note) IS DISTINCT FROM
            (coalesce(i.control_number, d.control_number), i.attachment_number, i.kind, i.note) AS differs
    FROM json_to_recordset(CAST(:rows AS json)) AS i(
        place integer, document_id text, version bigint, submitter text, control_number text, attachment_number text,
        kind text, facts jsonb, note text, adjudication jsonb)
    JOIN documents d ON d.submitter = i.submitter AND d.document_id = i.document_id AND d.version = i.version
    WHERE (d.control_number, d.attachment_number, d.kind, d.facts::jsonb, d.note, d.adjudication::jsonb)
        IS DISTINCT FROM (coalesce(i.control_number, d.control_number), i.attachment_number, i.kind, i.facts, i.note,
                          i.adjudication)
""")
STATEMENTS: Final = {
    "coverage": _COVERAGE, "authorizations": _AUTHORIZATIONS, "providers": _PROVIDERS, "documents": _DOCUMENTS,
}  # fmt: skip
_MODELS: Final[Mapping[str, TypeAdapter[Any]]] = {
    "other_coverage": TypeAdapter(tuple[OtherCoverageV1, ...]),
    "services": TypeAdapter(tuple[AuthorizedServiceV1, ...]),
    "contracts": TypeAdapter(tuple[ProviderContractV1, ...]),
    "investigations": TypeAdapter(tuple[InvestigationV1, ...]),
    "facts": TypeAdapter(tuple[DocumentFactV1, ...]),
    "adjudication": TypeAdapter(PayerAdjudicationV1),
}


async def conflicting(
    connection: AsyncConnection, table: str, rows: Sequence[Mapping[str, Any]], identity: Sequence[str]
) -> frozenset[int]:
    """Return the places of rows whose version is stored with other content, or is earlier in the run with other content.

    `identity`: the columns that name a record, its version among them.
    """
    numbered = [{**row, "place": place} for place, row in enumerate(rows)]
    found = (await connection.execute(STATEMENTS[table], {"rows": orjson.dumps(numbered).decode()})).mappings().all()
    places = {each["place"] for each in found if each["differs"] or _differs(rows[each["place"]], each)}
    # The stored row came first: a row that conflicts with it may not make a conflict of the row that repeats it.
    return frozenset(places) | _within(
        [(place, row) for place, row in enumerate(rows) if place not in places], identity
    )


def _differs(row: Mapping[str, Any], stored: RowMapping) -> bool:
    return any(_read(name, stored[name]) != _read(name, row[name]) for name in _MODELS if name in stored)


def _read(name: str, content: Any) -> Any:
    if content is None:
        return None
    return read_stored_by(_MODELS[name], content if isinstance(content, str) else orjson.dumps(content))


def _within(rows: Iterable[tuple[int, Mapping[str, Any]]], identity: Sequence[str]) -> frozenset[int]:
    first: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    places = set()
    for place, row in rows:
        key = tuple(row[column] for column in identity)
        if first.setdefault(key, row) != row:
            places.add(place)
    return frozenset(places)
