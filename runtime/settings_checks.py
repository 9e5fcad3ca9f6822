"""Checks settings that do not fit together, or name files that cannot be read. Texts never quote a value: it may be a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from contracts.events.topics import RESERVED_TOPICS, TOPICS

if TYPE_CHECKING:
    from runtime.settings import Settings

Problem = tuple[str, str]
"""The setting that has to change, its fault and what to do."""

SECRETS: Final = (
    "kafka_password",
    "kafka_oauth_client_secret",
    "kafka_key_password",
    "temporal_api_key",
    "postgres_dsn",
    "postgres_dsns",
    "postgres_owner_dsn",
    "postgres_session_dsn",
    "oidc_client_secret",
    "api_token",
)
"""Settings that may also be given as the content of a file."""

_SHARED_KEYS: Final = (
    "make one with `claimwright keys add` and give it to all processes (docs/operations/payload-keys.md)"
)
_EXPORTER: Final = "opentelemetry.exporter"
_MADE_BY_US: Final = {"payload_keys_file"}
_TOPICS: Final = {topic.name for topic in (*TOPICS, *RESERVED_TOPICS)}


def variable(setting: str) -> str:
    """Return the name of a setting's environment variable."""
    return f"CLAIMWRIGHT_{setting.upper()}"


def problems(settings: Settings) -> list[Problem]:
    """Return the faults of settings that do not fit together or name unreadable files."""
    return [*_files(settings), *_kafka(settings), *_temporal(settings), *_postgres(settings), *_traces(settings)]


def _traces(settings: Settings) -> Iterator[Problem]:
    if settings.traces_endpoint is not None and find_spec(_EXPORTER) is None:
        text = "traces need the extra `tracing`; install claimwright[tracing], or requirements/tracing.txt"
        yield "traces_endpoint", text


def all_problems(wrong: ValidationError | None, found: Sequence[Problem]) -> ValidationError:
    """Put the faults of single values and of several together into one error."""
    lines: list[InitErrorDetails] = []
    for problem in wrong.errors(include_url=False) if wrong is not None else ():
        text = problem["msg"].removeprefix("Value error, ")
        lines.append(_line(".".join(str(part) for part in problem["loc"]), text))
    lines += [_line(setting, text) for setting, text in found]
    return ValidationError.from_exception_data("Settings", lines, hide_input=True)


def words(error: ValidationError) -> str:
    """Return the faults of the settings, one line each, by the names of their variables."""
    lines = [
        f"{variable('.'.join(str(part) for part in problem['loc']))}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False)
    ]
    return "\n".join(dict.fromkeys(lines))


def _line(setting: str, text: str) -> InitErrorDetails:
    return {"type": PydanticCustomError("setting", "{text}", {"text": text}), "loc": (setting,), "input": None}


def _files(settings: Settings) -> Iterator[Problem]:
    for name in type(settings).model_fields:
        path = getattr(settings, name)
        if not name.endswith("_file") or not isinstance(path, Path) or name in _MADE_BY_US:
            continue
        text = _content(path)
        secret = name.removesuffix("_file")
        if text is None:
            yield name, f"the file {path} cannot be read; give the path of one that this user may read"
        elif not text.strip():
            yield name, f"the file {path} is empty"
        elif name == "postgres_dsns_file" and not _is_json_of_texts(text):
            yield (
                name,
                f'the file {path} is not a JSON object of DSNs by role, such as {{"intake": "postgresql://..."}}',
            )
        if secret in SECRETS and getattr(settings, secret):
            yield name, f"{variable(secret)} is set too; set one of them"


