"""Reads the lines of a member's other accepted claims, each with its state from determinations and open pends.

Reversed and withdrawn lines are left out. A correction counts once the claim that it corrects is superseded. Each line
is read once, however many claims of the batch ask for it, and a long history is read in pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.history import HistoryLine, LineState, Setting
from adjudication.model.persons import Likeness, Person, mutual_likeness
from adjudication.model.vocabulary import ClaimForm, ClaimId, LineNumber
from contracts.claim_intake.mapping import member_to_core
from contracts.events.claims import MemberV1
from contracts.records.decisions import Histories, HistoryQuery
from contracts.stored import read_stored

MOST_LINES: Final = 50_000
"""Lines of one member within the window of a batch: 500 claims of 100 lines, or some 25 MB of memory."""

_PAGE: Final = 2_000
"""Rows read at once: building them takes some 15 ms, then the event loop is yielded."""

_LINES: Final = text("""
    SELECT l.member_id, l.claim_id::text, c.sequence, l.line, l.form, c.submitter, l.billing_npi,
           l.code, l.modifiers, l.units, l.charge, l.service_date,
           coalesce(decided.disposition, CASE WHEN waiting.claim_id IS NULL THEN 'in-process' ELSE 'pended' END) AS state,
           decided.disposition IS NOT NULL OR NOT EXISTS (
               SELECT 1 FROM claim_chain k WHERE k.claim_id = l.claim_id
               AND (NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.by_claim = k.claim_id)
                    OR EXISTS (SELECT 1 FROM supersessions s WHERE s.by_claim = k.claim_id AND s.version IS NULL)))
               AS counts,
           c.patient::text,
           CASE WHEN l.form = 'institutional'
                     AND (l.billing_npi = ANY (string_to_array(q.hospitals, ' '))
                          OR (length(l.code) = 4 AND l.code BETWEEN '0100' AND '0219'))  -- room and board; spares all others
                     AND c.payload->>'bill_type' LIKE '11%'
                THEN ARRAY[coalesce(c.payload#>>'{stay,admitted_on}', c.payload#>>'{stay,starts}', l.service_date::text),
                           c.payload#>>'{stay,through}'] END AS stay,
           CASE WHEN l.form = 'professional' AND (l.billing_npi = ANY (string_to_array(q.practices, ' '))  -- spares all others
                     OR (q.hospitals <> '' AND l.modifiers LIKE '%26%'))  -- a reading shows where the hospital's patient was
                THEN coalesce((SELECT n.stated->>'place_of_service' FROM json_array_elements(c.payload->'lines') AS n(stated)
                               WHERE n.stated->>'number' = l.line::text), c.payload->>'place_of_service') END AS place,
           CASE WHEN l.service_date >= q.settings_from  -- spares all others
                THEN (SELECT ARRAY[c.payload->>'bill_type', c.payload->>'authorization_exception', n.stated->>'revenue_code',
                                   coalesce(n.stated->>'place_of_service', c.payload->>'place_of_service'),
                                   c.payload#>>'{hospital,admission_type}', n.stated->>'emergency']
                      FROM json_array_elements(c.payload->'lines') AS n(stated)
                      WHERE n.stated->>'number' = l.line::text) END AS setting
    FROM unnest(CAST(:member_id AS text[]), CAST(:earliest AS date[]), CAST(:latest AS date[]),
                CAST(:but AS uuid[]), CAST(:hospitals AS text[]),
                CAST(:practices AS text[]), CAST(:settings_from AS date[]))
                AS q(member_id, earliest, latest, but, hospitals, practices, settings_from)
    JOIN LATERAL (SELECT * FROM claim_lines n
                  WHERE n.member_id = q.member_id AND n.service_date BETWEEN q.earliest AND q.latest
                    AND (q.but IS NULL OR n.claim_id <> q.but) LIMIT :most) l ON true
    JOIN claims c ON c.claim_id = l.claim_id
    LEFT JOIN LATERAL (SELECT d.disposition FROM determination_lines d
                       WHERE d.claim_id = l.claim_id AND d.line = l.line
                       ORDER BY d.version DESC LIMIT 1) decided ON true
    LEFT JOIN LATERAL (SELECT p.claim_id FROM pends p WHERE decided.disposition IS NULL  -- spares most lines this lookup
                       AND p.claim_id = l.claim_id AND p.closed_at IS NULL LIMIT 1) waiting ON true
    WHERE (c.sequence, l.line) > (:after_sequence, :after_line)
    ORDER BY c.sequence, l.line LIMIT :page
""")
_MANY_COMPARISONS: Final = 20_000
"""The number of comparisons (claims times lines of a member) above which a thread is used; they take some 5 ms."""

_STATES: Final = {state.value: state for state in LineState}
_FORMS: Final = {form.value: form for form in ClaimForm}


class PostgresHistory:
    """Reads other claims' lines for the cross-claim edits."""

    def __init__(self, engine: AsyncEngine, most: int = MOST_LINES, page: int = _PAGE) -> None:
        """Use a pool; read at most `most` lines of one member."""
        self._engine, self._most, self._page = engine, most, page

    async def lines(self, queries: Sequence[HistoryQuery]) -> Histories:
        """Return the lines that each query matches, except the lines of the querying claim."""
        by_member: dict[str, list[HistoryQuery]] = {}
        for query in queries:
            by_member.setdefault(query.member_id, []).append(query)
        async with self._engine.connect() as connection:
            found, counted = await self._read(connection, by_member)
        lines: dict[ClaimId, Sequence[HistoryLine]] = {}
        too_long: set[ClaimId] = set()
        for member, asked in by_member.items():
            if counted.get(member, 0) > self._most:
                too_long.update(query.claim_id for query in asked)
            lines |= await _lines_by_claim(asked, found.get(member, ()))
        return Histories(lines, frozenset(too_long), self._most)

    async def _read(
        self, connection: AsyncConnection, by_member: Mapping[str, Sequence[HistoryQuery]]
    ) -> tuple[dict[str, list[HistoryLine]], dict[str, int]]:
        asked: dict[str, Any] = {
            "member_id": list(by_member),
            "earliest": [min(query.earliest for query in of) for of in by_member.values()],
            "latest": [max(query.latest for query in of) for of in by_member.values()],
            # If the batch has one claim of the member, that claim's own lines are not read.
            "but": [of[0].claim_id if len(of) == 1 else None for of in by_member.values()],
            "hospitals": [" ".join({query.hospital for query in of if query.hospital}) for of in by_member.values()],
            "practices": [" ".join({query.practice for query in of if query.practice}) for of in by_member.values()],
            "settings_from": [
                min((query.settings_from for query in of if query.settings_from), default=None)
                for of in by_member.values()
            ],
            "most": self._most + 1,
            "page": self._page,
        }
        found: dict[str, list[HistoryLine]] = {}
        patients: dict[str, Person] = {}  # each stored patient is parsed once
        counted: dict[str, int] = {}
        after = (0, 0)
        while True:
            place = {"after_sequence": after[0], "after_line": after[1]}
            rows = (await connection.execute(_LINES, asked | place)).all()
            for row in rows:
                counted[row[0]] = counted.get(row[0], 0) + 1
                elsewhere = row.state == LineState.NOT_ADJUDICATED
                if row.state in _STATES and (row.setting is not None or not elsewhere):
                    found.setdefault(row[0], []).append(_line(row, patients))
            if len(rows) < self._page:
                return found, counted
            after = (rows[-1].sequence, rows[-1].line)


async def _lines_by_claim(
    asked: Sequence[HistoryQuery], found: Sequence[HistoryLine]
) -> Mapping[ClaimId, Sequence[HistoryLine]]:
    """Give each claim its lines; in a thread if a batch has many claims of a member with a long history."""
    if len(asked) * len(found) > _MANY_COMPARISONS:
        return await asyncio.to_thread(lambda: dict(_matching_lines(asked, found)))
    return dict(_matching_lines(asked, found))


def _matching_lines(
    asked: Sequence[HistoryQuery], found: Sequence[HistoryLine]
) -> Iterable[tuple[ClaimId, list[HistoryLine]]]:
    """Yield for each claim the lines in its window, without its own lines and those of other persons; claims with none are absent."""
    patients = {line.patient for line in found if line.patient is not None}
    for query in asked:
        asking = query.member.person
        others = {each for each in patients if mutual_likeness(asking, each) is Likeness.OTHER}
        of_claim = [
            line
            for line in found
            if query.earliest <= line.service_date <= query.latest
            and line.claim_id != query.claim_id
            and not (others and line.patient in others)
        ]
        if of_claim:
            yield query.claim_id, of_claim


def _line(row: Iterable[Any], patients: dict[str, Person]) -> HistoryLine:
    (
        _,
        claim,
        sequence,
        line,
        form,
        submitter,
        npi,
        code,
        modifiers,
        units,
        charge,
        day,
        state,
        counts,
        stated,
        stay,
        place,
        setting,
    ) = row
    patient = patients.get(stated)
    if patient is None:
        patient = patients[stated] = member_to_core(read_stored(MemberV1, stated)).person
    return HistoryLine(
        claim_id=ClaimId(claim),
        sequence=sequence,
        number=LineNumber(line),
        form=_FORMS[form],
        submitter=submitter,
        billing_npi=npi,
        code=code,
        modifiers=tuple(modifiers.split()),
        units=units,
        charge=charge,
        service_date=day,
        state=_STATES[state],
        counts=counts,
        patient=patient,
        admitted_on=None if stay is None else date.fromisoformat(stay[0]),
        stay_through=None if stay is None or stay[1] is None else date.fromisoformat(stay[1]),
        place_of_service=place,
        setting=None if setting is None else Setting(*setting),
    )
