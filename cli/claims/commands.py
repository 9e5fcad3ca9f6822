"""`submit`, `watch`, `explain`: claims in, events out, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import typer

from adjudication.model.vocabulary import ClaimId
from cli.claims.explain import explain
from cli.review.show_deadlines import deadline_lines, read_deadlines
from cli.times import local_time
from contracts.records.claim_file import ClaimFile
from contracts.records.decision_json import payable
from rulebook.medical.fact_dictionary import read_fact_kinds
from runtime import wiring
from runtime.clients.check_events import notices_of, problems_of
from runtime.clients.submit import UNREADABLE, key_of, publish, read_events, topic_of
from runtime.clients.terminal import out, progress
from runtime.clients.topic_reader import read_new
from runtime.settings import Settings
from storage.claims.claim_file import read_claim_file
from storage.claims.search import find_claims
from streams.kafka.connection import KafkaConnection


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(submit)
    app.command()(watch)
    app.command("explain")(explain_claim)


def submit(
    files: list[Path] = typer.Argument(
        ...,
        exists=True,
        dir_okay=False,
        help="Events (claims, coverage, authorizations, documents, appeals), JSON or JSON lines.",
    ),
    *,
    raw: bool = typer.Option(False, "--raw", help="Publish the files without checks, to see how intake handles them."),
) -> int:
    """Check events, publish them on the topics of their types, and print the ids of claims and appeals.

    Nothing is published if one event would be refused; each reason is printed with its line and column.
    """
    contents = {file: file.read_bytes() for file in files}
    wrong = 0 if raw else sum(_refused(file, content) for file, content in contents.items())
    if wrong:
        progress.print("Nothing was published. Correct the places above, or publish the file unchecked with --raw.")
        return 1
    events = [event for content in contents.values() for event in read_events(content)]
    if not events:
        progress.print("the files hold no event; see docs/asyncapi.json for what a claim looks like")
        return 1
    notices = sum(_notices(file, content) for file, content in contents.items()) if not raw else 0
    if notices:
        progress.print("The facts named above answer no criterion. They stop nothing; correct them if they matter.")
    keyed = [(topic_of(event), *key_of(event), event) for event in events]
    asyncio.run(publish(wiring.kafka(Settings()), [(topic, key, event) for topic, key, _, event in keyed]))
    for topic, key, identity, _ in keyed:
        unread = "unreadable: look for it on claims.dead-letter" if key == UNREADABLE else f"published on {topic}"
        out.print(identity or unread)
    progress.print(
        "Published. Next: `claimwright explain CLAIM` (or `appeals show`) with an id above, or `claimwright watch`."
    )
    return 0


def _refused(file: Path, content: bytes) -> int:
    problems = problems_of(content, read_fact_kinds(Settings().policies_dir))
    for each in problems:
        progress.print(f"{file}:{each.line}:{each.column}: {each.reason}", markup=False, soft_wrap=True)
    return len(problems)


def _notices(file: Path, content: bytes) -> int:
    notices = notices_of(content, read_fact_kinds(Settings().policies_dir))
    for each in notices:
        progress.print(f"{file}:{each.line}:{each.column}: {each.reason}", markup=False, soft_wrap=True)
    return len(notices)


def watch() -> None:
    """Print published events until interrupted."""
    kafka = wiring.kafka(Settings())
    progress.print("Waiting for events; stop with Ctrl-C.")
    try:
        asyncio.run(_watch(kafka))
    except KeyboardInterrupt:
        progress.print("stopped")


async def _watch(kafka: KafkaConnection) -> None:
    async for topic, event in read_new(kafka):
        out.print(f"{local_time(event['time'])}  {topic:<20} {summary(topic, event['data'])}")


def summary(topic: str, data: dict[str, Any]) -> str:  # noqa: PLR0911 - one return a kind of event
    """Return one line about an event."""
    if topic == "claims.dead-letter":
        return f"{data['refusal']} at {data['topic']}/{data['partition']}/{data['offset']}: {data['reasons'][0]['message']}"
    if topic == "review-tasks" and "policy" in data:
        return f"policy {data['policy']} {data['version']}: review overdue since {data['next_review']}"
    if topic == "review-tasks" and "deadline" in data:
        return f"{data['claim_id']} deadline {data['deadline']}: {data['kind']}, notify {data['notify']}"
    if topic == "review-tasks" and "cause" in data:
        return f"{data['claim_id']} is reopened: {data['reason']}, {data['cause']}"
    if topic in _OF_NO_CLAIM:
        return _OF_NO_CLAIM[topic](data)
    who = f"{data['claim_control_number']} ({data['claim_id']})"
    if topic == "document-requests":
        return f"{who} asks for {', '.join(document['kind'] for document in data['documents'])} by {local_time(data['due_at'])}"
    if topic == "claims.status":
        return f"{who} {data['state']} {' '.join(reason['code'] for reason in data.get('reasons', ()))}"
    if topic == "determinations":
        lines = ", ".join(f"{line['code']} {line['disposition']}" for line in data["lines"])
        waits = f"; waits: line {', '.join(map(str, data['pending_lines']))}" if data.get("pending_lines") else ""
        return f"{who} payable {payable(data)} of {data['charge']}: {lines}{waits}"
    return f"{who} waits: " + ", ".join(
        f"{pend['code']} due {local_time(pend['due_at'])}" for pend in data.get("pends", ())
    )


def _appeal(data: dict[str, Any]) -> str:
    """Return one line about an event of an appeal."""
    happened = ", ".join(data.get("changes", ())) or f"{data.get('disposal', 'opened')}: {data.get('explanation', '')}"
    due = f", due {local_time(data['due_at'])}" if data.get("due_at") else ""
    return f"appeal {data['appeal_id']} at {data.get('level') or 'no level'}: {happened}{due}"


_OF_NO_CLAIM: Final[Mapping[str, Callable[[dict[str, Any]], str]]] = {
    "appeal-tasks": _appeal,
    "audit-heads": lambda data: f"chain {data['chain']} ends with entry {data['length']}",
    "letters.ready": lambda data: f"letter {data['letter_id']} to the {data['audience']}, batch {data['batch']}",
}


def explain_claim(
    claim: str = typer.Argument(
        ..., help="Any id of the claim, such as its claim id, payer claim number or claim control number."
    ),
) -> int:
    """Explain a claim: its lines, findings, citations, reason codes, pends and legal deadlines."""
    found = asyncio.run(load_files(Settings(), claim))
    if not found:
        progress.print(
            f"no accepted claim is known as {claim}. A refused one is on claims.dead-letter; a new one takes a moment."
        )
        return 1
    for file in found:
        for line in explain(file):
            out.print(line)
        if file.open_pends:
            progress.print("computing its legal deadlines")
            for line in deadline_lines(asyncio.run(read_deadlines(Settings(), file.waiting.claim.claim_id))):
                out.print(line)
    return 0


async def load_files(settings: Settings, key: str) -> list[ClaimFile]:
    """Find claims by any of their ids and return everything stored about each."""
    engine = wiring.database(settings)
    try:
        return [await read_claim_file(engine, ClaimId(row["claim_id"])) for row in await find_claims(engine, key)]
    finally:
        await engine.dispose()
