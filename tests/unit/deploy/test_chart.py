"""What of the chart can be checked without Helm; `make test-deploy` renders it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from runtime.processes.process_addresses import LOCAL_PROVIDER
from runtime.processes.services import SERVICES
from runtime.settings import Settings
from runtime.settings_checks import SECRETS
from tools.chart_files import CHART, files

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
BY_VALUE, BY_REFERENCE, FILES = (SCHEMA["definitions"][name]["properties"] for name in ("settings", "secrets", "files"))


@pytest.mark.parametrize(("file", "text"), list(files()), ids=lambda each: each.name if isinstance(each, Path) else "")
def test_generated_files_of_the_chart_are_current(file: Path, text: str) -> None:
    assert file.read_text() == text, "run `python -m tools.chart_files`"


def test_no_file_of_the_chart_is_left_of_a_rule_or_dashboard_that_is_gone() -> None:
    assert {file for file in (CHART / "files").rglob("*") if file.is_file()} == {
        file for file, _ in files() if file.parent != CHART
    }


def test_a_secret_can_be_given_by_reference_only() -> None:
    of_commands = {"api_token"}
    assert set(BY_REFERENCE) == set(SECRETS) - of_commands
    assert not set(BY_VALUE) & {name for secret in SECRETS for name in (secret, f"{secret}_file")}
    assert not set(FILES) & {f"{secret}_file" for secret in SECRETS}


def test_every_setting_has_its_place_in_the_values_or_is_given_by_the_chart() -> None:
    given = {"state_dir", "cache_dir", "metrics_host", "metrics_port", "api_host", "api_port"}
    of_commands = {"api_url", "api_token", "api_token_file"}
    companions = {f"{secret}_file" for secret in SECRETS}
    places = {*BY_VALUE, *BY_REFERENCE, *FILES}
    assert places == set(Settings.model_fields) - given - of_commands - companions


def test_the_values_have_every_process_of_the_pipeline_but_the_local_identity_provider() -> None:
    assert set(VALUES["processes"]) == set(SERVICES) - {LOCAL_PROVIDER}
