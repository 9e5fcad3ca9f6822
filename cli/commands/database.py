"""`database ...`: the roles of PostgreSQL and the schema, for operators whose database is not the local stack's."""

from __future__ import annotations

import typer

from runtime.clients.terminal import out
from runtime.database_access import owner_dsn
from runtime.settings import Settings
from storage.migrate import migrate as upgrade
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


def migrate() -> None:
    """Bring the database to the current schema as its owner, and give each role its privileges."""
    upgrade(owner_dsn(Settings()))
    out.print("The schema is current, and each role has the privileges that docs/tables.md lists.")
