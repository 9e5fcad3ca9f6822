"""Processes of the product on the servers of a test, as many of each as a test asks for, each as if on a separate host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runtime.payload_keys import KeyFile
from runtime.settings import REPOSITORY

MAX_WAIT = 90.0


def _ours(place: Path) -> Sequence[str]:
    """The command line of a tree, in its own virtual environment."""
    python = sys.executable if place == REPOSITORY else str(place / ".venv" / "bin" / "python")
    return (python, "-m", "cli.main")


@dataclass
class Process:
    """One process and its host's folder."""

    name: str
    folder: Path
    running: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def is_ready(self) -> bool:
        return self._answers("health/ready") is not None

    def metrics(self) -> str:
        """Its metrics as Prometheus reads them; empty while it does not answer."""
        return self._answers("metrics") or ""

    def metric(self, name: str) -> float:
        """The value of a metric without labels; 0 while it is not shown."""
        found = [line for line in self.metrics().splitlines() if line.startswith(f"{name} ")]
        return float(found[0].split()[1]) if found else 0.0

    def _answers(self, path: str) -> str | None:
        try:
            port = int((self.folder / "state" / "health" / f"{self.name}.port").read_text())
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
                return str(answer.read().decode())
        except (OSError, ValueError, urllib.error.URLError):
            return None

    def end(self) -> int:
        """Ask it to end, as a platform does; return its exit code."""
        self.running.send_signal(signal.SIGTERM)
        return self.running.wait(MAX_WAIT)

    def kill(self) -> None:
        """End it as a crash would."""
        if self.running.poll() is None:
            self.running.kill()
            self.running.wait(30)


class Processes:
    """Starts processes with the same settings; kills what still runs at the end."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self._folder, self._settings = folder, settings
        self.started: list[Process] = []
        folder.mkdir(parents=True, exist_ok=True)
        keys = folder / "payload.key"
        KeyFile(keys, made=True).keys()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAIMWRIGHT_")}
        self._environment = kept | {"CLAIMWRIGHT_PAYLOAD_KEYS_FILE": str(keys), **settings}

    def start(self, *names: str, place: Path = REPOSITORY, **settings: str) -> None:
        """Start processes by these names, and wait until each is ready. `place`: the tree of the version to run."""
        made = [self._started(name, place, settings) for name in names]
        deadline = time.monotonic() + MAX_WAIT
        for process in made:
            while not process.is_ready():
                assert process.running.poll() is None, f"{process.name} ended:\n{process.log[-3000:]}"
                assert time.monotonic() < deadline, f"{process.name} is not ready:\n{process.log[-3000:]}"
                time.sleep(0.1)

    def command(self, *arguments: str, place: Path = REPOSITORY, **settings: str) -> str:
        """Run a command to its end and return what it printed; one that fails is a failure."""
        environment = self._environment | {"CLAIMWRIGHT_STATE_DIR": str(self._folder / "commands"), **settings}
        done = subprocess.run(
            [*_ours(place), *arguments], cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def of(self, name: str) -> list[Process]:
        """The processes of a name, in the order of their starts."""
        return [each for each in self.started if each.name == name]

    def _started(self, name: str, place: Path, settings: Mapping[str, str]) -> Process:
        folder = self._folder / f"host-{len(self.started) + 1}"
        folder.mkdir()
        environment = self._environment | {"CLAIMWRIGHT_STATE_DIR": str(folder / "state"), **settings}
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen([*_ours(place), name], cwd=place, env=environment, stdout=log, stderr=log)
        process = Process(name, folder, running)
        self.started.append(process)
        return process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.started:
            process.kill()
