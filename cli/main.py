"""The command line `claimwright`: every command, and what to do next when one fails."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from cli.overview import add_overview
from rulebook.errors import PolicyDataError
from runtime.clients.api_client import ApiError
from runtime.errors import StackError
from runtime.logging import error_chain
from runtime.processes.lifecycle import leave
from runtime.processes.services import SERVICES
from runtime.settings_checks import words
from storage.privileges.errors import PrivilegesError

COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "operations.servers": ("up", "down", "status", "doctor", "verify"),
    "operations.processes": tuple(SERVICES),
    "operations.reconcile": ("reconcile",),
    "operations.recovery": ("backup", "restore", "recover"),
    "claims.commands": ("submit", "watch", "explain"),
    "letters.mail": ("letters",),
    "demo.command": ("demo",),
    "review.tasks": ("tasks",),
    "corrections.commands": ("corrections",),
    "corrections.campaigns": ("campaigns",),
    "policy.monitors": ("monitor",),
    "appeals.commands": ("appeals",),
    "review.documents": ("documents",),
    "dead_letters.commands": ("dead-letters",),
    "bulk_retry.commands": ("bulk-retry",),
    "people.commands": ("people",),
    "operations.database": ("database",),
    "operations.platform": ("migrate", "topics", "settings"),
    "operations.keys": ("keys",),
    "operations.workers": ("workers",),
    "people.audit": ("audit",),
    "people.export": ("export",),
    "policy.commands": ("policy",),
    "policy.codes": ("codes",),
    "policy.edits": ("edits",),
    "examples.command": ("examples",),
}
"""The module of cli/ that holds each command: only the one in use is loaded, since drivers are slow to import."""


def command_line(arguments: Sequence[str] = ()) -> typer.Typer:
    """Build the command line for the typed command; without arguments, all of it; else only the list of commands with their help."""
    app = typer.Typer(
        name="claimwright",
        help="Durable, explainable adjudication of spine MR spectroscopy claims.",
        no_args_is_help=True,
        invoke_without_command=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_several)
    typed = [module for module, names in COMMANDS.items() if arguments and arguments[0] in names]
    if arguments and not typed:
        add_overview(app, COMMANDS)
    else:
        for module in typed or COMMANDS:
            import_module(f"cli.{module}").register(app)
    return app


def main() -> None:
    """Run a command; exit non-zero with one clear message when it fails."""
    leave(_run())


def _several(
    *, version: bool = typer.Option(False, "--version", help="Show the version and the hash of the policy data.")
) -> None:
    """Register an option, which keeps command names required when only one command is loaded."""
    if version:
        from runtime.version import described  # noqa: PLC0415 - no other command reads policy data for this

        typer.echo(described())
        raise typer.Exit


def _run() -> int:
    command = typer.main.get_command(command_line(sys.argv[1:] or ["--help"]))
    _hide_flag_types(command)
    try:
        result = command(standalone_mode=False)
    except typer.Abort:
        return 130
    except typer.TyperException as error:
        return _misused(error)
    except Exception as error:
        if not isinstance(error, _expected()):
            raise
        text, code = _explained(error)
        Console(stderr=True).print(text, soft_wrap=True, highlight=False)
        return code
    return result if isinstance(result, int) else 0


def _hide_flag_types(command: Any) -> None:
    """Leave the type out of the help of a flag: `<bool>` would suggest that a value must follow."""
    for parameter in command.params:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    for each in getattr(command, "commands", {}).values():
        _hide_flag_types(each)


def _expected() -> tuple[type[Exception], ...]:
    """Return the errors that can occur without a mistake of ours; the drivers' errors are looked up only after an error."""
    import psycopg  # noqa: PLC0415
    from aiokafka.errors import KafkaError  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    ours = (ApiError, StackError, PrivilegesError, PolicyDataError, ValidationError)
    return (*ours, KafkaError, SQLAlchemyError, psycopg.Error, OSError, RuntimeError)


def _misused(error: typer.TyperException) -> int:
    """Show a wrong use of a command as its framework does, which knows the usage line."""
    show = getattr(error, "show", None)
    if show is None:
        Console(stderr=True).print(escape(error.format_message()), soft_wrap=True, highlight=False)
    else:
        show()
    return error.exit_code


def _explained(error: Exception) -> tuple[str, int]:
    """Return the text of an error, and the exit code."""
    match error:
        case ApiError():
            return f"[red]{escape(error.code or 'failed')}[/red]: {escape(str(error))}", error.exit_code
        case StackError() | PrivilegesError() | PolicyDataError():
            return f"[red]{type(error).__name__}[/red]: {escape(str(error))}", 1
        case ValidationError():
            said = escape(words(error))
            return f"[red]wrong settings[/red]; .env.example describes each setting:\n{said}", 2
        case _:
            # The class only: a driver's text may quote a row.
            return f"[red]failed[/red]: {error_chain(error)}. Run `claimwright doctor` to see what is wrong.", 1


if __name__ == "__main__":
    main()
