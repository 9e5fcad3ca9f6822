"""What the settings refuse, all of it at once, and what of the environment they leave alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from runtime.database_access import role_dsn
from runtime.settings import Settings
from runtime.settings_checks import SECRETS, words
from storage.privileges.roles import DatabaseRole

SASL: dict[str, Any] = {
    "kafka_security_protocol": "SASL_SSL",
    "kafka_sasl_mechanism": "SCRAM-SHA-512",
    "kafka_user": "app",
    "kafka_password": "not-for-logs",
}


def made(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


def refused(**given: Any) -> set[str]:
    """The settings that are said to be wrong."""
    with pytest.raises(ValidationError) as error:
        made(**given)
    return {line.partition(":")[0].removeprefix("CLAIMWRIGHT_").lower() for line in words(error.value).splitlines()}


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    missing = tmp_path / "gone.pem"
    assert refused(
        batch_size=0,
        log_level="LOUD",
        kafka_security_protocol="SASL_SSL",
        kafka_ca_file=missing,
        kafka_certificate_file=missing,
        kafka_min_insync_replicas=2,
        postgres_dsn="host=db",
    ) == {
        "batch_size",
        "log_level",
        "kafka_sasl_mechanism",
        "kafka_ca_file",
        "kafka_certificate_file",
        "kafka_key_file",
        "kafka_min_insync_replicas",
        "postgres_dsn",
    }


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"kafka_sasl_mechanism": "PLAIN"}, {"kafka_security_protocol", "kafka_user", "kafka_password"}),
        (SASL | {"kafka_password": None}, {"kafka_password"}),
        (
            SASL | {"kafka_sasl_mechanism": "OAUTHBEARER"},
            {"kafka_oauth_token_url", "kafka_oauth_client_id", "kafka_oauth_client_secret"},
        ),
        (
            SASL
            | {
                "kafka_sasl_mechanism": "OAUTHBEARER",
                "kafka_oauth_token_url": "http://id.example/token",
                "kafka_oauth_client_id": "us",
                "kafka_oauth_client_secret": "not-for-logs",
            },
            {"kafka_oauth_token_url"},
        ),
        ({"kafka_sasl_mechanism": "GSSAPI"}, {"kafka_sasl_mechanism"}),
        ({"kafka_partitions": {"claims.submited": 3}}, {"kafka_partitions"}),
        ({"kafka_partitions": "{"}, {"kafka_partitions"}),
        ({"kafka_intake_group": "same", "kafka_feeds_group": "same"}, {"kafka_feeds_group"}),
        ({"kafka_topic_prefix": "prod/"}, {"kafka_topic_prefix"}),
        ({"temporal_tls": False, "temporal_api_key": "not-for-logs"}, {"temporal_api_key"}),
        ({"temporal_address": "temporal.example:7233"}, {"payload_keys_file"}),
        ({"postgres_dsns": {"intake": "db.example"}}, {"postgres_dsns"}),
        ({"grace_seconds": 0}, {"grace_seconds"}),
    ],
)
def test_settings_that_do_not_fit_together_are_named(given: dict[str, Any], wrong: set[str]) -> None:
    assert refused(**given) >= wrong


def test_settings_that_fit_together_are_taken() -> None:
    assert made(**SASL).secret("kafka_password") == "not-for-logs"


def test_what_is_refused_is_never_quoted(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    given: dict[str, Any] = dict.fromkeys(SECRETS, "hunter2") | {
        f"{name}_file": tmp_path / "secret" for name in SECRETS
    }
    with pytest.raises(ValidationError) as error:
        made(**given, batch_size="hunter2")
    assert "hunter2" not in words(error.value) + str(error.value) + repr(error.value)


@pytest.mark.parametrize("name", sorted(set(SECRETS) - {"postgres_dsns"}))
def test_every_secret_may_be_the_content_of_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("in-a-file\n")
    assert made(**{f"{name}_file": file}).secret(name) == "in-a-file"
    file.write_text("")
    assert refused(**{f"{name}_file": file}) == {f"{name}_file"}


def test_the_dsns_of_the_roles_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "dsns"
    file.write_text('{"intake": "postgresql://in-a-file"}')
    assert role_dsn(made(postgres_dsns_file=file), DatabaseRole.INTAKE) == "postgresql://in-a-file"
    file.write_text("intake=postgresql://in-a-file")
    assert refused(postgres_dsns_file=file) == {"postgres_dsns_file"}


def test_every_secret_has_a_file() -> None:
    kinds = {name: str(field.annotation) for name, field in Settings.model_fields.items()}
    assert {name for name, kind in kinds.items() if SecretStr.__name__ in kind} == set(SECRETS)
    assert {f"{name}_file" for name in SECRETS} <= set(kinds)


def test_a_service_of_kubernetes_named_like_a_setting_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables"""
    for service in ("API", "METRICS"):
        stem = f"CLAIMWRIGHT_{service}"
        monkeypatch.setenv(f"{stem}_SERVICE_HOST", "10.0.0.11")
        monkeypatch.setenv(f"{stem}_SERVICE_PORT", "8080")
        monkeypatch.setenv(f"{stem}_PORT", "tcp://10.0.0.11:8080")
        monkeypatch.setenv(f"{stem}_PORT_8080_TCP", "tcp://10.0.0.11:8080")
        monkeypatch.setenv(f"{stem}_PORT_8080_TCP_PROTO", "tcp")
        monkeypatch.setenv(f"{stem}_PORT_8080_TCP_PORT", "8080")
        monkeypatch.setenv(f"{stem}_PORT_8080_TCP_ADDR", "10.0.0.11")
    assert (made().api_port, made().metrics_port) == (0, 0)


def test_a_port_that_is_none_is_refused_where_no_service_explains_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWRIGHT_API_PORT", "tcp://10.0.0.11:8080")
    with pytest.raises(ValidationError):
        made()


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWRIGHT_BATCH_SIZE", "")
    monkeypatch.setenv("CLAIMWRIGHT_KAFKA_PASSWORD_FILE", "")
    assert (made().batch_size, made().kafka_password_file) == (256, None)


def test_the_variables_of_every_client_of_temporal_count_and_ours_go_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "keys").write_text("")
    monkeypatch.setenv("CLAIMWRIGHT_PAYLOAD_KEYS_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "claims")
    monkeypatch.setenv("CLAIMWRIGHT_TEMPORAL_NAMESPACE", "claims-test")
    assert (made().temporal_address, made().temporal_namespace) == ("temporal.example:7233", "claims-test")
