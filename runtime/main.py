"""The command line `claimwright`: every command, and what to do next when one fails."""

from __future__ import annotations

import click
import psycopg
import typer
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import SQLAlchemyError

from runtime.commands import claims, demo, edits, letters, policy, processes, servers
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
for group in (servers, processes, claims, letters, demo, policy, edits):
    group.register(app)


def main() -> None:
    """Run a command; exit non-zero with one clear message when it fails."""
    leave(_run())


def _run() -> int:
    problems = Console(stderr=True)
    try:
        result = app(standalone_mode=False)
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (StackError, PolicyDataError) as error:
        problems.print(f"[red]{type(error).__name__}[/red]: {escape(str(error))}", soft_wrap=True, highlight=False)
        return 1
    except ValidationError as error:
        fields = ", ".join(
            ".".join(str(part) for part in problem["loc"]) for problem in error.errors(include_input=False)
        )
        problems.print(f"[red]wrong settings[/red]: {fields}. See .env.example for what each may be.")
        return 2
    except (KafkaError, SQLAlchemyError, psycopg.Error, OSError, RuntimeError) as error:
        # The class only: a driver's text may quote a row.
        problems.print(f"[red]failed[/red]: {error_chain(error)}. Run `claimwright doctor` to see what is wrong.")
        return 1
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    main()
