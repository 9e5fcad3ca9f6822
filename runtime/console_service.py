"""Builds the console's application from real adapters and serves it until its process is asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp
from temporalio.client import Client

from activities.reviews import case_rules
from console.app import create_app
from console.ports import Clock, Console, Words
from console.sign_in.ports import SignIn
from console.tokens import TokenVerifier
from console.web.assets import MissingAssetsError
from runtime import wiring
from runtime.console_policies import LedgerPolicies
from runtime.lifecycle import Running
from runtime.review_updates import TemporalReviews
from runtime.settings import Settings
from runtime.stack.errors import StackError
from runtime.token_keys import trusted
from storage.policy_library import PolicyLibrary, load_library
from storage.review_reads import PostgresReviewReads
from storage.review_store import PostgresReviews
from storage.sessions import PostgresSessions
from storage.sign_ins import PostgresSignIns
from storage.staff import PostgresStaff

API: Final = "api"
"""The name of the process, as `claimwright up` and `status` show it."""

UNAVAILABLE: Final = (SQLAlchemyError, OSError)
"""Errors of servers that come back: the caller is asked to send the same again."""


async def api(settings: Settings, running: Running) -> None:
    """Serve the reviewers' HTTP API."""
    library = load_library(settings.policies_dir)
    engine = wiring.database(settings)
    with _listening(settings) as listener:
        address = address_file(settings.state_dir).read_text().strip()
        console = console_over(settings, engine, await wiring.temporal(settings), library, address)
        try:
            app = create_app(console, UNAVAILABLE)
        except MissingAssetsError as missing:
            raise StackError(str(missing)) from None
        await _serve(app, listener, running)
    await engine.dispose()


def console_over(
    settings: Settings, engine: AsyncEngine, client: Client, library: PolicyLibrary, address: str
) -> Console:
    """Put the real adapters behind the console's ports; raises StackError when nobody's tokens can be trusted."""
    trust, keys = trusted(settings)
    clock: Clock = wiring.now
    return Console(
        tokens=TokenVerifier(trust, keys, clock),
        staff=PostgresStaff(engine),
        reads=PostgresReviewReads(engine),
        submissions=PostgresReviews(engine),
        reviews=TemporalReviews(client),
        policies=LedgerPolicies(engine, library, clock),
        reference=library.reference,
        rules=case_rules(library.reference),
        words=words_of(library),
        sign_in=SignIn(PostgresSessions(engine), PostgresSignIns(engine), settings.public_url or address),
        now=clock,
    )


def words_of(library: PolicyLibrary) -> Words:
    """Collect how facts and documents are put to people."""
    vocabulary = library.medical.vocabulary
    return Words(
        questions={name: entry.asks for name, entry in vocabulary.facts.items()},
        documents={name: entry.label for name, entry in vocabulary.documents.items()},
    )


class _Server(uvicorn.Server):
    """Leaves signals to the process, which is told by `Running` to stop, and tells it when requests are taken."""

    def __init__(self, config: uvicorn.Config, ready: asyncio.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(app: ASGIApp, listener: socket.socket, running: Running) -> None:
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=100,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=10,
    )
    server = _Server(config, running.ready)
    serving = asyncio.create_task(server.serve([listener]))
    watching = asyncio.create_task(running.stop.wait())
    await asyncio.wait((serving, watching), return_when=asyncio.FIRST_COMPLETED)
    watching.cancel()
    server.should_exit = True
    await serving


def address_file(state_dir: Path) -> Path:
    """Where the API writes its address for the commands of the same machine."""
    return state_dir / "health" / "api.address"


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Listen where the settings say; port 0 keeps the port of the last start where it is still free."""
    file = address_file(settings.state_dir)
    family = socket.AF_INET6 if ":" in settings.api_host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(listener, settings, _last_port(file))
        port = listener.getsockname()[1]
        host = f"[{settings.api_host}]" if family is socket.AF_INET6 else settings.api_host
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"http://{host}:{port}\n")
        yield listener


def _bind(listener: socket.socket, settings: Settings, last: int) -> None:
    """Take the port of the settings, else the last one, else a free one that outgoing connections do not take."""
    if settings.api_port:
        listener.bind((settings.api_host, settings.api_port))
        return
    for port in (last, *(10_000 + secrets.randbelow(20_000) for _ in range(50))):
        with contextlib.suppress(OSError):
            if port:
                listener.bind((settings.api_host, port))
                return
    msg = "no free port between 10000 and 30000 for the reviewers' API; set CLAIMWRIGHT_API_PORT"
    raise StackError(msg)


def _last_port(file: Path) -> int:
    try:
        return int(file.read_text().strip().rpartition(":")[2])
    except (OSError, ValueError):
        return 0
