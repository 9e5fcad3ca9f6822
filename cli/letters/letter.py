"""`claimwright letters draft`: prints the letters due on a claim, if their required content is complete, and issues them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import typer

from adjudication.letters.letter import Audience
from adjudication.model.vocabulary import ClaimId
from cli.review.acting import AS
from cli.times import when
from letters.claim_letters import ClaimLetters
from letters.written import WrittenLetter
from rulebook.library import load_library
from runtime import wiring
from runtime.clients.api_client import connect
from runtime.clients.terminal import out, progress
from runtime.settings import Settings
from storage.claims.search import find_claims

ISSUE = typer.Option(
    None,
    "--issue",
    metavar="SHA256",
    help="Issue the draft printed with this hash, if it is unchanged.",
)


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command()(draft)


def draft(
    claim: str = typer.Argument(
        ..., help="Any id of the claim, such as its claim id, payer claim number or claim control number."
    ),
    to: Audience = typer.Option(Audience.MEMBER, "--to", help="The addressee: member or provider."),
    issue: str | None = ISSUE,
    person: str | None = AS,
) -> int:
    """Print the letters due on a claim, or issue one. A letter that lacks required content is refused."""
    found = asyncio.run(_read(Settings(), claim, to))
    if not found:
        progress.print(f"no accepted claim is known as {claim}. `claimwright watch` shows claims as they come.")
        return 1
    if issue is None:
        return max(printed(each) for each in found.values())
    if len(found) > 1:
        progress.print(f"several claims are known as {claim}; name one by its claim id: {', '.join(found)}")
        return 1
    return issued(f"/api/claims/{min(found)}/letters/{to.value}/issue", person, sha256=issue)


def issued(path: str, person: str | None, **sent: str) -> int:
    """Issue a letter over the API, by the hash of the text that the person read."""
    out.print(connect(Settings(), person).post(path, json.dumps(sent).encode())["words"], markup=False)
    return 0


def printed(letters: Sequence[WrittenLetter]) -> int:
    """Print letters: issued ones exactly as stored, drafts marked as drafts. Return the exit code of the command."""
    refused = next((each for each in letters if each.why_none), None)
    if refused is not None:
        progress.print(refused.why_none, markup=False)
        return 1
    for each in letters:
        kept = each.issued
        said = f"draft, not issued, {each.digest}" if kept is None else f"issued {when(kept.issued_at)}, {kept.digest}"
        progress.print(f"{each.title}: {said}", markup=False)
    out.print("\n".join(each.text for each in letters), markup=False, highlight=False)
    return 0


async def _read(settings: Settings, key: str, to: Audience) -> dict[str, tuple[WrittenLetter, ...]]:
    """Read the letters of every claim with this id."""
    engine = wiring.database(settings)
    progress.print("reading the policies")
    ledger = ClaimLetters(engine, load_library(settings.policies_dir), wiring.now)
    try:
        names = [ClaimId(row["claim_id"]) for row in await find_claims(engine, key)]
        return {name: await ledger.due(name, to) for name in names}
    finally:
        await engine.dispose()
