"""`claimwright letter`: the letters due on a claim, gated by their check-list: drafts until issued, then as issued."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import typer

from adjudication.notices.elements import Audience
from adjudication.vocabulary import ClaimId
from console.letter_words import WrittenLetter
from runtime import wiring
from runtime.claim_letters import LedgerLetters
from runtime.commands.output import out, progress
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
    found = asyncio.run(_read(settings, claim, to))
    if not found:
        progress.print(f"no accepted claim is known as {claim}. `claimwright watch` shows claims as they come.")
        return 1
    return max(printed(each) for each in found)


def printed(letters: Sequence[WrittenLetter]) -> int:
    """Print letters, each issued one as it was kept; a draft says so beside it. Return the exit code of the command."""
    refused = next((each for each in letters if each.why_none), None)
    if refused is not None:
        progress.print(refused.why_none, markup=False)
        return 1
    for each in letters:
        issued = each.issued
        said = (
            "draft, not issued" if issued is None else f"issued {issued.issued_at:%Y-%m-%d %H:%M} UTC, {issued.digest}"
        )
        progress.print(f"{each.title}: {said}", markup=False)
    out.print("\n".join(each.text for each in letters), markup=False, highlight=False)
    return 0


async def _read(settings: Settings, key: str, to: Audience) -> list[tuple[WrittenLetter, ...]]:
    """Read the letters of every claim that answers to a name."""
    engine = wiring.database(settings)
    ledger = LedgerLetters(engine, load_library(settings.policies_dir), wiring.now)
    try:
        return [await ledger.due(ClaimId(row["claim_id"]), to) for row in await find_claims(engine, key)]
    finally:
        await engine.dispose()
