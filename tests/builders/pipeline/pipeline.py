"""The pipeline that tests share, with its staff; claims come in, and a person waits for what becomes of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.demo.maker import Maker
from runtime.clients.api_client import ApiClient, ApiError, connect
from runtime.settings import Settings
from tests.builders.pipeline.command_line import CommandLine

MAX_WAIT = 90.0


class RunningPipeline:
    """A whole local pipeline with the synthetic staff."""

    def __init__(self, state_dir: Path) -> None:
        self.claimwright = CommandLine(state_dir)
        self.state_dir = state_dir

    def start(self) -> None:
        """Start it; on a machine with much to do, `up` is run again: what already runs is kept."""
        for _ in range(4):
            up = self.claimwright("up")
            if up.returncode == 0:
                break
        loaded = self.claimwright("people", "load", "examples/people.yaml")
        assert loaded.returncode == 0, up.stdout + up.stderr + loaded.stderr

    def stop(self) -> None:
        self.claimwright("down")

    @property
    def address(self) -> str:
        return (self.state_dir / "health" / "api.address").read_text().strip()

    def api(self, person: str) -> ApiClient:
        """The API as a person, for what a journey needs to be so before it begins."""
        return connect(Settings(state_dir=self.state_dir), person)

    def sent(self, name: str) -> Path:
        """Return a file of a sender's: outside the pipeline's folder, where everything is private."""
        folder = self.state_dir.with_name(f"{self.state_dir.name}-sent")
        folder.mkdir(exist_ok=True)
        return folder / name

    def send(self, *makers: Maker) -> list[str]:
        """Publish what scenarios made, broken events too, and return the claim ids in order."""
        file = self.sent("claims.jsonl")
        records = [record for maker in makers for record in maker.records]
        file.write_bytes(b"\n".join(record.value for record in records))
        done = self.claimwright("submit", "--raw", str(file))
        assert done.returncode == 0, done.stderr
        return [record.claim_id for record in records if record.claim_id is not None]

    def waits_for(self, claim_id: str, code: str, person: str) -> None:
        """Return as soon as a claim waits for what it should, as a person who works on it sees it."""

        def waiting() -> bool:
            case = self.api(person).get(f"/api/tasks/{claim_id}")
            return any(pend["code"] == code for pend in case["task"]["pends"])

        until(waiting, f"claim {claim_id} waits for {code}")


def until(holds: Callable[[], Any], what: str) -> None:
    """Ask again and again until something holds; an API that is not ready yet answers no."""
    deadline = time.monotonic() + MAX_WAIT
    while True:
        try:
            if holds():
                return
        except ApiError:
            pass
        assert time.monotonic() < deadline, f"not so after {MAX_WAIT:.0f} seconds: {what}"
        time.sleep(0.5)
