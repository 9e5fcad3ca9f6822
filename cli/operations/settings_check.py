"""`settings check`: tries each server with the current settings, and reports each problem with its remedy."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from typing import Final

import psycopg
from aiokafka.errors import KafkaError
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.service import RPCError

from cli.operations.doctor import Finding
from rulebook.errors import PolicyDataError
from rulebook.library import load_reference
from runtime import wiring
from runtime.console.sign_in import refuse_unsafe
from runtime.console.token_keys import trusted
from runtime.database_access import own_server, owner_dsn, role_dsn, session_dsn
from runtime.errors import StackError
from runtime.processes.process_addresses import API, KAFKA, POSTGRES, TEMPORAL
from runtime.processes.services import SERVICES
from runtime.settings import Settings
from runtime.settings_checks import is_this_machine
from runtime.settings_sources import unknown_variables
from storage.migrate import behind
from storage.privileges.check import excess
from storage.privileges.roles import DatabaseRole
from streams.kafka.connection import KafkaConnection
from streams.kafka.topics import plan_topics

_SECONDS: Final = 10.0
_LONGEST: Final = 300
_ROLES: Final = {API: DatabaseRole.CONSOLE}


def check(settings: Settings, process: str | None = None) -> Iterator[Finding]:
    """Check the servers of one process, or all; a failed check does not stop the others."""
    needs = SERVICES[process].needs if process else (POSTGRES, TEMPORAL, KAFKA)
    for name in unknown_variables(os.environ, Settings.model_fields):
        yield Finding(
            f"{name} is not a setting of this version", ok=True, remedy="see .env.example for how it is written"
        )
    yield _state(settings)
    if process in (None, API):
        yield _sign_in(settings)
    yield _policies(settings)
    if KAFKA in needs:
        yield from asyncio.run(_kafka(settings))
    if TEMPORAL in needs:
        yield from asyncio.run(_temporal(settings))
    if POSTGRES in needs:
        yield from _postgres(settings, process)


def _state(settings: Settings) -> Finding:
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.state_dir):
            return Finding(f"the state folder {settings.state_dir} can be written to", ok=True)
    except OSError as error:
        remedy = f"{type(error).__name__}; set CLAIMWRIGHT_STATE_DIR to a folder of this user, or mount one there"
        return Finding(f"the state folder {settings.state_dir} cannot be written to", ok=False, remedy=remedy)


def _policies(settings: Settings) -> Finding:
    try:
        load_reference(settings.policies_dir)
    except (PolicyDataError, OSError) as error:
        return Finding("policy data does not load", ok=False, remedy=f"{_text(error)}; see CLAIMWRIGHT_POLICIES_DIR")
    return Finding("policy data loads", ok=True)


def _sign_in(settings: Settings) -> Finding:
    try:
        refuse_unsafe(settings)
        trusted(settings)
    except StackError as error:
        remedy = "the api does not start with it; docs/console.md says what an identity provider needs"
        return Finding(f"people could not sign in to the console: {error}", ok=False, remedy=remedy)
    return Finding("the console has settings by which people can sign in", ok=True)


async def _kafka(settings: Settings) -> list[Finding]:
    """Connect to each broker first, because the clients' own errors do not name the cause."""
    try:
        kafka = wiring.kafka(settings)
        reached = [await _reaches(kafka, each) for each in kafka.bootstrap.split(",")]
        if not any(finding.ok for finding in reached):
            return reached
        changes = await plan_topics(kafka, wiring.topic_wishes(settings))
    except (StackError, KafkaError, RuntimeError, OSError) as error:
        remedy = f"{_text(error)}; our user must be allowed to describe topics and their configuration"
        return [Finding("the topics could not be read", ok=False, remedy=remedy)]
    found = [*reached]
    found += [
        Finding(f"the topic {kafka.name(change.topic)} is not as it must be: {change.says}", not change.create, _APPLY)
        for change in changes
    ]
    return [*found, *_risks(settings)]


_APPLY: Final = "run `claimwright topics apply`"


async def _reaches(kafka: KafkaConnection, address: str) -> Finding:
    try:
        async with asyncio.timeout(_SECONDS):
            await kafka.check_broker(address, _SECONDS)
    except (KafkaError, OSError, ValueError, TimeoutError) as error:
        remedy = (
            f"{_text(error)}; check CLAIMWRIGHT_KAFKA_BOOTSTRAP and the settings CLAIMWRIGHT_KAFKA_... of TLS and SASL"
        )
        return Finding(f"Kafka at {address} refuses the connection", ok=False, remedy=remedy)
    return Finding(f"Kafka accepts the connection at {address}" + (" by TLS" if kafka.tls else ""), ok=True)


