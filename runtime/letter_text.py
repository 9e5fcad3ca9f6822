"""Dead letters as the API shows them, as text for the terminal. Adds nothing of its own."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from rich.markup import escape
from rich.table import Table

Shown = dict[str, Any]


def counts_table(counts: list[Shown]) -> Table:
    """Open letters by reason, the most first."""
    table = Table("open", "topic", "refused as", "reason", "oldest", title="Open letters by reason")
    for each in counts:
        table.add_row(str(each["letters"]), each["topic"], each["refusal"], escape(each["reason"]), each["oldest"][:16])
    return table


def letters_lines(letters: list[Shown]) -> Iterator[str]:
    """Two lines a letter, the newest first: what it says would not fit beside its id in a table."""
    for each in letters:
        place = f"{each['topic']}/{each['partition']}/{each['offset']}"
        yield f"{each['letter_id']}  {each['state']}  {each['kept_at'][:16]}  {each['refusal']}  {place}"
        yield f"    {escape('; '.join(reason['message'] for reason in each['reasons'][:2])) or '-'}"


def letter_text(letter: Shown) -> Iterator[str]:
    """Everything of one letter but what it holds."""
    yield f"[bold]Dead letter {letter['letter_id']}[/bold] ({letter['state']}), {letter['size']} bytes"
    place = f"{letter['topic']}, partition {letter['partition']}, offset {letter['offset']}"
    yield f"  from {place}, received {letter['received_at'][:16]}; refused as {letter['refusal']}"
    for reason in letter["reasons"]:
        where = f"{reason['field']}: " if reason["field"] else ""
        yield f"  {escape(where + reason['message'])} ({escape(reason['code'])})"
    for name in ("claim_id", "replay_of"):
        if letter[name]:
            yield f"  {name.replace('_', ' ')} {letter[name]}"
    if replay := letter["replay"]:
        stands = f"stands at {replay['position']}" if replay["position"] else "is queued"
        yield f"  replayed by {replay['asked_by']} at {replay['asked_at'][:16]}; it {stands}"
        if replay["refused_as"]:
            yield f"  refused again as {replay['refused_as']}"
    if closed := letter["closed"]:
        yield f"  closed by {closed['closed_by']} at {closed['closed_at'][:16]}: {escape(closed['reason'])}"
    if letter["removed_at"]:
        yield f"  what it held was removed at {letter['removed_at'][:16]}"


def original_text(original: Shown) -> Iterator[str]:
    """What came: text where it is text, else base64."""
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
