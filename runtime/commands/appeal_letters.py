"""`claimwright appeals letter`: the letters due on an appeal, drawn from its record and path, gated by their check-list."""

from __future__ import annotations

import asyncio
from uuid import UUID

import typer

from adjudication.notices.elements import Audience
from console.letter_words import WrittenLetter
from runtime import wiring
from runtime.appeal_letters import LedgerAppealLetters
from runtime.commands.acting import AS
from runtime.commands.letters import ISSUE, issued, printed
from runtime.settings import Settings
from storage.policy_library import load_library


def letters_of_appeal(
    appeal: UUID = typer.Argument(..., help="Appeal id, as the list shows it."),
    to: Audience = typer.Option(Audience.MEMBER, "--to", help="Who reads it."),
    why_longer: str = typer.Option(
        "", "--why-longer", help="Draws the notice of an extension too, with this reason for taking more time."
    ),
    issue: str | None = ISSUE,
    person: str | None = AS,
) -> int:
    """Print the letters due on an appeal, or issue one. A letter that would miss what the law demands is refused."""
    if issue is not None:
        return issued(f"/api/appeals/{appeal}/letters/{to.value}/issue", person, sha256=issue, why_longer=why_longer)
    return printed(asyncio.run(_due(Settings(), str(appeal), to, why_longer)))


async def _due(settings: Settings, appeal_id: str, to: Audience, why_longer: str) -> tuple[WrittenLetter, ...]:
    engine = wiring.database(settings)
    try:
        letters = LedgerAppealLetters(engine, load_library(settings.policies_dir), wiring.now)
        return await letters.due(appeal_id, to, why_longer)
    finally:
        await engine.dispose()
