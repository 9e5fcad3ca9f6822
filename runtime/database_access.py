"""Finds each process's own connection to PostgreSQL: from its settings, else from the files of the local stack."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from runtime.addresses import Ports, load_ports
from runtime.errors import StackError
from runtime.settings import Settings
from storage.privileges.roles import ALL_ROLES, OWNER, DatabaseRole

FILE: Final = "database-roles.json"
"""The passwords of the local stack's database roles, in the state folder."""


def role_dsn(settings: Settings, role: DatabaseRole) -> str:
    """Return the DSN of a process. Raises StackError when neither the settings nor the local stack have one."""
    given = _dsns(settings).get(role.value) or settings.secret("postgres_dsn")
    return _with_files(settings, given) if given else _local(settings, role.database_name)


def session_dsn(settings: Settings, role: DatabaseRole) -> str:
    """Return the DSN for work that needs one session: the leader's lock and LISTEN. Raises StackError if only a pooler is known."""
    given = settings.secret("postgres_session_dsn")
    if given:
        return _with_files(settings, given)
    if settings.postgres_pooler:
        raise StackError(
            "CLAIMWRIGHT_POSTGRES_POOLER is set, and CLAIMWRIGHT_POSTGRES_SESSION_DSN is not: a pooler of transactions keeps "
            "no session, which the publisher's lock and LISTEN need. Set it to a DSN of its role that leads past the pooler."
        )
    return role_dsn(settings, role)


def owner_dsn(settings: Settings) -> str:
    """Return the DSN of the owner, which runs migrations. Raises StackError when there is none."""
    given = settings.secret("postgres_owner_dsn")
    if given is None and not own_server(settings):
        raise StackError(
            "CLAIMWRIGHT_POSTGRES_OWNER_DSN is not set, and the processes' roles may not change the schema. "
            f"Set it to a DSN of the role {OWNER} (docs/operations/database-roles.md)."
        )
    return _with_files(settings, given) if given else _local(settings, OWNER)


def probe_dsn(settings: Settings) -> str:
    """Return a DSN that this process may use to see whether PostgreSQL answers."""
    given = next((dsn for dsn in _given(settings) if dsn), None)
    return _with_files(settings, given) if given else _local(settings, DatabaseRole.READER.database_name)


def own_server(settings: Settings) -> bool:
    """Return whether the local stack's PostgreSQL is used: no setting names another one."""
    return not any(_given(settings))


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


def _given(settings: Settings) -> tuple[str | None, ...]:
    return settings.secret("postgres_dsn"), *_dsns(settings).values(), settings.secret("postgres_owner_dsn")


def _dsns(settings: Settings) -> dict[str, str]:
    if settings.postgres_dsns_file is not None:
        return dict(json.loads(settings.postgres_dsns_file.read_text()))
    return {role: dsn.get_secret_value() for role, dsn in settings.postgres_dsns.items()}


def _with_files(settings: Settings, dsn: str) -> str:
    """Add the certificates of the settings to a DSN, unless it names its own."""
    files = {
        "sslrootcert": settings.postgres_ca_file,
        "sslcert": settings.postgres_certificate_file,
        "sslkey": settings.postgres_key_file,
    }
    added = {name: str(file) for name, file in files.items() if file is not None}
    if settings.postgres_ca_file is not None:
        added["sslmode"] = "verify-full"
    url = make_url(dsn)
    missing = {name: value for name, value in added.items() if name not in url.query}
    return url.update_query_dict(missing).render_as_string(hide_password=False) if missing else dsn
