"""Writes the coverage, authorization and roster feeds: the newest version of each record wins, in any order of arrival."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.vocabulary import ClaimId
from contracts.events.documents import DocumentReceivedV1
from contracts.events.feeds import AuthorizationChangedV1, CoverageChangedV1, ProviderChangedV1
from contracts.events.spans import SpanV1
from contracts.records.feed_results import Applied
from storage.feeds.changed_coverage import raise_changed, spans_before
from storage.feeds.changed_providers import raise_changed_providers
from storage.feeds.coverage import STATED
from storage.feeds.earlier_records import keep_replaced
from storage.feeds.late_authorizations import raise_answered, raise_withdrawn, stored_before
from storage.feeds.roster import CLAIM_PROVIDERS, read_roster
from storage.feeds.version_conflicts import conflicting
from storage.review.document_answers import FOR_CLAIMS, add_documents
from storage.unstorable import unstorable_data

# An event without other payers leaves the stored ones; only a list, which may be empty, replaces them.
_COVERAGE: Final = text("""
    INSERT INTO coverage (coverage_id, member_id, plan_id, birth_date, starts, ends, voided, version, other_coverage,
        determined_on, reported_on, patient)
    SELECT * FROM unnest(
        CAST(:coverage_id AS text[]), CAST(:member_id AS text[]), CAST(:plan_id AS text[]), CAST(:birth_date AS date[]),
        CAST(:starts AS date[]), CAST(:ends AS date[]), CAST(:voided AS boolean[]), CAST(:version AS bigint[]),
        CAST(:other_coverage AS json[]), CAST(:determined_on AS date[]), CAST(:reported_on AS date[]),
        CAST(:patient AS json[]))
    ON CONFLICT (coverage_id) DO UPDATE SET
        member_id = EXCLUDED.member_id, plan_id = EXCLUDED.plan_id, birth_date = EXCLUDED.birth_date,
        starts = EXCLUDED.starts, ends = EXCLUDED.ends, voided = EXCLUDED.voided, version = EXCLUDED.version,
        other_coverage = CASE WHEN coverage.member_id = EXCLUDED.member_id
            THEN coalesce(EXCLUDED.other_coverage, coverage.other_coverage) ELSE EXCLUDED.other_coverage END,
        determined_on = EXCLUDED.determined_on,
        patient = EXCLUDED.patient,
        reported_on = LEAST(coverage.reported_on, EXCLUDED.reported_on),
        changed_at = now()
    WHERE coverage.version < EXCLUDED.version
""")
_AUTHORIZATIONS: Final = text("""
    INSERT INTO authorizations (number, member_id, plan_id, status, services, version, issued_on, patient)
    SELECT number, member_id, plan_id, status, CAST(services AS json), version, issued_on, CAST(patient AS json) FROM unnest(
        CAST(:number AS text[]), CAST(:member_id AS text[]), CAST(:plan_id AS text[]), CAST(:status AS text[]),
        CAST(:services AS text[]), CAST(:version AS bigint[]), CAST(:issued_on AS date[]),
        CAST(:patient AS text[]))
        AS t(number, member_id, plan_id, status, services, version, issued_on, patient)
    ON CONFLICT (number) DO UPDATE SET
        member_id = EXCLUDED.member_id, plan_id = EXCLUDED.plan_id, status = EXCLUDED.status,
        services = EXCLUDED.services, version = EXCLUDED.version, issued_on = EXCLUDED.issued_on, patient = EXCLUDED.patient,
        changed_at = now()
    WHERE authorizations.version < EXCLUDED.version
""")
_PROVIDERS: Final = text("""
    INSERT INTO providers (npi, contracts, investigations, address, taxonomy, version)
    SELECT npi, CAST(contracts AS json), CAST(investigations AS json), CAST(address AS json), taxonomy, version FROM unnest(
        CAST(:npi AS text[]), CAST(:contracts AS text[]), CAST(:investigations AS text[]), CAST(:address AS text[]),
        CAST(:taxonomy AS text[]), CAST(:version AS bigint[]))
        AS t(npi, contracts, investigations, address, taxonomy, version)
    ON CONFLICT (npi) DO UPDATE SET
        contracts = EXCLUDED.contracts, investigations = EXCLUDED.investigations, address = EXCLUDED.address,
        taxonomy = EXCLUDED.taxonomy, version = EXCLUDED.version,
        changed_at = now()
    WHERE providers.version < EXCLUDED.version
