"""Every command that a page, a text of the product or a file of deploy/ names is there, with the options that are given to it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cli.main import command_line
from runtime.settings import REPOSITORY

NAMED = re.compile(r"`claimwright ([a-z][^`]*)`|^claimwright ([a-z][^(]*?)(?:  |$)", re.MULTILINE)
READ = {".md", ".py", ".yaml", ".sh", ".example"}
HISTORY = ("docs/decisions/", "tests/")


def _files() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if Path(name).suffix in READ and not name.startswith(HISTORY):
            yield Path(name)


def _named() -> list[tuple[str, str]]:
    """Each file with a command line that it names. A line may break within it; where alternatives are named, the first is read."""
    return [
        (str(file), " ".join((found[1] or found[2]).split("|")[0].split()))
        for file in _files()
        for found in NAMED.finditer((REPOSITORY / file).read_text())
    ]


def unknown(command: Any, words: list[str]) -> str | None:
    """Return the first word that is neither a command nor an option where it stands; None if all are known."""
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return words[0]
        command, words = command.commands[words[0]], words[1:]
    options = {"--help", *(option for each in command.params for option in (*each.opts, *each.secondary_opts))}
    given = [match[0] for word in words if (match := re.match(r"--[a-z][a-z-]*", word.strip("[")))]
    return next((option for option in given if option not in options), None)


def test_every_command_that_is_named_is_there_with_its_options() -> None:
    app = get_command(command_line())
    named = _named()
    assert len(named) > 200
    assert [(file, line, word) for file, line in named if (word := unknown(app, line.split()))] == []


@pytest.mark.parametrize(
    ("line", "word"),
    [("database grow", "grow"), ("workers promote --at-once", "--at-once"), ("workers promote --wait 60", None)],
)
def test_a_command_or_option_that_is_not_there_is_found(line: str, word: str | None) -> None:
    assert unknown(get_command(command_line()), line.split()) == word
