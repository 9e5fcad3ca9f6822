"""Write tests/replay/histories/<Workflow>/<outcome>.json. Tests never write them, because recorded histories must not follow the code.

Run it when a workflow gains an outcome, or when a new version id (patch) makes a new path; keep the old files
as long as executions of that age may be open. Identities and stack traces are taken out, and a history that
still names this machine is refused. Usage: python -m tools.capture_histories [OUTCOME ...]
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import getpass
import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from runtime.processes.lifecycle import leave
from tests.builders.workflows.running import small_history_server, time_skipping_server, worker
from tools.appeal_scenarios import AppealScenario
from tools.bulk_retry_scenarios import ReleaseScenario
from tools.campaign_scenarios import CampaignScenario
from tools.history_scenarios import Scenario, scenarios
from tools.readjudication_scenarios import ReadjudicationScenario

HISTORIES: Final = Path(__file__).parent.parent / "tests" / "replay" / "histories"
_IDENTITY: Final = "capture"
_SCRUBBED: Final = {"identity": _IDENTITY, "stackTrace": "", "requestId": "", "binaryChecksum": ""}


class MachineNamedError(Exception):
    """A history names the host it was captured on; nothing was written."""


async def capture(
    scenario: Scenario | AppealScenario | ReleaseScenario | ReadjudicationScenario | CampaignScenario,
) -> str:
    """Run one scenario on a fresh server and return its scrubbed history."""
    server = small_history_server if scenario.small_history else time_skipping_server
    async with server(_IDENTITY) as environment, worker(environment.client, scenario.steps.activities()):
        handle = await scenario.run(environment)
        history = await handle.fetch_history()
    scrubbed = scrub(json.loads(history.to_json()))
    refuse_machine_names(scrubbed)
    return json.dumps(scrubbed, indent=1, sort_keys=True) + "\n"


def scrub(value: Any) -> Any:
    """Return a history without identities and stack traces; replay needs neither."""
    if isinstance(value, dict):
        return {key: _SCRUBBED.get(key, scrub(inner)) for key, inner in value.items()}
    if isinstance(value, list):
        return [scrub(inner) for inner in value]
    return value


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a history: names and values, and payloads both encoded and decoded."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value
        yield from _decoded(value)


def _decoded(text: str) -> Iterator[str]:
    try:
        yield base64.b64decode(text, validate=True).decode("utf-8", errors="ignore")
    except binascii.Error:
        return


def refuse_machine_names(history: Any) -> None:
    """Raise MachineNamedError if the host, the user, a home or the repository's path is named anywhere."""
    names = [socket.gethostname(), str(Path.home()), str(HISTORIES.parent.parent.parent), sys.prefix]
    names += [f"@{getpass.getuser()}", f"{getpass.getuser()}@", "site-packages", "127.0.0.1"]
    for text in texts(history):
        found = next((name for name in names if name in text), None)
        if found is not None:
            msg = (
                f"the history contains {found!r}, which names this machine; a corpus is public, "
                "so add the field that holds it to _SCRUBBED"
            )
            raise MachineNamedError(msg)


async def main(wanted: list[str]) -> None:
    """Capture the named outcomes, or all."""
    for scenario in scenarios():
        if wanted and scenario.outcome not in wanted:
            continue
        target = HISTORIES / scenario.workflow / f"{scenario.outcome}.json"
        text = await asyncio.wait_for(capture(scenario), timeout=120)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        sys.stdout.write(f"{target.relative_to(HISTORIES)}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
    leave(0)
