from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

import activities
import adjudication
import console
import contracts
import runtime
import storage
import streams
import workflows
from runtime.settings import REPOSITORY, Settings


def test_the_example_environment_lists_exactly_the_settings() -> None:
    listed = set(re.findall(r"^# CLAIMWRIGHT_(\w+)=", (REPOSITORY / ".env.example").read_text(), re.MULTILINE))
    assert listed == {name.upper() for name in Settings.model_fields}


def test_every_setting_says_what_it_is_for() -> None:
    assert Settings.model_fields
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWRIGHT_BATCH_SIZE", "7")
    assert Settings().batch_size == 7


def test_a_wrong_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWRIGHT_BATCH_SIZE", "0")
    with pytest.raises(ValidationError):
        Settings()


def test_the_database_password_is_not_printed() -> None:
    settings = Settings(postgres_dsn="postgresql://user:hunter2@127.0.0.1/claimwright")
    assert "hunter2" not in repr(settings)


def test_our_packages_are_not_shadowed_by_installed_ones() -> None:
    for package in (activities, adjudication, console, contracts, runtime, storage, streams, workflows):
        assert package.__file__ is not None
        assert Path(package.__file__).is_relative_to(REPOSITORY)


def test_only_the_settings_and_the_process_starter_read_the_environment() -> None:
    allowed = {"deploy/local/processes.py"}  # hands the environment on to the servers it starts
    reading = re.compile(r"os\.environ|os\.getenv|getenv\(")
    folders = ("adjudication", "contracts", "workflows", "activities", "streams", "storage", "console", "runtime")
    found = {
        str(path.relative_to(REPOSITORY))
        for folder in folders
        for path in (REPOSITORY / folder).rglob("*.py")
        if reading.search(path.read_text())
    }
    assert found <= allowed
