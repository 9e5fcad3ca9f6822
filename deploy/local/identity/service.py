"""The local identity provider as a process: on loopback, for the staff list of the local pipeline."""

from __future__ import annotations

from typing import Final

from deploy.local.identity.app import create_identity
from deploy.local.identity.grants import Member
from runtime import wiring
from runtime.console.http_limits import http_limits
from runtime.console.http_service import listening, serve
from runtime.console.sign_in import refuse_outside_loopback
from runtime.errors import StackError
from runtime.processes.lifecycle import Running
from runtime.processes.process_addresses import LOCAL_PROVIDER, address_file
from runtime.settings import Settings
from storage.people.accounts import active_people
from storage.privileges.roles import DatabaseRole

_HOST: Final = "127.0.0.1"


async def identity(settings: Settings, running: Running) -> None:
    """Serve the local identity provider; refuses to run where other machines could use it."""
    if settings.oidc_issuer is not None:
        raise StackError("an identity provider is set (CLAIMWRIGHT_OIDC_ISSUER); the local one would admit every user")
    refuse_outside_loopback(settings)
    engine = wiring.database(settings, DatabaseRole.IDENTITY)

    async def staff() -> tuple[Member, ...]:
        return tuple(Member(each.person_id, tuple(sorted(each.roles))) for each in await active_people(engine))

    with listening(_HOST, 0, address_file(settings.state_dir, LOCAL_PROVIDER)) as (listener, address):
        await serve(create_identity(address, staff, wiring.now), listener, running, http_limits(settings))
    await engine.dispose()
