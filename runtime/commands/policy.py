"""`policy ...`: what a policy owner does with policies: check, prove, picture, write, release, and explain claims."""

from __future__ import annotations

import typer

from runtime.commands import policy_authoring, policy_checks, policy_claims


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(
        no_args_is_help=True, help="Check, prove, picture, write, release and explain medical policies."
    )
    for module in (policy_checks, policy_authoring, policy_claims):
        module.register(group)
    app.add_typer(group, name="policy")
