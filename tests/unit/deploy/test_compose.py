"""The compose file has every process, with settings that the product takes; the roles are those of the ledger."""

from __future__ import annotations

import json
import re
import stat
from typing import Any

import pytest
import yaml

from runtime.console.sign_in import refuse_unsafe
from runtime.processes.process_addresses import LOCAL_PROVIDER
from runtime.processes.services import SERVICES
from runtime.settings import Settings
from storage.privileges.roles import ALL_ROLES, OWNER, DatabaseRole
from tools.compose_test import SERVERS, images, services, stages
from tools.metric_catalog import ROOT

FOLDER = ROOT / "deploy" / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
OURS = {name: each for name, each in COMPOSE["services"].items() if "claimwright" in each["image"]}


def test_every_process_of_the_pipeline_runs_its_command() -> None:
    processes = set(SERVICES) - {LOCAL_PROVIDER}
    assert {name for name, each in OURS.items() if each["command"] == [name]} >= processes
    targets = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())["scrape_configs"][0]["static_configs"][0]
    assert {target.removesuffix(":9464") for target in targets["targets"]} == processes


@pytest.mark.parametrize("name", OURS)
def test_settings_are_those_of_the_product_and_the_root_is_read_only(name: str) -> None:
    service = OURS[name]
    given = {variable.removeprefix("CLAIMWRIGHT_").lower() for variable in service["environment"]}
    assert given <= set(Settings.model_fields)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


def test_the_console_starts_with_the_identity_provider_of_the_file() -> None:
    given = {name.removeprefix("CLAIMWRIGHT_").lower(): value for name, value in OURS["api"]["environment"].items()}
    names = ("oidc_issuer", "public_url", "api_host")
    defaults: dict[str, Any] = {name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", given[name]) for name in names}
    refuse_unsafe(Settings(_env_file=None, **defaults))


def test_every_process_is_given_the_time_to_end_by_itself() -> None:
    longest = Settings(_env_file=None).grace_seconds
    assert [
        name for name in SERVICES
        if name != LOCAL_PROVIDER and int(OURS[name]["stop_grace_period"].removesuffix("s")) <= longest
    ] == []  # fmt: skip


def test_a_service_starts_after_those_that_it_needs() -> None:
    order = [name for stage in stages() for name in stage]
    assert set(order) == set(services()) == set(COMPOSE["services"]) - {"tools"}
    assert [
        (name, needed) for name in order for needed in services()[name].get("depends_on", ())
        if order.index(needed) >= order.index(name)
    ] == []  # fmt: skip
    assert next(stages()) == sorted(name for name in services() if "depends_on" not in services()[name])


def test_local_images_are_those_of_every_server_but_grafana(monkeypatch: pytest.MonkeyPatch) -> None:
    targets = re.findall(r"^FROM \S+ AS (\w+)$", (FOLDER / "servers" / "Containerfile").read_text(), re.MULTILINE)
    assert tuple(targets) == SERVERS
    monkeypatch.setenv("IMAGES", "local")
    assert set(services()) == set(SERVERS) | set(OURS) - {"tools"}


def test_the_roles_that_postgresql_gets_are_those_of_the_ledger() -> None:
    script = (FOLDER / "roles.sh").read_text()
    found = re.search(r"for role in (.+); do", script)
    assert found is not None
    assert {f"claimwright_{role}" for role in found[1].split()} == set(ALL_ROLES)
    assert stat.S_IMODE((FOLDER / "roles.sh").stat().st_mode) & 0o111
    assert OWNER in (FOLDER / "secrets" / "owner").read_text()
    dsns = json.loads((FOLDER / "secrets" / "dsns.json").read_text())
    assert {role: dsn.split(":")[1].removeprefix("//") for role, dsn in dsns.items()} == {
        role.value: role.database_name for role in DatabaseRole
    }


def test_every_file_that_is_mounted_is_there_and_every_password_is_synthetic() -> None:
    mounts = [mount.split(":")[0] for each in COMPOSE["services"].values() for mount in each.get("volumes", [])]
    files = [mount for mount in mounts if mount.startswith(".")] + [
        each["file"] for each in COMPOSE["secrets"].values()
    ]
    assert len(files) > 8
    assert [file for file in files if not (FOLDER / file).exists()] == []
    assert {file.name for file in (FOLDER / "secrets").iterdir() if "synthetic" not in file.read_text()} == set()


def test_the_test_of_the_file_looks_for_every_image_and_another_may_take_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KAFKA_IMAGE", "registry.example.com/kafka:1")
    found = dict(images())
    assert {f"${{{variable}:-" for variable in found} == {
        each["image"][: each["image"].index(":-") + 2] for each in COMPOSE["services"].values()
    }
    assert found["KAFKA_IMAGE"] == "registry.example.com/kafka:1"
    assert found["CLAIMWRIGHT_IMAGE"] == "localhost/claimwright:dev"


def test_no_folder_in_memory_names_an_owner_which_podman_refuses() -> None:
    mounts = [mount for each in COMPOSE["services"].values() for mount in each.get("tmpfs", [])]
    assert mounts
    assert [mount for mount in mounts if "uid=" in mount or "gid=" in mount] == []
