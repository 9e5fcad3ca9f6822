"""`database ...`: the roles of PostgreSQL and the schema, for operators whose database is not the local stack's."""

from __future__ import annotations

import typer

from cli.operations.platform import migrate
from runtime.clients.terminal import out
from storage.privileges.provision import printed


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(
        no_args_is_help=True, help="The database's roles and schema (docs/operations/database-roles.md)."
    )
    for command in (roles, migrate):
        group.command()(command)
    app.add_typer(group, name="database")


def roles() -> None:
    """Print the statements by which an administrator creates the roles; passwords are set separately."""
    for statement in printed():
        out.print(statement, markup=False, highlight=False, soft_wrap=True)
