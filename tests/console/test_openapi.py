"""The API against its own description: whatever the description allows, and what it does not, gets a described answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.office import Office, token

pytestmark = pytest.mark.servers

EXAMPLES: Final = 5
"""For each operation, allowed and not allowed, with ids of nothing and with the id of a claim that waits."""

OPERATIONS: Final = 10

_NOT_ASKED: Final = [positive_data_acceptance, negative_data_rejection]
"""A refusal may be right though the form was (a cursor of no person), and we put a good token and id where bad ones were."""


@pytest.fixture
async def served(office: Office) -> AsyncIterator[str]:
    """Serve the application at a real address; schemathesis asks from a separate thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(office.app, lifespan="off", log_config=None, access_log=False))
        serving = asyncio.create_task(server.serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


def explore(url: str, claim: str, bearer: str) -> set[str]:
    """Ask every operation for much that it allows and does not allow; return which were asked."""
    asked = set()
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    found: Any
    for found in schema.get_all_operations():
        operation = found.ok()
        for known in ({}, {"claim_id": claim}):
            if set(known) <= {each.name for each in operation.path_parameters}:
                for mode in GenerationMode:
                    _try(operation, mode, known, bearer)
        asked.add(operation.label)
    return asked


def _try(operation: Any, mode: GenerationMode, known: dict[str, str], bearer: str) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: Any) -> None:
        case.path_parameters = {**(case.path_parameters or {}), **known}
        case.call_and_validate(headers={"Authorization": f"Bearer {bearer}"}, excluded_checks=_NOT_ASKED)

    with suppress(Unsatisfiable):  # an operation that takes nothing cannot be asked wrongly
        holds()


async def test_the_api_answers_as_it_is_described(office: Office, study: ClaimId, served: str) -> None:
    bearer = token("BOSS", office.now)
    asked = await asyncio.to_thread(explore, served, str(study), bearer)
    assert len(asked) >= OPERATIONS
