"""Dead letters as the API shows them, as text for the terminal."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from rich.markup import escape
from rich.table import Table

from cli.times import local_time

Shown = dict[str, Any]


def counts_table(counts: list[Shown]) -> Table:
    """Open letters by reason, the most first."""
    table = Table("open", "topic", "refused as", "reason", "oldest", title="Open letters by reason")
    for each in counts:
        table.add_row(
            str(each["letters"]), each["topic"], each["refusal"], escape(each["reason"]), local_time(each["oldest"])
        )
    return table


def letters_lines(letters: list[Shown]) -> Iterator[str]:
    """Two lines per dead letter, the newest first, because the reason does not fit into a table row with the id."""
    for each in letters:
        place = f"{each['topic']}/{each['partition']}/{each['offset']}"
        yield f"{each['letter_id']}  {each['state']}  {local_time(each['kept_at'])}  {each['refusal']}  {place}"
        yield f"    {escape('; '.join(reason['message'] for reason in each['reasons'][:2])) or '-'}"


def letter_text(letter: Shown) -> Iterator[str]:
    """Return the text of one dead letter without its content."""
    yield f"[bold]Dead letter {letter['letter_id']}[/bold] ({letter['state']}), {letter['size']} bytes"
    place = f"{letter['topic']}, partition {letter['partition']}, offset {letter['offset']}"
    yield f"  from {place}, received {local_time(letter['received_at'])}; refused as {letter['refusal']}"
    for reason in letter["reasons"]:
        where = f"{reason['field']}: " if reason["field"] else ""
        yield f"  {escape(where + reason['message'])} ({escape(reason['code'])})"
    for name in ("claim_id", "replay_of"):
        if letter[name]:
            yield f"  {name.replace('_', ' ')} {letter[name]}"
    if replay := letter["replay"]:
        stands = f"stands at {replay['position']}" if replay["position"] else "is queued"
        yield f"  replayed by {replay['asked_by']} at {local_time(replay['asked_at'])}; it {stands}"
        if replay["refused_as"]:
            yield f"  refused again as {replay['refused_as']}"
    if closed := letter["closed"]:
        yield f"  closed by {closed['closed_by']} at {local_time(closed['closed_at'])}: {escape(closed['reason'])}"
    if letter["removed_at"]:
        yield f"  what it held was removed at {local_time(letter['removed_at'])}"


def counted_text(counted: Shown, action: str) -> Iterator[str]:
    """Yield the number of letters a proposal would hold, and the next step when they are too many."""
    yield f"{counted['letters']:,} of {escape(counted['what'])} would be proposed to {action}."
    if counted["letters"] > counted["most"]:
        yield f"A proposal holds {counted['most']:,} at most; narrow it to one reason, or to some days."


def bulk_text(bulk: Shown) -> Iterator[str]:
    """A proposal of many letters: its number of letters, who proposed and decided, its progress."""
    action = "close" if bulk["closes_because"] else "replay"
    yield f"[bold]Proposal {bulk['bulk_id']}[/bold] ({bulk['state']}): {action} {bulk['letters']:,} of {escape(bulk['what'])}"
    if bulk["closes_because"]:
        yield f"  because {escape(bulk['closes_because'])}"
    yield f"  proposed by {bulk['proposed_by']} at {local_time(bulk['proposed_at'])}"
    if bulk["decided_by"]:
        yield f"  decided by {bulk['decided_by']} at {local_time(bulk['decided_at'])}; {bulk['left']:,} left"
    else:
        yield "  another person approves it: claimwright dead-letters approve-proposal, with its id"


def original_text(original: Shown) -> Iterator[str]:
    """Yield the record as received: as text if it is text, else as base64."""
    for name in ("key", "value"):
        yield f"  {name}: {_said(original[f'{name}_base64'])}"
    for header in original["headers"]:
        yield f"  header {escape(header['name'])}: {_said(header['value_base64'])}"
    if original["headers_left_out"]:
        yield f"  {original['headers_left_out']} headers were too many to keep"


def _said(value: str | None) -> str:
    if value is None:
        return "none"
    try:
        text = base64.b64decode(value).decode()
    except UnicodeDecodeError:
        return f"{value} (base64)"
    return escape(text) if text.isprintable() else f"{value} (base64)"