def _content(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return None


def _is_json_of_texts(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and all(isinstance(value, str) for value in found.values())


def _kafka(settings: Settings) -> Iterator[Problem]:
    protocol = settings.kafka_security_protocol
    yield from _sasl(settings, sasl=protocol.startswith("SASL"))
    yield from _pair(settings, "kafka_certificate_file", "kafka_key_file")
    if not protocol.endswith("SSL"):
        for name in ("kafka_ca_file", "kafka_certificate_file"):
            if getattr(settings, name) is not None:
                yield (
                    name,
                    f"it has no use with {protocol}; set {variable('kafka_security_protocol')} to SSL or SASL_SSL",
                )
    if settings.kafka_min_insync_replicas > settings.kafka_replication:
        yield (
            "kafka_min_insync_replicas",
            "it is above CLAIMWRIGHT_KAFKA_REPLICATION, so that nothing could be written; lower it",
        )
    for topic in sorted(set(settings.kafka_partitions) - _TOPICS):
        yield "kafka_partitions", f"{topic} is none of our topics; docs/asyncapi.json names them, without the prefix"
    if settings.kafka_intake_group == settings.kafka_feeds_group:
        yield "kafka_feeds_group", "it is the group of intake too; choose another one"


def _sasl(settings: Settings, *, sasl: bool) -> Iterator[Problem]:
    mechanism = settings.kafka_sasl_mechanism
    if sasl and mechanism is None:
        yield "kafka_sasl_mechanism", "SASL needs one: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"
    if not sasl and mechanism is not None:
        yield (
            "kafka_security_protocol",
            f"it is without SASL, but {variable('kafka_sasl_mechanism')} is set; use SASL_SSL",
        )
    if mechanism == "OAUTHBEARER":
        needed = ("kafka_oauth_token_url", "kafka_oauth_client_id", "kafka_oauth_client_secret")
        yield from _needed(settings, needed, mechanism)
        if settings.kafka_oauth_token_url and not _safe(settings.kafka_oauth_token_url):
            yield "kafka_oauth_token_url", "the client secret would travel in the clear; use an https address"
    elif mechanism is not None:
        yield from _needed(settings, ("kafka_user", "kafka_password"), mechanism)


def _needed(settings: Settings, names: Sequence[str], why: str) -> Iterator[Problem]:
    for name in names:
        if not getattr(settings, name) and getattr(settings, f"{name}_file", None) is None:
            yield name, f"{why} needs it"


def _temporal(settings: Settings) -> Iterator[Problem]:
    yield from _pair(settings, "temporal_certificate_file", "temporal_key_file")
    if settings.temporal_tls is False:
        for name in ("temporal_api_key", "temporal_api_key_file", "temporal_ca_file", "temporal_certificate_file"):
            if getattr(settings, name) is not None:
                yield name, f"it needs TLS, which {variable('temporal_tls')} turns off"
    address = settings.temporal_address
    if address is not None and not is_this_machine(address) and settings.payload_keys_file is None:
        yield (
            "payload_keys_file",
            f"it is needed where Temporal is on another machine; {_SHARED_KEYS}",
        )


def _postgres(settings: Settings) -> Iterator[Problem]:
    yield from _pair(settings, "postgres_certificate_file", "postgres_key_file")
    for name in ("postgres_dsn", "postgres_owner_dsn", "postgres_session_dsn"):
        dsn = getattr(settings, name)
        if dsn is not None and not _is_dsn(dsn.get_secret_value()):
            yield name, "it is not a DSN such as postgresql://user:password@host:5432/database"
    for role, dsn in settings.postgres_dsns.items():
        if not _is_dsn(dsn.get_secret_value()):
            yield "postgres_dsns", f"the DSN of {role} is none such as postgresql://user:password@host:5432/database"


def _pair(settings: Settings, certificate: str, key: str) -> Iterator[Problem]:
    given = {name: getattr(settings, name) is not None for name in (certificate, key)}
    for name, other in ((certificate, key), (key, certificate)):
        if given[other] and not given[name]:
            yield name, f"it belongs with {variable(other)}; set both or neither"


def _is_dsn(text: str) -> bool:
    try:
        found: Any = urlsplit(text)
    except ValueError:
        return False
    return found.scheme in {"postgresql", "postgres"}


def _safe(url: str) -> bool:
    found = urlsplit(url)
    return found.scheme == "https" or (found.scheme == "http" and is_this_machine(found.netloc))


def is_this_machine(address: str) -> bool:
    """Return whether host:port reaches this machine only."""
    host = urlsplit(f"//{address}").hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
