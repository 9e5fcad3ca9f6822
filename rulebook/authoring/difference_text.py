"""Changes between two versions, and the lines whose results they change, as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.markup import escape

from rulebook.authoring.comparison import flip_text
from rulebook.authoring.difference import Change
from rulebook.authoring.flips import LineFlip

_STYLES: Final = {"added": "green", "removed": "red", "changed": "yellow"}


def change_lines(change: Change) -> Iterator[str]:
    """Yield a change, and each aspect before and after."""
    style = _STYLES[change.how]
    yield f"  [{style}]{change.how:<8}[/{style}] {change.item} [bold]{change.node_id}[/bold] {escape(change.title)}"
    for aspect in change.aspects:
        yield f"    {aspect.aspect}"
        yield f"      - {escape(aspect.before or 'none')}"
        yield f"      + {escape(aspect.after or 'none')}"


def flip_lines(flip: LineFlip) -> Iterator[str]:
    """Yield a line with a different result, and the criteria that change it."""
    line = flip.line
    where = f"{escape(line.control_number)} ({line.claim_id}) line {line.number}"
    yield f"  {where}: {line.subject.code} {flip.before} -> [bold]{flip.after}[/bold]"
    yield from (f"      {text}" for criterion in flip.criteria for text in flip_text(criterion))
