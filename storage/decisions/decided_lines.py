"""Reads decided lines back from the event of their determination and from their stored rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.determination import DecidedLines, LineDetermination
from adjudication.model.vocabulary import ClaimId
from contracts.records.decision_json import read_line, read_signature

_LINES: Final = text("""
    SELECT l.line, l.clinical, s.signature_id, s.reviewer_id, s.role AS signed_as, s.licence_number, s.licence_state,
           s.signed_at, s.rationale AS signed_rationale
    FROM determination_lines l LEFT JOIN reviewer_signatures s USING (signature_id)
    WHERE l.claim_id = CAST(:claim AS uuid) AND l.version = :version
""")
_ALL_LINES: Final = text("""
    SELECT l.claim_id::text AS claim_id, l.version, l.line, l.clinical, s.signature_id, s.reviewer_id, s.role AS signed_as,
           s.licence_number, s.licence_state, s.signed_at, s.rationale AS signed_rationale
    FROM determination_lines l LEFT JOIN reviewer_signatures s USING (signature_id)
    WHERE l.claim_id = ANY(CAST(:claims AS uuid[]))
""")
_NEWEST: Final = text("""
    SELECT DISTINCT ON (claim_id) claim_id::text, version, event::text FROM determinations
    WHERE claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY claim_id, version DESC
""")


async def read_lines(connection: AsyncConnection, claim_id: str, version: Any) -> tuple[LineDetermination, ...]:
    """Read the lines of one version of a determination, from its event, with their signatures."""
    stored = (await connection.execute(_LINES, {"claim": claim_id, "version": version.version})).all()
    return _lines(version, {row.line: row for row in stored})


async def read_lines_of(
    connection: AsyncConnection, versions: Sequence[Any]
) -> dict[str, tuple[LineDetermination, ...]]:
    """Read the lines of one version of each claim at once: rows with `claim_id`, `version` and `event`."""
    stored = await connection.execute(_ALL_LINES, {"claims": [row.claim_id for row in versions]})
    found: dict[tuple[str, int], dict[int, Any]] = {}
    for row in stored.all():
        found.setdefault((row.claim_id, row.version), {})[row.line] = row
    return {row.claim_id: _lines(row, found.get((row.claim_id, row.version), {})) for row in versions}


def _lines(version: Any, by_line: Mapping[int, Any]) -> tuple[LineDetermination, ...]:
    lines = orjson.loads(version.event)["data"]["lines"]
    rows = [by_line[line["line"]] for line in lines]
    return tuple(
        read_line(line, clinical=row.clinical, signature=read_signature(row))
        for line, row in zip(lines, rows, strict=True)
    )


async def read_decided(connection: AsyncConnection, claim_ids: Sequence[str]) -> dict[ClaimId, DecidedLines]:
    """Return the decisions of the newest version of each claim; a claim without a version is absent."""
    if not claim_ids:
        return {}
    rows = (await connection.execute(_NEWEST, {"ids": list(claim_ids)})).all()
    return {
        ClaimId(row.claim_id): DecidedLines(row.version, await read_lines(connection, row.claim_id, row))
        for row in rows
    }
