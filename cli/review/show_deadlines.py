"""The legal deadlines of a waiting claim as text, each with the arithmetic that a person can check line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.markup import escape

from adjudication.model.vocabulary import ClaimId
from cli.times import when
from console.claims.deadlines import ClaimDeadlineView, deadline_views
from rulebook.library import load_library
from runtime import wiring
from runtime.settings import Settings
from storage.review.deadlines import PostgresDeadlines


async def read_deadlines(settings: Settings, claim: ClaimId) -> tuple[ClaimDeadlineView, ...]:
    """Compute the deadlines of a claim as of now; an unknown claim has none."""
    library = load_library(settings.policies_dir)
    engine = wiring.database(settings)
    try:
        times = await PostgresDeadlines(engine).times(claim)
    finally:
        await engine.dispose()
    return deadline_views(times, library.reference, library.letters, wiring.now())


def deadline_lines(deadlines: Sequence[ClaimDeadlineView]) -> Iterator[str]:
    """Print each deadline: when it is due, how it was computed, by which rule, and the effect at expiry."""
    for deadline in deadlines:
        due = "" if deadline.due_at is None else f", due {when(deadline.due_at)}"
        yield f"\n  deadline [bold]{escape(deadline.rule)}[/bold] {escape(deadline.state)}{due}: {escape(deadline.label)}"
        yield from (f"    {escape(step)}" for step in deadline.arithmetic)
        if deadline.citation is not None:
            cited = f"{deadline.citation.source}: {deadline.citation.locator}"
            yield f"    [dim]{escape(cited)}; at expiry: {escape(deadline.at_expiry)}, escalated to {deadline.escalates_to}[/dim]"