def _risks(settings: Settings) -> Iterator[Finding]:
    """Yield settings that work but are not safe for production."""
    if not settings.kafka_bootstrap or all(is_this_machine(each) for each in settings.kafka_bootstrap.split(",")):
        return
    if not settings.kafka_security_protocol.endswith("SSL"):
        remedy = "set CLAIMWRIGHT_KAFKA_SECURITY_PROTOCOL to SSL or SASL_SSL: claims hold member data"
        yield Finding("connections to Kafka are not encrypted", ok=True, remedy=remedy)
    if settings.kafka_replication < 3:
        remedy = "set CLAIMWRIGHT_KAFKA_REPLICATION to 3 and CLAIMWRIGHT_KAFKA_MIN_INSYNC_REPLICAS to 2"
        yield Finding(f"new topics have {settings.kafka_replication} copies", ok=True, remedy=remedy)


async def _temporal(settings: Settings) -> list[Finding]:
    try:
        address, namespace = wiring.temporal_place(settings)
        async with asyncio.timeout(_SECONDS):
            client = await wiring.temporal(settings)
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except (StackError, OSError, RuntimeError, RPCError, TimeoutError) as error:
        remedy = f"{_text(error)}; check the settings CLAIMWRIGHT_TEMPORAL_..., and that the namespace exists and this process may use it"
        return [Finding("Temporal refuses the connection", ok=False, remedy=remedy)]
    words = f"Temporal answers at {address}, namespace {namespace}"
    return [Finding(words, ok=True), Finding("the payload keys can be read", ok=True)]


def _postgres(settings: Settings, process: str | None) -> Iterator[Finding]:
    roles = [role for role in DatabaseRole if process is None or role is _role(process)]
    checked: set[str] = set()
    for role in roles:
        yield from _connects(settings, role, checked)
    if process in (None, "publisher"):
        yield _session(settings)
    if process is None and (settings.secret("postgres_owner_dsn") or own_server(settings)):
        yield _schema(settings)


def _role(process: str) -> DatabaseRole:
    return _ROLES.get(process) or DatabaseRole(process)


def _connects(settings: Settings, role: DatabaseRole, checked: set[str]) -> Iterator[Finding]:
    try:
        dsn = role_dsn(settings, role)
        if dsn in checked:
            return
        checked.add(dsn)
        with psycopg.connect(dsn, prepare_threshold=None, connect_timeout=int(_SECONDS)) as connection:
            zone = connection.execute("SHOW timezone").fetchone()
            encrypted = connection.pgconn.ssl_in_use
        power = excess(dsn)
    except (StackError, psycopg.Error, OSError) as error:
        remedy = f"{_text(error)}; check the DSN of {role.value}, its password and certificates"
        yield Finding(f"PostgreSQL refuses the connection of {role.value}", ok=False, remedy=remedy)
        return
    yield Finding(f"PostgreSQL accepts the connection of {role.value}" + (" by TLS" if encrypted else ""), ok=True)
    if power is not None:
        remedy = f"it {power}; give it its own role (docs/operations/database-roles.md)"
        yield Finding(f"{role.value} has more privileges than it needs", ok=False, remedy=remedy)
    if settings.postgres_pooler and zone is not None and zone[0] not in {"UTC", "Etc/UTC"}:
        remedy = f"run ALTER ROLE {role.database_name} SET timezone = 'UTC' as administrator, then reconnect the pooler"
        yield Finding(f"the time zone of {role.value} is {zone[0]}", ok=False, remedy=remedy)


def _session(settings: Settings) -> Finding:
    """Check that the publisher has its own PostgreSQL session, which its lock needs; a pooler shares one between clients."""
    try:
        dsn = session_dsn(settings, DatabaseRole.PUBLISHER)
        with _open(dsn) as first:
            sessions = {_session_of(first)}
            with _open(dsn) as second, second.transaction():
                sessions.add(_session_of(second))
    except (StackError, psycopg.Error, OSError) as error:
        remedy = f"{_text(error)}; check CLAIMWRIGHT_POSTGRES_SESSION_DSN"
        return Finding("the publisher has no session with PostgreSQL", ok=False, remedy=remedy)
    if len(sessions) < 2:
        remedy = "its DSN leads to a pooler; set CLAIMWRIGHT_POSTGRES_SESSION_DSN to the server itself"
        return Finding("the publisher has no session with PostgreSQL", ok=False, remedy=remedy)
    return Finding("the publisher has a session with PostgreSQL", ok=True)


def _open(dsn: str) -> psycopg.Connection[tuple[int]]:
    return psycopg.connect(dsn, autocommit=True, prepare_threshold=None, connect_timeout=int(_SECONDS))


def _session_of(connection: psycopg.Connection[tuple[int]]) -> tuple[int] | None:
    return connection.execute("SELECT pg_backend_pid()").fetchone()


def _schema(settings: Settings) -> Finding:
    try:
        missing = behind(owner_dsn(settings))
    except (StackError, psycopg.Error, OSError, RuntimeError) as error:
        remedy = f"{_text(error)}; check CLAIMWRIGHT_POSTGRES_OWNER_DSN"
        return Finding("the schema could not be read as its owner", ok=False, remedy=remedy)
    if missing:
        return Finding(f"the schema lacks {missing} migrations", ok=False, remedy="run `claimwright migrate`")
    return Finding("the schema is current", ok=True)


def _text(error: BaseException) -> str:
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words[:_LONGEST]}" if words else type(error).__name__
