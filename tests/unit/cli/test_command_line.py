from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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


def test_the_list_of_commands_is_read_without_loading_them_and_says_the_same() -> None:
    listed, loaded = get_command(command_line(["--help"])), get_command(command_line())
    assert listed.get_help(listed.make_context("claimwright", [], resilient_parsing=True)) == loaded.get_help(
        loaded.make_context("claimwright", [], resilient_parsing=True)
    )


def every_option(command: Any, path: str = "") -> Iterator[tuple[str, str]]:
    for parameter in command.params:
        yield from ((path, option) for option in parameter.opts if option.startswith("--"))
    for name, each in getattr(command, "commands", {}).items():
        yield from every_option(each, f"{path} {name}".strip())


SAME_MEANING = {
    "--because": "--reason",
    "--reasons": "--reason",
    "--rationale": "--reason",
    "--purpose": "--reason",
} | {
    "--preview": "--dry-run",
    "--into": "--output",
    "--folder": "--output",
}


def test_one_meaning_has_one_option_word_on_every_command() -> None:
    others = [
        (path, word, SAME_MEANING[word])
        for path, word in every_option(get_command(command_line()))
        if word in SAME_MEANING
    ]
    assert others == []
