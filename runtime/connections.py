"""Connections from settings: address and security of each server, in one place for all processes and commands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from temporalio.client import (
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    StartWorkflowUpdateWithStartInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.envconfig import ClientConfigProfile, ClientConfigTLS

from contracts.workflow_messages.claims import ADJUDICATION_QUEUE
from runtime.settings import Settings
from streams.kafka.connection import KafkaConnection, Security
from streams.kafka.oauth import TokenEndpoint


def kafka_connection(settings: Settings, bootstrap: str) -> KafkaConnection:
    """Return the connection that every client of Kafka is made from."""
    security = Security(
        protocol=settings.kafka_security_protocol,
        mechanism=settings.kafka_sasl_mechanism,
        user=settings.kafka_user,
        password=settings.secret("kafka_password"),
        tokens=_tokens(settings),
        ca_file=settings.kafka_ca_file,
        certificate_file=settings.kafka_certificate_file,
        key_file=settings.kafka_key_file,
        key_password=settings.secret("kafka_key_password"),
    )
    return KafkaConnection(bootstrap, security, settings.kafka_topic_prefix)


def _tokens(settings: Settings) -> TokenEndpoint | None:
    if settings.kafka_sasl_mechanism != "OAUTHBEARER":
        return None
    # Not empty: runtime/settings_checks.py refuses OAUTHBEARER without these.
    url, client = settings.kafka_oauth_token_url or "", settings.kafka_oauth_client_id or ""
    return TokenEndpoint(url, client, settings.secret("kafka_oauth_client_secret") or "", settings.kafka_oauth_scope)


def temporal_profile(settings: Settings) -> ClientConfigProfile:
    """Return the connection settings of Temporal: ours, else those of every Temporal client, else its configuration file.

    The file is read only if a setting names it or one of its profiles, so that a person's own file cannot redirect `up`.
    """
    found = ClientConfigProfile.load(
        profile=settings.temporal_profile,
        config_source=settings.temporal_config_file,
        disable_file=settings.temporal_profile is None and settings.temporal_config_file is None,
    )
    return replace(
        found,
        address=settings.temporal_address or found.address,
        namespace=settings.temporal_namespace or found.namespace,
        api_key=settings.secret("temporal_api_key") or found.api_key,
        tls=_tls(settings, found),
    )


def _tls(settings: Settings, found: ClientConfigProfile) -> ClientConfigTLS | None:
    given: dict[str, Any] = {
        "disabled": None if settings.temporal_tls is None else not settings.temporal_tls,
        "server_name": settings.temporal_server_name,
        "server_root_ca_cert": settings.temporal_ca_file,
        "client_cert": settings.temporal_certificate_file,
        "client_private_key": settings.temporal_key_file,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    if found.tls is None and not changed:
        return None
    return replace(found.tls or ClientConfigTLS(), **changed)


class QueueNames(Interceptor):
    """Replaces the name of our task queue (contracts/workflow_messages) by the one in the settings."""

    def __init__(self, queue: str) -> None:
        """Use a queue."""
        self._queue = queue

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the base class names it
        """Return the interceptor that replaces the queue name."""
        return _Renaming(next, self._queue)


class _Renaming(OutboundInterceptor):
    def __init__(self, inner: OutboundInterceptor, queue: str) -> None:
        super().__init__(inner)
        self._queue = queue

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002 - as above
        if input.task_queue == ADJUDICATION_QUEUE:
            input.task_queue = self._queue
        return await super().start_workflow(input)

    async def start_update_with_start_workflow(
        self,
        input: StartWorkflowUpdateWithStartInput,  # noqa: A002 - as above
    ) -> WorkflowUpdateHandle[Any]:
        if input.start_workflow_input.task_queue == ADJUDICATION_QUEUE:
            input.start_workflow_input.task_queue = self._queue
        return await super().start_update_with_start_workflow(input)
