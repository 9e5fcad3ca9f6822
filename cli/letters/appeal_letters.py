"""`claimwright appeals letter`: the letters due on an appeal, written from its record and path, and checked for the required content."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

import typer
from pydantic import ValidationError

from adjudication.letters.letter import Audience
from cli.appeals.rulings import rulings_of
from cli.letters.letter import ISSUE, issued, printed
from cli.review.acting import AS
from console.web.problems import invalid
from contracts.actions.appeal_messages import DecideAppealV1
from contracts.actions.appeals import APPEAL_ACTION
from letters.appeal_letters import AppealLetters
from letters.written import WrittenLetter
from rulebook.library import load_library
from runtime import wiring
from runtime.clients.terminal import progress
from runtime.settings import Settings
from storage.people.accounts import find_person


def letters_of_appeal(
    appeal: UUID = typer.Argument(..., help="Appeal id, as the list shows it."),
    to: Audience = typer.Option(Audience.MEMBER, "--to", help="The addressee: member or provider."),
    why_longer: str = typer.Option(
        "", "--why-longer", help="Also draft the extension notice, with this reason for more time."
    ),
    issue: str | None = ISSUE,
    person: str | None = AS,
) -> int:
    """Print the letters due on an appeal, or issue one. A letter that lacks required content is refused."""
    if issue is not None:
        return issued(f"/api/appeals/{appeal}/letters/{to.value}/issue", person, sha256=issue, why_longer=why_longer)
    return printed(asyncio.run(_due(Settings(), str(appeal), to, why_longer)))


def preview(
    appeal: UUID = typer.Argument(..., help="Appeal id, as the list shows it."),
    rulings: list[str] = typer.Argument(..., help="LINE=upheld, LINE=overturned or LINE=UNITS, one for every line."),
    reason: str = typer.Option(..., "--reason", help="The reason for the decision, as the decider would write it."),
    by: str = typer.Option(..., "--by", help="The person id of the decider."),
    consulted: str | None = typer.Option(None, "--consulted", help="The clinician whose advice was taken."),
    to: Audience = typer.Option(Audience.MEMBER, "--to", help="The addressee: member or provider."),
) -> int:
    """Print the letters that a decision would send, or why it would be refused. Nothing is decided."""
    sent = {"action": "decide", "rulings": rulings_of(rulings), "rationale": reason, "consulted": consulted}
    return asyncio.run(_foreseen(Settings(), str(appeal), to, by, sent))


async def _foreseen(settings: Settings, appeal_id: str, to: Audience, by: str, sent: dict[str, Any]) -> int:
    engine = wiring.database(settings)
    try:
        decision = APPEAL_ACTION.validate_json(json.dumps(sent))
        async with engine.connect() as connection:
            person = await find_person(connection, by)
        if person is None or not isinstance(decision, DecideAppealV1):
            progress.print(f"{by} is not on the list of active staff", markup=False)
            return 2
        letters = AppealLetters(engine, load_library(settings.policies_dir), wiring.now)
        found = await letters.foreseen(appeal_id, person, decision)
    except ValidationError as error:
        progress.print(invalid(error).detail, markup=False)
        return 2
    finally:
        await engine.dispose()
    if isinstance(found, str):
        progress.print(found, markup=False)
        return 1
    return printed([each for each in found if each.audience is to])


async def _due(settings: Settings, appeal_id: str, to: Audience, why_longer: str) -> tuple[WrittenLetter, ...]:
    engine = wiring.database(settings)
    try:
        letters = AppealLetters(engine, load_library(settings.policies_dir), wiring.now)
        return await letters.due(appeal_id, to, why_longer)
    finally:
        await engine.dispose()
