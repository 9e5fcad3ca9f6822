"""`policy ...`: the commands of a policy owner: check, test, draw, write, release, and explain claims."""

from __future__ import annotations

import typer

from cli.policy import authoring, checks, exchange, recorded_claims, sources
from cli.policy.code_pages import lint_page


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Check, test, draw, write, release and explain medical policies.")
    for module in (checks, authoring, recorded_claims, sources, exchange):
        module.register(group)
    group.command("lint-page")(lint_page)
    app.add_typer(group, name="policy")