""")
_COVERAGE_FIELDS: Final = (
    "coverage_id", "member_id", "plan_id", "birth_date", "starts", "ends", "voided", "version", "determined_on",
)  # fmt: skip
_WAITING_MEMBERS: Final = text("""
    SELECT DISTINCT p.claim_id::text FROM claim_lines l
    JOIN pends p ON p.claim_id = l.claim_id AND p.closed_at IS NULL AND p.code = ANY(:codes)
    WHERE l.member_id = ANY(:members)
""")
# Many claims may wait for one billing provider, which is an indexed column: 11 ms where 20,000 wait. The providers who
# rendered a line are read from the claim's document, which takes 1.5 s for as many; few claims wait for those.
_WAITING_PROVIDERS: Final = text(f"""
    SELECT p.claim_id::text FROM pends p JOIN claim_lines l USING (claim_id)
    WHERE p.closed_at IS NULL AND p.code = ANY(:billing_codes) AND l.billing_npi = ANY(:npis)
    UNION SELECT p.claim_id::text FROM pends p JOIN claims c USING (claim_id)
    WHERE p.closed_at IS NULL AND p.code = ANY(:codes) AND {CLAIM_PROVIDERS} && CAST(:npis AS text[])
""")
_WAITING_DOCUMENTS: Final = text(f"""
    SELECT DISTINCT p.claim_id::text FROM {FOR_CLAIMS} JOIN pends p ON p.claim_id = c.claim_id AND p.closed_at IS NULL
        AND p.code = ANY(:codes)
""")


class PostgresFeeds:
    """Writes the projections."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def apply_coverage(self, changes: Sequence[CoverageChangedV1], reported: Sequence[datetime] = ()) -> Applied:
        """Upsert spans where the version is newer, and raise the decided claims with other coverage on their days of service.

        `reported`: the time of each event; a span keeps the day of its first report.
        """
        first: dict[str, date] = {}
        for change, time in zip(changes, reported, strict=False):
            on = time.astimezone(UTC).date()
            first[change.coverage_id] = min(on, first.get(change.coverage_id, on))
        rows = [
            {field: getattr(change.half_open(), field) for field in _COVERAGE_FIELDS}
            | {"other_coverage": _others(change), "patient": _patient(change)}
            for change in changes
        ]
        _carry_others(rows)
        with unstorable_data():
            async with self._engine.begin() as connection:
                before = await spans_before(connection, changes)
                applied, places = await _write(connection, "coverage", _COVERAGE, rows, "coverage_id", first)
                await raise_changed(connection, [changes[place] for place in places], before)
        return applied

    async def apply_authorizations(self, changes: Sequence[AuthorizationChangedV1]) -> Applied:
        """Upsert authorizations where the version is newer, and raise the decided claims that they concern."""
        rows = [
            {
                "number": change.authorization_number,
                "member_id": change.member_id,
                "plan_id": change.plan_id,
                "status": change.status.value,
                "services": _spans(change.services),
                "version": change.version,
                "issued_on": change.issued_on,
                "patient": None
                if change.patient is None
                else change.patient.model_dump(mode="json", exclude_none=True),
            }
            for change in changes
        ]
        with unstorable_data():
            async with self._engine.begin() as connection:
                before = await stored_before(connection, changes)
                applied, places = await _write(connection, "authorizations", _AUTHORIZATIONS, rows, "number")
                newest = [changes[place] for place in places]
                await raise_answered(connection, newest, before)
                await raise_withdrawn(connection, newest, before)
        return applied

    async def apply_providers(self, changes: Sequence[ProviderChangedV1]) -> Applied:
        """Upsert providers where the version is newer, and raise the decided claims that it concerns."""
        rows = [
            {
                "npi": change.npi,
                "contracts": _spans(change.contracts),
                "investigations": _spans(change.investigations),
                "address": None if change.address is None else change.address.model_dump(mode="json"),
                "taxonomy": change.taxonomy,
                "version": change.version,
            }
            for change in changes
        ]
        with unstorable_data():
            async with self._engine.begin() as connection:
                npis = sorted({change.npi for change in changes})
                before = await read_roster(connection, npis)
                applied, _ = await _write(connection, "providers", _PROVIDERS, rows, "npi")
                await raise_changed_providers(connection, npis, before)
        return applied

    async def apply_documents(self, documents: Sequence[tuple[DocumentReceivedV1, datetime]]) -> Applied:
        """Add document versions, and write which requests they answer."""
        with unstorable_data():
            async with self._engine.begin() as connection:
                return await add_documents(connection, documents)

    async def waiting_for_members(self, members: Sequence[str], codes: Collection[str]) -> Sequence[ClaimId]:
        """Return the claims of members that wait under some pend codes."""
        async with self._engine.connect() as connection:
            keys = {"members": sorted(set(members)), "codes": sorted(codes)}
            return [ClaimId(claim) for claim in (await connection.scalars(_WAITING_MEMBERS, keys)).all()]

    async def waiting_for_providers(
        self, npis: Sequence[str], billing_codes: Collection[str], codes: Collection[str]
    ) -> Sequence[ClaimId]:
        """Return the claims that wait under `billing_codes` and are billed by these providers, and those that wait
        under `codes` and are billed or rendered by them.
        """
        keys = {"npis": sorted(set(npis)), "billing_codes": sorted(billing_codes), "codes": sorted(codes)}
        async with self._engine.connect() as connection:
            found = await connection.scalars(_WAITING_PROVIDERS, keys)
            return [ClaimId(claim) for claim in found.all()]

    async def waiting_for_documents(
        self, documents: Sequence[DocumentReceivedV1], codes: Collection[str]
    ) -> Sequence[ClaimId]:
        """Return the claims that wait under some pend codes and that these documents are for."""
        keys = [
            {
                "submitter": document.submitter,
                "control_number": document.claim_control_number,
                "attachment_number": document.attachment_control_number,
            }
            for document in documents
        ]
        async with self._engine.connect() as connection:
            found = await connection.scalars(
                _WAITING_DOCUMENTS, {"keys": orjson.dumps(keys).decode(), "codes": sorted(codes)}
            )
            return [ClaimId(claim) for claim in found.all()]


