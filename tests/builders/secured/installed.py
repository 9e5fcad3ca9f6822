"""The product as a person installs it: a wheel in a fresh virtual environment, far from the repository."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from runtime.settings import REPOSITORY

MAX_WAIT = 180.0


def build(folder: Path) -> tuple[Path, Path]:
    """Build the sdist, and from it the wheel; return both."""
    uv = Path(sys.executable).parent / "uv"
    _run(
        [str(uv), "build", "--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", str(folder), "."]
    )
    [sdist], [wheel] = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def install(wheel: Path, folder: Path) -> Path:
    """Install the lock of what runs and the wheel; return the folder of the environment."""
    uv = str(Path(sys.executable).parent / "uv")
    _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
    python = str(folder / "bin" / "python")
    lock = str(REPOSITORY / "requirements" / "runtime.txt")
    _run([uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", lock])
    _run([uv, "pip", "install", "--quiet", "--python", python, "--no-deps", str(wheel)])
    return folder


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


class Installed:
    """Runs commands and processes of an environment in a folder without the repository, with these settings and no others."""

    def __init__(self, environment: Path, folder: Path, settings: Mapping[str, str]) -> None:
        self._program = environment / "bin" / "claimwright"
        self.folder, self.state_dir = folder, folder / "state"
        self.working = folder / "elsewhere"
        self.working.mkdir(parents=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLAIMWRIGHT_", "PYTHON"))}
        self._environment = {
            **kept,
            "HOME": str(self.working),
            "CLAIMWRIGHT_STATE_DIR": str(self.state_dir),
            "CLAIMWRIGHT_LOG_FORMAT": "json",
            **settings,
        }
        self.installed: Mapping[Path, int] = {}
        """What the environment held before anything ran."""
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __call__(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self._program), *arguments],
            cwd=self.working,
            env={**self._environment, **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=MAX_WAIT,
        )

    def must(self, *arguments: str) -> str:
        done = self(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, name: str) -> None:
        with self.log(name).open("wb") as log:
            command = [str(self._program), name]
            self.running[name] = subprocess.Popen(
                command, cwd=self.working, env=self._environment, stdout=log, stderr=log
            )

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def await_ready(self, name: str) -> None:
        deadline = time.monotonic() + MAX_WAIT
        while not self.is_ready(name):
            said = self.log(name).read_text()
            assert self.running[name].poll() is None, f"{name} ended:\n{said[-2000:]}"
            assert time.monotonic() < deadline, f"{name} is not ready:\n{said[-2000:]}"
            time.sleep(0.2)

    def is_ready(self, name: str) -> bool:
        try:
            port = int((self.state_dir / "health" / f"{name}.port").read_text())
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, ValueError, urllib.error.URLError):
            return False

    def ends(self) -> Mapping[str, int]:
        """Ask every process to end, as a platform does; say how each did."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        return {name: process.wait(MAX_WAIT) for name, process in self.running.items()}

    def kill(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.kill()
                process.wait()

    def logged(self, name: str) -> list[dict[str, object]]:
        """Every line that a process logged; a line that is no JSON is a failure."""
        return [json.loads(line) for line in self.log(name).read_text().splitlines()]
