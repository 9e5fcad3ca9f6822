"""Starts the compose file, sends a member's coverage and a claim through it, checks the ledger, and takes it down (make compose-test).

Needs Podman, the image of `make image`, and the images of Kafka, PostgreSQL, Temporal, Prometheus and Grafana: from a registry, loaded before
(`podman load`), or others that the variables of deploy/compose/compose.yaml name.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parent.parent
FILE: Final = ROOT / "deploy" / "compose" / "compose.yaml"
_CHOICE: Final = re.compile(r"\$\{(?P<variable>\w+):-(?P<image>[^}]+)\}")
_OURS: Final = "CLAIMWRIGHT_IMAGE"
_INSTALL: Final = (
    "podman is not installed. Debian: apt-get install podman runc netavark aardvark-dns iptables; inside of another container also set runtime, "
    "cgroup_manager and default_ulimits (nofile=8192:8192, nproc=4096:4096) in a file that CONTAINERS_CONF names"
)
_UP_SECONDS: Final = 600
_DECIDED_SECONDS: Final = 120


def main() -> int:
    """Run the test; return 1 and say why and what to do when it cannot run or fails."""
    problem = next(_missing(), None)
    if problem is None:
        try:
            problem = _sent_through()
        finally:
            _compose("down", "--volumes")
    if problem is None:
        sys.stdout.write("compose-test: the claim was decided and published, and every invariant holds\n")
        return 0
    sys.stderr.write(f"compose-test: {problem}\n")
    return 1


def _missing() -> Iterator[str]:
    if shutil.which("podman") is None:
        yield _INSTALL
        return
    absent = [(variable, image) for variable, image in images() if not _is_had(image)]
    if any(variable == _OURS for variable, _ in absent):
        yield "the image of the product is not there; run `make image` first"
    if absent:
        named = ", ".join(f"{image} (or another in {variable})" for variable, image in absent)
        yield f"no registry answers for these images: {named}. Load them with `podman load`, or set the variables"


def images() -> list[tuple[str, str]]:
    """Return each image of the file once: the variable that may name another, and the image that is used."""
    services: dict[str, Any] = yaml.safe_load(FILE.read_text())["services"]
    found = [_CHOICE.fullmatch(each["image"]) for each in services.values()]
    chosen = {each["variable"]: os.environ.get(each["variable"], each["image"]) for each in found if each}
    return sorted(chosen.items())


def _is_had(image: str) -> bool:
    if subprocess.run(["podman", "image", "exists", image], check=False).returncode == 0:
        return True
    sys.stdout.write(f"compose-test: fetching {image}\n")
    sys.stdout.flush()
    return not image.startswith("localhost/") and subprocess.run(["podman", "pull", image], check=False).returncode == 0


def _sent_through() -> str | None:
    """Return what went wrong."""
    if _compose("up", "--detach", seconds=_UP_SECONDS) is None:
        return "the services did not start (output above); `podman ps --all` and `podman logs NAME` say more"
    examples = f"{ROOT / 'docs'}:/examples:ro"
    sent = ("submit", "/examples/coverage.example.json", "/examples/claim.example.json")
    claim = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", _tools(*sent, volume=examples) or "")
    if claim is None:
        return "the claim could not be sent (output above)"
    deadline = time.monotonic() + _DECIDED_SECONDS
    while "determined" not in (_tools("explain", claim[0]) or ""):
        if time.monotonic() > deadline:
            return f"claim {claim[0]} is not decided after {_DECIDED_SECONDS} s (output above)"
        time.sleep(5)
    return None if _tools("verify") is not None else "an invariant of the ledger does not hold (output above)"


def _tools(*command: str, volume: str | None = None) -> str | None:
    """Run a command of ours in a container of the file."""
    return _compose("run", "--rm", "-T", *(() if volume is None else ("--volume", volume)), "tools", *command)


def _compose(*arguments: str, seconds: int = 120) -> str | None:
    """Return what a command of podman-compose printed, and print it; None when it failed."""
    command = [str(Path(sys.executable).with_name("podman-compose")), "--file", str(FILE), *arguments]
    try:
        done = subprocess.run(command, check=False, timeout=seconds, stdout=subprocess.PIPE, text=True)
    except subprocess.TimeoutExpired:
        sys.stderr.write(f"compose-test: {' '.join(arguments)} took longer than {seconds} s\n")
        return None
    sys.stdout.write(done.stdout)
    sys.stdout.flush()
    return done.stdout if done.returncode == 0 else None


if __name__ == "__main__":
    raise SystemExit(main())