async def _write(
    connection: AsyncConnection,
    table: str,
    upsert: TextClause,
    rows: Sequence[dict[str, Any]],
    key: str,
    reported_on: Mapping[str, date] | None = None,
) -> tuple[Applied, Sequence[int]]:
    """Write rows in one statement, which may not touch a row twice, and find those that conflict with the stored ones.

    Returns the places of the rows written, the newest of each key, besides. `reported_on`: by key, what is stored and is
    no part of what the sender states.
    """
    conflicts = await conflicting(connection, table, rows, (key, "version"))
    newest: dict[str, int] = {}
    for place, row in enumerate(rows):
        before = newest.get(row[key])
        if place not in conflicts and (before is None or rows[before]["version"] < row["version"]):
            newest[row[key]] = place
    places = [newest[each] for each in sorted(newest)]
    columns = {name: [_value(rows[place][name]) for place in places] for name in rows[0]}
    if reported_on is not None:
        columns["reported_on"] = [reported_on.get(rows[place][key]) for place in places]
    await keep_replaced(connection, table, [rows[place] for place in places])
    done = await connection.execute(upsert, columns)
    return Applied(done.rowcount, conflicts), places


def _carry_others(rows: Sequence[dict[str, Any]]) -> None:
    """Carry the other payers of a span into later versions of the same batch that do not state any."""
    stated: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda each: (each["coverage_id"], each["version"])):
        before = stated.get(row["coverage_id"])
        if row["other_coverage"] is None and before is not None and before["member_id"] == row["member_id"]:
            row["other_coverage"] = before["other_coverage"]
        stated[row["coverage_id"]] = row


def _others(change: CoverageChangedV1) -> list[dict[str, Any]] | None:
    return None if change.other_coverage is None else _spans(change.other_coverage)


def _patient(change: CoverageChangedV1) -> dict[str, Any] | None:
    return change.model_dump(mode="json", include=set(STATED), exclude_none=True) or None


def _spans(spans: Iterable[SpanV1]) -> list[dict[str, Any]]:
    return [span.half_open().model_dump(mode="json", exclude_none=True) for span in spans]


def _value(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value
