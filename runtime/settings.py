"""Every setting of every process, read once from the environment, validated, frozen and passed on explicitly.

Nothing else in the repository reads the environment. Defaults are safe for one machine only: where no address
is given, the servers that `claimwright up` started are used. `.env.example` lists the same settings; a test
holds them together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Settings, each from an environment variable with the prefix CLAIMWRIGHT_."""

    model_config = SettingsConfigDict(env_prefix="CLAIMWRIGHT_", env_file=".env", frozen=True, extra="forbid")

    state_dir: Path = Field(REPOSITORY / ".local", description="Where the local stack keeps data, logs and addresses.")
    cache_dir: Path | None = Field(None, description="Where downloads are kept; default: cache in the state folder.")
    policies_dir: Path = Field(REPOSITORY / "policies", description="Policy and reference data.")

    kafka_bootstrap: str | None = Field(None, description="Existing Kafka, host:port; else the local stack's.")
    temporal_address: str | None = Field(None, description="Existing Temporal, host:port; else the local stack's.")
    temporal_namespace: str = Field("default", description="Temporal namespace.")
    temporal_ui_url: str | None = Field(None, description="Temporal's own pages, linked from claims where given.")
    payload_keys_file: Path | None = Field(
        None,
        description="Keys that encrypt Temporal's payloads, the same file on every host; else one in the state folder.",
    )
    postgres_dsn: SecretStr | None = Field(
        None, description="Existing PostgreSQL, postgresql://..., of this process; else the local stack's."
    )
    postgres_dsns: dict[str, SecretStr] = Field(
        default_factory=dict,
        description='DSN per database role where processes share their settings, as JSON: {"intake": "postgresql://...", ...}.',
    )
    postgres_owner_dsn: SecretStr | None = Field(
        None, description="DSN of the role that owns the tables; for migrations only, no process needs it."
    )

    batch_size: Annotated[int, Field(ge=1, le=256)] = Field(128, description="Most claims in one workflow.")
    batch_lines: Annotated[int, Field(ge=1, le=2048)] = Field(
        512,
        description="Most lines in one workflow, so that no step takes long. A longer claim has a workflow by itself.",
    )
    batch_bytes: Annotated[int, Field(ge=1024, le=8_388_608)] = Field(
        1_048_576, description="Most bytes of claims in one workflow, so that the worker's memory is bounded."
    )
    max_batches_in_flight: Annotated[int, Field(ge=1)] = Field(
        16, description="Batches that one intake process may have unfinished; then it pauses its partitions."
    )
    inflated_batch_mib: Annotated[int, Field(ge=2, le=512)] = Field(
        32,
        description="MiB that one compressed batch of Kafka records may inflate to. Records of larger ones are dead-lettered.",
    )
    worker_slots: Annotated[int, Field(ge=2)] = Field(8, description="Batches one worker process runs at once.")
    worker_large_claims: Annotated[int, Field(ge=1, le=8)] = Field(
        1, description="Large claims one worker process adjudicates at once, apart from ordinary ones."
    )
    worker_pollers: Annotated[int, Field(ge=2)] = Field(8, description="Concurrent polls for workflow tasks.")
    postgres_pool: Annotated[int, Field(ge=1)] = Field(8, description="Database connections of one process.")

    api_host: str = Field("127.0.0.1", description="Where the reviewers' API listens; loopback unless you mean it.")
    api_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        0, description="Port of the reviewers' API; 0 takes a free one and keeps it."
    )
    trusted_proxies: str = Field(
        "", description="Addresses or networks, with commas, of proxies whose X-Forwarded-For names the client."
    )
    client_connections: Annotated[int, Field(ge=10, le=900)] = Field(
        100, description="HTTP connections that one client address may hold; a trusted proxy may hold more."
    )
    client_requests: Annotated[int, Field(ge=2, le=32)] = Field(
        16, description="HTTP requests of one client address, or of one session, that are worked on at once."
    )
    token_issuer: str | None = Field(
        None, description="Who signs people's access tokens (iss); else the local stack does, on loopback only."
    )
    token_keys: str | None = Field(None, description="The issuer's public keys (JWKS): a file or an https address.")
    token_audience: str = Field("claimwright", description="For whom access tokens must be made (aud).")
    public_url: str | None = Field(
        None, description="Where browsers find the console, https://...; else where the API listens."
    )
    oidc_issuer: str | None = Field(
        None, description="Issuer of the identity provider; if unset, the local one, on loopback only."
    )
    oidc_client_id: str = Field("claimwright-console", description="The console's client id at the identity provider.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="The console's client secret. Without this and the file, the console is a public client."
    )
    oidc_client_secret_file: Path | None = Field(None, description="A file that holds the console's client secret.")
    oidc_scopes: str = Field("openid", description="Scopes the console asks for, openid among them.")
    oidc_subject_claim: str = Field("sub", description="ID token claim with the person's id on the staff list.")
    oidc_roles_claim: str = Field(
        "roles",
        description="ID token claim with the person's roles, which limit the roles of the staff list. A dot separates nested names.",
    )
    oidc_roles_required: bool = Field(True, description="Whether to refuse a person whose token has no roles claim.")
    session_idle_minutes: Annotated[int, Field(ge=1, le=60)] = Field(
        15, description="Minutes without use after which a session in the console ends."
    )
    session_minutes: Annotated[int, Field(ge=5, le=1440)] = Field(
        480, description="Minutes after which a session in the console ends even if it is in use."
    )

    api_url: str | None = Field(None, description="Where commands find the reviewers' API; else the local stack's.")
    api_token: SecretStr | None = Field(None, description="Your access token, for the commands that review claims.")

    bulk_retry_max_claims: Annotated[int, Field(ge=1, le=100_000)] = Field(
        20_000, description="Maximum number of claims in one bulk retry."
    )
    bulk_retry_max_per_second: Annotated[int, Field(ge=1, le=200)] = Field(
        20, description="Maximum rate of a bulk retry, in claims per second."
    )
    bulk_retry_supervisor_claims: Annotated[int, Field(ge=0)] = Field(
        500, description="A bulk retry of more claims needs a supervisor's approval."
    )
    bulk_retry_supervisor_usd: Annotated[int, Field(ge=0)] = Field(
        250_000,
        description="A bulk retry of claims that billed more than this many US dollars needs a supervisor's approval.",
    )

    outbox_retention_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        7, description="Days for which published messages stay in the outbox. Their digests stay."
    )

    audit_heads_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        15, description="Minutes within which a change of the audit trail is sent on audit-heads."
    )
    dead_letter_retention_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        90, description="Days for which the content of replayed and closed dead letters is kept. Open ones keep it."
    )

    metrics_host: str = Field("127.0.0.1", description="Where metrics and health listen; loopback unless you mean it.")
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        0, description="Port for metrics and health; 0 takes a free one."
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe log line kept.")
    log_format: str = Field("console", pattern="^(console|json)$", description="console for people, json for machines.")
