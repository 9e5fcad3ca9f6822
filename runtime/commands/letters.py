"""`claimwright letter`: the letters due on a claim, drawn from its stored decision and trace, gated by their check-list."""

from __future__ import annotations

import asyncio
from typing import Any

import typer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.determination import ReviewerSignature
from adjudication.notices.elements import Audience
from adjudication.notices.notice import NoticeError
from adjudication.vocabulary import ClaimId, LineNumber
from runtime import wiring
from runtime.commands.output import out, progress
from runtime.explanation import Record
from runtime.notices import LetterFrame, letter, traces_of
from runtime.policy_tools.recorded import Review, recorded_lines, review
from runtime.settings import Settings
from storage.claim_search import find_claims
from storage.policy_library import PolicyLibrary, load_library
from storage.policy_traces import latest_trace
from storage.read_models import claim_record

_SIGNATURES = text("""
    SELECT l.line, s.reviewer_id, s.role, s.licence_number, s.licence_state, s.signed_at, s.rationale
    FROM determination_lines l JOIN reviewer_signatures s USING (claim_id, signature_id)
    WHERE l.claim_id = CAST(:claim AS uuid)
""")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("letter")(letters)


def letters(
    claim: str = typer.Argument(
        ..., help="Any id of the claim, such as its claim id, payer claim number or claim control number."
    ),
    to: Audience = typer.Option(Audience.MEMBER, "--to", help="Who reads it."),
) -> int:
    """Print the letters due on a claim. A letter that would miss what the law demands is refused, not printed."""
    settings = Settings()
    library = load_library(settings.policies_dir)
    found = asyncio.run(_read(settings, library, claim))
    if not found:
        progress.print(f"no accepted claim is known as {claim}. `claimwright watch` shows claims as they come.")
        return 1
    for record, reviews, signatures in found:
        plans = {one.line.number: one.line.plan for one in reviews if one.line.plan is not None}
        frame = LetterFrame(library, plans, wiring.now().date(), signatures)
        try:
            out.print(letter(record, traces_of(reviews), to, frame), markup=False, highlight=False)
        except NoticeError as error:
            progress.print(str(error), markup=False)
            return 1
    return 0


async def _read(
    settings: Settings, library: PolicyLibrary, key: str
) -> list[tuple[Record, list[Review], dict[LineNumber, ReviewerSignature]]]:
    """Read what the letters of every claim that answers to a name are drawn from."""
    engine = wiring.database(settings)
    shelf, today = library.medical.shelf, wiring.now().date()
    try:
        found = []
        for row in await find_claims(engine, key):
            claim_id = ClaimId(row["claim_id"])
            trace = await latest_trace(engine, claim_id)
            lines = await recorded_lines(engine, library.reference, [claim_id])
            reviews = [review(line, trace, shelf, today) for line in lines]
            found.append((await claim_record(engine, claim_id), reviews, await _signatures(engine, claim_id)))
        return found
    finally:
        await engine.dispose()


async def _signatures(engine: AsyncEngine, claim_id: ClaimId) -> dict[LineNumber, ReviewerSignature]:
    async with engine.connect() as connection:
        rows: list[Any] = list((await connection.execute(_SIGNATURES, {"claim": claim_id})).all())
    return {
        LineNumber(row.line): ReviewerSignature(
            row.reviewer_id, row.role, row.licence_number, row.licence_state, row.signed_at, row.rationale
        )
        for row in rows
    }
