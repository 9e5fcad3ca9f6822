"""`policy ...`: what a policy owner does with policies: check, prove, picture, write, release, and explain claims."""

from __future__ import annotations

import typer

from cli.commands import policy_authoring, policy_checks, policy_claims, policy_exchange, policy_sources
from cli.commands.code_pages import lint_page


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(
        no_args_is_help=True, help="Check, prove, picture, write, release and explain medical policies."
    )
    for module in (policy_checks, policy_authoring, policy_claims, policy_sources, policy_exchange):
        module.register(group)
    group.command("lint-page")(lint_page)
    app.add_typer(group, name="policy")
