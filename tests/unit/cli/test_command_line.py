from __future__ import annotations

import typer
from typer.main import get_command

from cli.main import COMMANDS, command_line


def names(app: typer.Typer) -> set[str]:
    return set(getattr(get_command(app), "commands", {}))


def test_every_command_is_named_with_the_module_that_holds_it() -> None:
    for module, commands in COMMANDS.items():
        assert names(command_line([commands[0]])) == set(commands), module
    assert names(command_line()) == {name for commands in COMMANDS.values() for name in commands}


def test_what_is_no_command_is_answered_by_the_whole_command_line() -> None:
    assert names(command_line(["no-such-command"])) == names(command_line(["--help"])) == names(command_line())
