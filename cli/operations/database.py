"""`database ...`: the roles of PostgreSQL, for operators whose database is not the local stack's."""

from __future__ import annotations

import typer

from runtime.clients.terminal import out
from storage.privileges.provision import printed


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The roles of the database (docs/operations/database-roles.md).")
    group.callback()(_group)
    group.command()(roles)
    app.add_typer(group, name="database")


def _group() -> None:
    """Keep the command's name required: a group with only one command would lose it."""


def roles() -> None:
    """Print the statements by which an administrator creates the roles; passwords are set separately."""
    for statement in printed():
        out.print(statement, markup=False, highlight=False, soft_wrap=True)
