"""The command line `claimwright`: every command, and what to do next when one fails."""

from __future__ import annotations

import psycopg
import typer
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import SQLAlchemyError

from runtime.api_client import ApiError
from runtime.commands import audit, claims, demo, edits, letters, people, policy, processes, servers, tasks
from runtime.lifecycle import leave
from runtime.logging import error_chain
from runtime.stack.errors import StackError
from storage.policy_errors import PolicyDataError

app = typer.Typer(
    name="claimwright",
    help="Durable, explainable adjudication of spine MR spectroscopy claims.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (servers, processes, claims, letters, demo, tasks, people, audit, policy, edits):
    group.register(app)


_EXPECTED = (
    ApiError,
    StackError,
    PolicyDataError,
    ValidationError,
    KafkaError,
    SQLAlchemyError,
    psycopg.Error,
    OSError,
    RuntimeError,
)


def main() -> None:
    """Run a command; exit non-zero with one clear message when it fails."""
    leave(_run())


def _run() -> int:
    try:
        result = app(standalone_mode=False)
    except typer.Abort:
        return 130
    except typer.TyperException as error:
        return _misused(error)
    except _EXPECTED as error:
        words, code = _told(error)
        Console(stderr=True).print(words, soft_wrap=True, highlight=False)
        return code
    return result if isinstance(result, int) else 0


def _misused(error: typer.TyperException) -> int:
    """Show a wrong use of a command as its framework does, which knows the usage line."""
    show = getattr(error, "show", None)
    if show is None:
        Console(stderr=True).print(escape(error.format_message()), soft_wrap=True, highlight=False)
    else:
        show()
    return error.exit_code


def _told(error: Exception) -> tuple[str, int]:
    """Return what to say of an error, and the exit code."""
    match error:
        case ApiError():
            return f"[red]{escape(error.code or 'failed')}[/red]: {escape(str(error))}", error.exit_code
        case StackError() | PolicyDataError():
            return f"[red]{type(error).__name__}[/red]: {escape(str(error))}", 1
        case ValidationError():
            problems = error.errors(include_input=False)
            fields = ", ".join(".".join(str(part) for part in problem["loc"]) for problem in problems)
            return f"[red]wrong settings[/red]: {fields}. See .env.example for what each may be.", 2
        case _:
            # The class only: a driver's text may quote a row.
            return f"[red]failed[/red]: {error_chain(error)}. Run `claimwright doctor` to see what is wrong.", 1


if __name__ == "__main__":
    main()
