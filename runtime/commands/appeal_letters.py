"""`claimwright appeals letter`: the letters due on an appeal, drawn from its record and path, gated by their check-list."""

from __future__ import annotations

import asyncio
from uuid import UUID

import typer

from adjudication.notices.elements import Audience
from console.letter_words import WrittenLetter
from runtime import wiring
from runtime.appeal_letters import LedgerAppealLetters
from runtime.commands.letters import printed
from runtime.settings import Settings
from storage.policy_library import load_library


def letters_of_appeal(
    appeal: UUID = typer.Argument(..., help="Appeal id, as the list shows it."),
    to: Audience = typer.Option(Audience.MEMBER, "--to", help="Who reads it."),
    why_longer: str = typer.Option(
        "", "--why-longer", help="Draws the notice of an extension too, with this reason for taking more time."
    ),
) -> int:
    """Print the letters due on an appeal. A letter that would miss what the law demands is refused, not printed."""
    return printed(asyncio.run(_due(Settings(), str(appeal), to, why_longer)))


async def _due(settings: Settings, appeal_id: str, to: Audience, why_longer: str) -> tuple[WrittenLetter, ...]:
    engine = wiring.database(settings)
    try:
        letters = LedgerAppealLetters(engine, load_library(settings.policies_dir), wiring.now)
        return await letters.due(appeal_id, to, why_longer)
    finally:
        await engine.dispose()
