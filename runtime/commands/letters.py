"""`claimwright letter`: the letters due on a claim, drawn from its stored decision and trace, gated by their check-list."""

from __future__ import annotations

import asyncio

import typer

from adjudication.notices.elements import Audience
from adjudication.notices.notice import NoticeError
from adjudication.vocabulary import ClaimId
from runtime import wiring
from runtime.claim_letters import LedgerLetters, LetterBasis
from runtime.commands.output import out, progress
from runtime.notices import letter, traces_of
from runtime.settings import Settings
from storage.claim_search import find_claims
from storage.policy_library import load_library


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
    found = asyncio.run(_read(settings, claim))
    if not found:
        progress.print(f"no accepted claim is known as {claim}. `claimwright watch` shows claims as they come.")
        return 1
    for basis in found:
        try:
            written = letter(basis.record, traces_of(basis.reviews), to, basis.frame)
            out.print(written, markup=False, highlight=False)
        except NoticeError as error:
            progress.print(str(error), markup=False)
            return 1
    return 0


async def _read(settings: Settings, key: str) -> list[LetterBasis]:
    """Read what the letters of every claim that answers to a name are drawn from."""
    engine = wiring.database(settings)
    ledger = LedgerLetters(engine, load_library(settings.policies_dir), wiring.now)
    try:
        return [await ledger.basis(ClaimId(row["claim_id"])) for row in await find_claims(engine, key)]
    finally:
        await engine.dispose()
