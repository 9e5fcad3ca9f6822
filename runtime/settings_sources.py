"""Reads settings from the environment: Temporal's own names count too, and the variables of Kubernetes do not."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from pydantic_settings import EnvSettingsSource

PREFIX: Final = "claimwright_"
TEMPORAL_NAMES: Final[Mapping[str, str]] = {
    "temporal_address": "temporal_address",
    "temporal_namespace": "temporal_namespace",
    "temporal_profile": "temporal_profile",
    "temporal_config_file": "temporal_config_file",
    "temporal_tls": "temporal_tls",
    "temporal_api_key": "temporal_api_key",
    "temporal_tls_server_ca_cert_path": "temporal_ca_file",
    "temporal_tls_client_cert_path": "temporal_certificate_file",
    "temporal_tls_client_key_path": "temporal_key_file",
    "temporal_tls_server_name": "temporal_server_name",
}
"""Variables that every client of Temporal knows (temporalio.envconfig), and our setting with the same meaning, which takes precedence."""

_LINK: Final = re.compile(r"(?i)(tcp|udp|sctp)://.+:[0-9]+")

_OF_A_SERVICE: Final = re.compile(r"(?i)_(service_host|service_port(_\w+)?|port(_[0-9]+_(tcp|udp|sctp)(_\w+)?)?)$")


class Environment(EnvSettingsSource):
    """The environment, with Temporal's names and without service links."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        found = super()._load_env_vars()
        named = {PREFIX + ours: found[name] for name, ours in TEMPORAL_NAMES.items() if found.get(name)}
        own = {name: value for name, value in found.items() if not is_service_link(name, value, found)}
        for file, secret in (("temporal_api_key_file", "temporal_api_key"),):
            if PREFIX + file in own:  # our settings take precedence over those of every Temporal client
                named.pop(PREFIX + secret, None)
        return {**named, **own}


def is_service_link(name: str, value: str | None, found: Mapping[str, str | None]) -> bool:
    """Return whether Kubernetes made a variable for a service named like a setting: `..._PORT=tcp://10.0.0.1:80`, with its siblings."""
    stem = name.lower().removesuffix("_port")
    if stem == name.lower() or value is None or _LINK.fullmatch(value) is None:
        return False
    lowered = {each.lower() for each in found}
    return f"{stem}_service_host" in lowered or any(
        each.startswith(f"{stem}_port_") and each.endswith("_addr") for each in lowered
    )


def unknown_variables(found: Mapping[str, str], settings: Collection[str]) -> list[str]:
    """Return the variables that begin like ours and are neither settings nor made by Kubernetes for a service."""
    names = [name for name in found if name.lower().startswith(PREFIX)]
    return sorted(
        name for name in names if name.lower().removeprefix(PREFIX) not in settings and not _OF_A_SERVICE.search(name)
    )


def parsed_json(value: Any) -> Any:
    """Parse a setting that is written as JSON. Raises ValueError, which never quotes it: it may hold passwords."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("this is not a JSON object") from None
