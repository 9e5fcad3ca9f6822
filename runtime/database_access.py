"""How each process finds its own connection to PostgreSQL: from its settings, else from what the local stack keeps."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from runtime.addresses import Ports, load_ports
from runtime.errors import StackError
from runtime.settings import Settings
from storage.privileges.roles import ALL_ROLES, OWNER, DatabaseRole

FILE: Final = "database-roles.json"
"""The passwords of the local stack's database roles, in the state folder."""


def role_dsn(settings: Settings, role: DatabaseRole) -> str:
    """Return the DSN of a process. Raises StackError when neither the settings nor the local stack have one."""
    given = settings.postgres_dsns.get(role.value, settings.postgres_dsn)
    return _secret(given) or _local(settings, role.database_name)


def owner_dsn(settings: Settings) -> str:
    """Return the DSN of the owner, which runs migrations. Raises StackError when there is none."""
    given = _secret(settings.postgres_owner_dsn)
    if given is None and not own_server(settings):
        raise StackError(
            "CLAIMWRIGHT_POSTGRES_OWNER_DSN is not set, and the processes' roles may not change the schema. "
            f"Set it to a DSN of the role {OWNER} (docs/operations/database-roles.md)."
        )
    return given or _local(settings, OWNER)


def probe_dsn(settings: Settings) -> str:
    """Return a DSN that this process may use to see whether PostgreSQL answers."""
    given = (settings.postgres_dsn, *settings.postgres_dsns.values(), settings.postgres_owner_dsn)
    return next((each.get_secret_value() for each in given if each is not None), None) or _local(
        settings, DatabaseRole.READER.database_name
    )


def own_server(settings: Settings) -> bool:
    """Return whether the local stack's PostgreSQL is used: no setting names another one."""
    return not (settings.postgres_dsn or settings.postgres_dsns or settings.postgres_owner_dsn)


def keep_passwords(state_dir: Path) -> dict[str, str]:
    """Return the password of every role of the local stack; choose those that are missing and keep them."""
    file = state_dir / FILE
    known = load_passwords(state_dir)
    missing = {role: secrets.token_urlsafe(18) for role in ALL_ROLES if role not in known}
    if missing:
        file.touch(mode=0o600)
        file.write_text(json.dumps(known | missing, indent=2) + "\n")
    return known | missing


def load_passwords(state_dir: Path) -> dict[str, str]:
    """Return the passwords that were kept; empty when the local stack was never started."""
    file = state_dir / FILE
    return dict(json.loads(file.read_text())) if file.exists() else {}


def local_dsn(ports: Ports, role: str, password: str) -> str:
    """Return the DSN of a role on the local stack."""
    return f"postgresql://{role}:{password}@127.0.0.1:{ports.postgres}/claimwright"


def _local(settings: Settings, role: str) -> str:
    ports, passwords = load_ports(settings.state_dir), load_passwords(settings.state_dir)
    if ports is None or role not in passwords:
        raise StackError(
            f"no address of PostgreSQL for the role {role}: neither CLAIMWRIGHT_POSTGRES_DSN nor "
            "CLAIMWRIGHT_POSTGRES_DSNS gives one, and the local stack was not started. Run `claimwright up`."
        )
    return local_dsn(ports, role, passwords[role])


def _secret(given: SecretStr | None) -> str | None:
    return None if given is None else given.get_secret_value()
