"""The installed product on servers that let no person in without TLS, next to another environment's names and groups."""

from __future__ import annotations

import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from benchmarks.load import coverage_events, straight_through_claims
from contracts.events.topics import CLAIMS_SUBMITTED, DETERMINATIONS
from rulebook.library import content_hash, default_policies_dir
from runtime.processes.services import SERVICES
from runtime.settings import REPOSITORY
from streams.kafka.connection import KafkaConnection, Security
from streams.kafka.oauth import TokenEndpoint
from streams.kafka.topics import TopicWishes, plan_topics
from tests.builders.pipeline.pipeline import until
from tests.builders.secured.installed import Installed, build, install
from tests.builders.secured.kafka import PASSWORD, USER, TokenServer
from tests.builders.secured.servers import SecuredServers, running_servers

pytestmark = [pytest.mark.servers, pytest.mark.timeout(900)]
DATA = ("policies", "examples", "console", "deploy/local/identity", "storage")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def environment(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(built[1], tmp_path_factory.mktemp("fresh") / "venv")


@pytest.fixture(scope="module")
def servers() -> Iterator[SecuredServers]:
    with running_servers() as running:
        yield running


@pytest.fixture(scope="module")
def product(
    environment: Path, servers: SecuredServers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    """Every process of the product, after what a platform does before it starts them."""
    installed = Installed(environment, tmp_path_factory.mktemp("installed"), servers.environment())
    installed.installed = held(environment)
    try:
        installed.must("keys", "add")
        installed.must("migrate")
        assert "claims-test.claims.submitted: create with 4 partitions" in installed.must("topics", "apply", "--plan")
        installed.must("topics", "apply")
        for name in SERVICES:
            installed.start(name)
        for name in SERVICES:
            installed.await_ready(name)
        yield installed
    finally:
        installed.kill()


def files(folder: Path) -> set[str]:
    """The files of the repository that the product reads at run time and that are no modules."""
    kinds = {".yaml", ".csv", ".html", ".css", ".js", ".svg", ".jsonl"}
    found = (each for each in folder.rglob("*") if each.suffix in kinds and "node_modules" not in each.parts)
    return {each.relative_to(REPOSITORY).as_posix() for each in found}


def held(environment: Path) -> dict[Path, int]:
    """Every file of an environment with its time, without what Python itself compiles where it may."""
    found = (path for path in environment.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path: path.stat().st_mtime_ns for path in found}


def test_the_wheel_and_the_sdist_hold_all_that_is_read_at_run_time(built: tuple[Path, Path]) -> None:
    needed = {file for folder in DATA for file in files(REPOSITORY / folder)}
    modules = {
        f"storage/migrations/versions/{each.name}"
        for each in (REPOSITORY / "storage/migrations/versions").glob("m*.py")
    }
    assert len(needed) > 150
    assert len(modules) > 40
    sdist, wheel = built
    with zipfile.ZipFile(wheel) as opened:
        assert (needed | modules) - set(opened.namelist()) == set()
    with tarfile.open(sdist) as opened_sdist:
        held = {name.partition("/")[2] for name in opened_sdist.getnames()}
    assert (needed | modules) - held == set()


def test_the_version_names_the_package_and_the_policy_data(product: Installed) -> None:
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    said, policies = product.must("--version").splitlines()
    assert said == f"claimwright {version}"
    assert policies.startswith(f"policies {content_hash(default_policies_dir())} ")
    assert str(REPOSITORY) not in policies


def test_the_settings_are_right_and_every_server_lets_us_in(product: Installed) -> None:
    said = product.must("settings", "check")
    for words in (
        "Kafka accepts",
        "Temporal answers at localhost",
        "connection of intake by TLS",
        "the schema is current",
    ):
        assert words in said
    assert "bad" not in said.split()


def test_every_server_that_does_not_let_us_in_is_named(product: Installed, servers: SecuredServers) -> None:
    wrong = {
        "CLAIMWRIGHT_KAFKA_USER": "unknown",
        "CLAIMWRIGHT_TEMPORAL_CA_FILE": "",
        "CLAIMWRIGHT_POSTGRES_CA_FILE": str(servers.ours.certificate),
    }
    done = product("settings", "check", "--process", "intake", **wrong)
    assert done.returncode == 1
    says = ("AuthenticationFailed", "Temporal refuses the connection", "PostgreSQL refuses the connection of intake")
    assert [words for words in says if words not in done.stdout] == []
    assert PASSWORD not in done.stdout + done.stderr


def test_a_claim_goes_through_every_process_to_a_decision(product: Installed, servers: SecuredServers) -> None:
    before = servers.temporal.secured, servers.postgres.secured
    sent = product.working / "events.jsonl"
    values = [value for _, value in (*coverage_events(1), *straight_through_claims(1, 7, 1))]
    sent.write_bytes(b"\n".join(values))
    product.must("submit", str(sent))
    number = orjson.loads(values[-1])["data"]["claim_control_number"]
    until(lambda: "determined" in product("explain", number).stdout, "the claim is decided")
    assert "approved" in product.must("explain", number)
    assert product.must("verify")
    assert min(before) > 0


def test_people_work_through_the_console(product: Installed) -> None:
    product.must("people", "load", str(REPOSITORY / "examples" / "people.yaml"))
    assert product("tasks", "list", "--as", "SYN-NURSE").returncode == 0


KINDS = {
    "PLAIN": Security("SASL_SSL", "PLAIN", USER, PASSWORD),
    "SCRAM-SHA-256": Security("SASL_SSL", "SCRAM-SHA-256", USER, PASSWORD),
    "SCRAM-SHA-512": Security("SASL_SSL", "SCRAM-SHA-512", USER, PASSWORD),
    "MUTUAL": Security("SSL"),
    "TOKEN": Security("SASL_SSL", "OAUTHBEARER"),
}


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    server = TokenServer()
    yield server
    server.stop()


@pytest.mark.parametrize("kind", KINDS)
async def test_kafka_lets_us_in_by_every_kind_of_credentials(
    kind: str, servers: SecuredServers, product: Installed, tokens: TokenServer
) -> None:
    ours, given = servers.ours, KINDS[kind]
    security = Security(
        given.protocol,
        given.mechanism,
        given.user,
        given.password,
        TokenEndpoint(tokens.url, USER, PASSWORD) if kind == "TOKEN" else None,
        servers.authority.file,
        ours.certificate if kind == "MUTUAL" else None,
        ours.key if kind == "MUTUAL" else None,
    )
    listener = "SCRAM" if kind.startswith("SCRAM") else kind
    kafka = KafkaConnection(servers.kafka.address(listener), security, "claims-test.")
    wishes = TopicWishes(partitions={CLAIMS_SUBMITTED: 4})
    assert await plan_topics(kafka, wishes) == []
    consumer = kafka.consumer(DETERMINATIONS, group_id=f"claims-test-{kind}", auto_offset_reset="earliest")
    await consumer.start()
    try:
        assert len(await kafka.partitions(consumer, [CLAIMS_SUBMITTED])) == 4
    finally:
        await consumer.stop()
    assert kind != "TOKEN" or tokens.asked == 1
    assert product.state_dir.exists()


def test_every_process_ends_in_time_logs_json_and_writes_in_its_state_folder_only(
    product: Installed, environment: Path
) -> None:
    """Last in this file: nothing runs after it."""
    assert product.ends() == dict.fromkeys(SERVICES, 0)
    for name in SERVICES:
        events = [line["event"] for line in product.logged(name)]
        assert events[0] == "process starting"
        assert events[-1] == "process stopped"
    assert [path.name for path in product.working.iterdir()] == ["events.jsonl"]
    assert held(environment) == product.installed
