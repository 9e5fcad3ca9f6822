"""Every setting of every process, read once from the environment, validated, frozen and passed on explicitly.

Nothing else in the repository reads the environment. Defaults are safe for one machine only: where no address
is given, the servers that `claimwright up` started are used. A secret NAME may also be the content of a file, NAME_FILE.
An error names the faults of all settings at once. `.env.example` lists the same settings; a test compares both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from runtime.settings_checks import all_problems, problems
from runtime.settings_sources import Environment, parsed_json

REPOSITORY = Path(__file__).resolve().parent.parent
"""The folder that holds our packages and `policies/`: the repository, or where the wheel was installed."""


def _state_dir() -> Path:
    """Return the default folder for state: in the checkout, else in the user's home, else (in a container without one) a fixed path."""
    if (REPOSITORY / "pyproject.toml").is_file():
        return REPOSITORY / ".local"
    try:
        return Path.home() / ".local" / "state" / "claimwright"
    except RuntimeError:
        return Path("/var/lib/claimwright")


class Settings(BaseSettings):
    """Settings, each from an environment variable with the prefix CLAIMWRIGHT_; an empty variable counts as not set."""

    model_config = SettingsConfigDict(
        env_prefix="CLAIMWRIGHT_",
        env_file=".env",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    state_dir: Path = Field(
        _state_dir(),
        description="The only folder that is written to: addresses and health of processes; data and logs of the local stack.",
    )
    cache_dir: Path | None = Field(None, description="Where downloads are kept; default: cache in the state folder.")
    policies_dir: Path = Field(REPOSITORY / "policies", description="Policy and reference data.")
    draft_policies_dir: Path | None = Field(
        None, description="Policy data with the drafts that monitors judge by; default: the folder in force."
    )

    kafka_bootstrap: str | None = Field(
        None, description="Existing Kafka, host:port, several with commas; else the local stack's."
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How Kafka is spoken to: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] | None = Field(
        None, description="With SASL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER."
    )
    kafka_user: str | None = Field(None, description="User of PLAIN and SCRAM.")
    kafka_password: SecretStr | None = Field(None, description="Password of PLAIN and SCRAM.")
    kafka_password_file: Path | None = Field(None, description="A file that holds this password.")
    kafka_oauth_token_url: str | None = Field(
        None, description="Token endpoint of OAUTHBEARER, https://...; tokens are asked for by client credentials."
    )
    kafka_oauth_client_id: str | None = Field(None, description="Client id of OAUTHBEARER.")
    kafka_oauth_client_secret: SecretStr | None = Field(None, description="Client secret of OAUTHBEARER.")
    kafka_oauth_client_secret_file: Path | None = Field(None, description="A file that holds this secret.")
    kafka_oauth_scope: str | None = Field(None, description="Scope to ask for with OAUTHBEARER.")
    kafka_ca_file: Path | None = Field(
        None, description="Certificates (PEM) that sign Kafka's; else those that the system trusts."
    )
    kafka_certificate_file: Path | None = Field(None, description="Our certificate for Kafka (PEM).")
    kafka_key_file: Path | None = Field(None, description="The key of our certificate for Kafka (PEM).")
    kafka_key_password: SecretStr | None = Field(None, description="Password of this key.")
    kafka_key_password_file: Path | None = Field(None, description="A file that holds the password of this key.")
    kafka_topic_prefix: str = Field(
        "",
        pattern=r"^[a-zA-Z0-9._-]{0,100}$",
        description="Put before the name of every topic, so that several environments share one Kafka. Events name topics without it.",
    )
    kafka_partitions: Annotated[
        dict[str, Annotated[int, Field(ge=1, le=10_000)]], NoDecode, BeforeValidator(parsed_json)
    ] = Field(
        default_factory=dict,
        description='Partitions of topics that need other than ours, as JSON: {"claims.submitted": 24}. For `topics apply`.',
    )
    kafka_replication: Annotated[int, Field(ge=1, le=32)] = Field(
        1, description="Copies of each partition when a topic is made; 3 where nothing may be lost."
    )
    kafka_min_insync_replicas: Annotated[int, Field(ge=1, le=32)] = Field(
        1, description="Copies that must have a record before it counts as written; 2 of 3 where nothing may be lost."
    )
    kafka_intake_group: str = Field(
        "claimwright-intake", min_length=1, description="Consumer group of intake; another one for each environment."
    )
    kafka_feeds_group: str = Field(
        "claimwright-feeds", min_length=1, description="Consumer group of the feeds; another one for each environment."
    )

    temporal_address: str | None = Field(
        None, description="Existing Temporal, host:port (also TEMPORAL_ADDRESS); else the local stack's."
    )
    temporal_namespace: str | None = Field(
        None,
        description="Temporal namespace (also TEMPORAL_NAMESPACE), another one for each environment; else default.",
    )
    temporal_profile: str | None = Field(
        None, description="Profile of Temporal's configuration file (also TEMPORAL_PROFILE)."
    )
    temporal_config_file: Path | None = Field(
        None, description="Temporal's configuration file, temporal.toml (also TEMPORAL_CONFIG_FILE)."
    )
    temporal_tls: bool | None = Field(
        None, description="Whether to use TLS to Temporal (also TEMPORAL_TLS); a certificate or an API key implies it."
    )
    temporal_api_key: SecretStr | None = Field(None, description="API key of Temporal (also TEMPORAL_API_KEY).")
    temporal_api_key_file: Path | None = Field(None, description="A file that holds this API key.")
    temporal_ca_file: Path | None = Field(
        None, description="Certificates (PEM) that sign Temporal's; else those that the system trusts."
    )
    temporal_certificate_file: Path | None = Field(None, description="Our certificate for Temporal (PEM).")
    temporal_key_file: Path | None = Field(None, description="The key of our certificate for Temporal (PEM).")
    temporal_server_name: str | None = Field(
        None, description="Name in Temporal's certificate, where it is not that of the address."
    )
    temporal_task_queue: str = Field(
        "adjudication",
        pattern=r"^[a-zA-Z0-9._-]{1,200}$",
        description="Task queue of our workflows; that of large claims has -large after it.",
    )
    temporal_deployment: str | None = Field(
        None,
        pattern=r"^[a-zA-Z0-9_-]{1,100}$",
        description="Name under which Temporal keeps the versions of our workers apart; unset: workers have no versions.",
    )
    temporal_build_id: str | None = Field(
        None,
        pattern=r"^[a-zA-Z0-9._-]{1,100}$",
        description="Version of this worker for Temporal; else that of the product (docs/operations/upgrade.md).",
    )
    temporal_ui_url: str | None = Field(
        None,
        description="Temporal's own pages, linked from claims; they may have payloads decrypted by the console.",
    )
    payload_keys_file: Path | None = Field(
        None,
        description="Keys that encrypt Temporal's payloads, the same file on every host; else one in the state folder.",
    )

    postgres_dsn: SecretStr | None = Field(
        None, description="Existing PostgreSQL, postgresql://..., of this process; else the local stack's."
    )
    postgres_dsn_file: Path | None = Field(None, description="A file that holds this DSN.")
    postgres_dsns: Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(parsed_json)] = Field(
        default_factory=dict,
        description='DSN per database role where processes share their settings, as JSON: {"intake": "postgresql://...", ...}.',
    )
    postgres_dsns_file: Path | None = Field(None, description="A file that holds this JSON.")
    postgres_owner_dsn: SecretStr | None = Field(
        None, description="DSN of the role that owns the tables; for migrations only, no process needs it."
    )
    postgres_owner_dsn_file: Path | None = Field(None, description="A file that holds the owner's DSN.")
    postgres_session_dsn: SecretStr | None = Field(
        None,
        description="DSN of the publisher's role past the pooler, for what needs a session: the locks of its shards and LISTEN.",
    )
    postgres_session_dsn_file: Path | None = Field(None, description="A file that holds this DSN.")
    postgres_pooler: bool = Field(
        False,
        description="Whether the DSNs lead to a pooler of transactions (such as PgBouncer): nothing then relies on a session.",
    )
    postgres_ca_file: Path | None = Field(
        None, description="Certificates (PEM) that sign PostgreSQL's; its name is checked too (sslmode=verify-full)."
    )
    postgres_certificate_file: Path | None = Field(None, description="Our certificate for PostgreSQL (PEM).")
    postgres_key_file: Path | None = Field(None, description="The key of our certificate for PostgreSQL (PEM).")

    batch_size: Annotated[int, Field(ge=1, le=256)] = Field(256, description="Most claims in one workflow.")
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
        1,
        description="Large claims one worker adjudicates at once, each in a child process that starts when one comes.",
    )
    worker_pollers: Annotated[int, Field(ge=2)] = Field(8, description="Concurrent polls for workflow tasks.")
    worker_judging_processes: Annotated[int, Field(ge=1, le=16)] = Field(
        2, description="Processes of a worker that judge the claims of a campaign; they run only while one is judged."
    )
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
    api_token_file: Path | None = Field(None, description="A file that holds your access token.")

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
    traces_endpoint: str | None = Field(
        None,
        pattern=r"^https?://\S+$",
        description="Where traces are sent by OTLP over HTTP, such as http://collector:4318/v1/traces; unset: no traces.",
    )
    traces_ratio: Annotated[float, Field(ge=0, le=1)] = Field(
        1.0, description="Share of the traces begun here that is sent, 0 to 1."
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe log line kept.")
    log_format: str = Field("console", pattern="^(console|json)$", description="console for people, json for machines.")
    grace_seconds: Annotated[int, Field(ge=2, le=3600)] = Field(
        25, description="Seconds that a process may take to end once it was asked to; less than the platform waits."
    )

    def secret(self, name: str) -> str | None:
        """Return a secret, from its setting or its file; None where neither is set. Read at each call: files may change."""
        given: SecretStr | None = getattr(self, name)
        if given is not None:
            return given.get_secret_value()
        file: Path | None = getattr(self, f"{name}_file")
        return None if file is None else file.read_text().strip()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours replaces it
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment in our way (runtime/settings_sources.py)."""
        return init_settings, Environment(settings_cls), dotenv_settings, file_secret_settings

    @model_validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Report all faults: of single values, and of settings that do not fit together."""
        try:
            made = handler(given)
        except ValidationError as wrong:
            fields = {str(problem["loc"][0]) for problem in wrong.errors() if problem["loc"]}
            rest = handler({name: value for name, value in given.items() if name not in fields})
            raise all_problems(wrong, problems(rest)) from None
        found = problems(made)
        if found:
            raise all_problems(None, found)
        return made
