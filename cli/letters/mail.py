"""`letters ...`: notices whose letters are not mailed, the letters with the mail house, and issuing those that are due."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import typer

from adjudication.letters.letter import Audience
from adjudication.model.vocabulary import ClaimId
from cli.letters import letter as drafts
from cli.review.acting import AS
from cli.times import local_time
from contracts.records.mail_queue import MailState
from letters.claim_letters import ClaimLetters
from letters.print_forms import Print
from rulebook.library import load_library
from runtime import wiring
from runtime.clients.api_client import ApiClient, ApiError, connect
from runtime.clients.terminal import out, progress
from runtime.settings import Settings

_AT_MOST: Final = 1000
Notice = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(
        no_args_is_help=True, help="Draft, issue and mail letters: drafts of a claim, due notices, the mail queue."
    )
    for command in (due, queue, resend, pdf):
        group.command()(command)
    drafts.register(group)
    app.add_typer(group, name="letters")


def due(
    person: str | None = AS,
    limit: int = typer.Option(100, min=1, max=_AT_MOST, help="Maximum number of notices, earliest due first."),
    *,
    issue: bool = typer.Option(
        False, "--issue", help="Issue the letters that were not issued automatically, even if there is no address."
    ),
) -> int:
    """List notices whose letters are not mailed, or issue their letters; exit 1 if a letter cannot be issued."""
    settings = Settings()
    client = connect(settings, person)
    page = client.get("/api/mail", limit=limit)
    out.print(
        f"{page['notices_open']} notices not mailed, {page['notices_missed']} past their deadline, "
        f"{page['notices_at_risk']} due within three days, {page['notices_stuck']} with letters that cannot be issued"
    )
    if issue:
        of_claims = [each for each in page["notices"] if each["about"] != "appeal" and each["issued"] < len(Audience)]
        return asyncio.run(issue_due(settings, client, of_claims))
    for each in page["notices"]:
        out.print(_notice_line(each), markup=False)
    return 0


def queue(
    person: str | None = AS,
    state: MailState | None = typer.Option(None, "--state", help="Only letters in this state."),
    limit: int = typer.Option(100, min=1, max=_AT_MOST, help="Maximum number of letters."),
) -> int:
    """List letters at the mail house that are waiting, failed or returned, the oldest first."""
    page = connect(Settings(), person).get("/api/mail", state=None if state is None else state.value, limit=limit)
    for each in page["letters"]:
        out.print(_letter_line(each), markup=False)
    if not page["letters"]:
        out.print("No letter is in this state." if state else "Every letter was mailed.")
    return 0


def resend(
    letter: str = typer.Argument(..., help="Id of the letter, as the list shows it."), person: str | None = AS
) -> int:
    """Mail a failed or returned letter again."""
    out.print(connect(Settings(), person).post(f"/api/mail/{letter}/again", b"")["words"], markup=False)
    return 0


def pdf(
    letter: str = typer.Argument(..., help="Id of an issued letter, as `letters queue` shows it."),
    form: Print = typer.Option(Print.ORDINARY, "--form", help="pdf, or pdf-large in large print (18 points)."),
    file: Path | None = typer.Option(None, "--output", "-o", help="The file to write; default: letter-ID.pdf here."),
    person: str | None = AS,
) -> int:
    """Write an issued letter as PDF."""
    content = connect(Settings(), person).read(f"/api/mail/{letter}/prints/{form.value}")
    file = file or Path(f"letter-{letter}.pdf")
    file.write_bytes(content)
    out.print(f"Wrote {file}, {len(content)} bytes, SHA-256 {sha256(content).hexdigest()}.", markup=False)
    return 0


async def issue_due(settings: Settings, client: ApiClient, notices: Sequence[Notice]) -> int:
    """Draw the letters of decisions and issue each by its hash; return 1 if one could not be issued."""
    engine = wiring.database(settings)
    progress.print("reading the policies")
    letters = ClaimLetters(engine, load_library(settings.policies_dir), wiring.now)
    issued = 0
    failed: list[str] = []
    try:
        with progress.status("issuing letters") as shown:
            for number, notice in enumerate(notices, 1):
                shown.update(f"issuing letters, decision {number} of {len(notices)}")
                for audience in Audience:
                    done, wrong = await _issue(letters, client, notice, audience)
                    issued, failed = issued + done, failed + wrong
    finally:
        await engine.dispose()
    for words in failed:
        progress.print(words, markup=False)
    out.print(f"{issued} letters issued and handed to the mail")
    return 1 if failed else 0


async def _issue(letters: ClaimLetters, client: ApiClient, notice: Notice, to: Audience) -> tuple[int, list[str]]:
    claim, done, wrong = notice["claim_id"], 0, []
    for each in await letters.due(ClaimId(claim), to):
        if each.issued is not None or not each.due:
            continue
        if each.why_none:
            wrong.append(f"{notice['payer_claim_number']}, to the {to.value}: {each.why_none}")
            continue
        sent = json.dumps({"sha256": each.digest}).encode()
        try:
            await asyncio.to_thread(client.post, f"/api/claims/{claim}/letters/{to.value}/issue", sent)
        except ApiError as error:
            wrong.append(f"{notice['payer_claim_number']}, to the {to.value}: {error}")
        else:
            done += 1
    return done, wrong


def _notice_line(notice: Notice) -> str:
    when = (
        "no deadline known" if notice["due_at"] is None else f"due {local_time(notice['due_at'])} by {notice['rule']}"
    )
    letters = f"{notice['issued']} letters with the mail house"
    stuck = "" if notice["stuck"] is None else f"; cannot be issued: {notice['stuck']}"
    subject = notice["about"] if notice["appeal_id"] is None else f"appeal {notice['appeal_id']}"
    return f"{notice['payer_claim_number']}  {subject} of {local_time(notice['decided_at'])}, {when}; {letters}{stuck}"


def _letter_line(letter: dict[str, Any]) -> str:
    return "  ".join(_words(letter))


def _words(letter: dict[str, Any]) -> Iterator[str]:
    yield letter["letter_id"]
    yield f"{letter['state']}, {letter['kind']} to the {letter['audience']}, batch {letter['batch']}, attempt {letter['attempt']}"
    yield f"handed over {local_time(letter['queued_at'])}"
    if letter["state"] == MailState.SENT:
        yield f"mailed {local_time(letter['at'])}, {letter['carrier']} {letter['reference']}"
    elif letter["reason"]:
        yield letter["reason"]
