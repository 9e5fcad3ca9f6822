"""A policies/ folder for each test, and the command line run against it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import command_line
from tests.builders.policy.policy_folders import small_folder

Run = Callable[..., Result]


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return small_folder(tmp_path)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in a separate folder; `return_value` is its exit code, `exception` what it refused."""
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: str | Path) -> Result:
        given = [str(argument) for argument in arguments]
        return CliRunner().invoke(command_line(given), given, standalone_mode=False)

    return ran
