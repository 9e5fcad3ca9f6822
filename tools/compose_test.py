"""Starts the compose file, sends a claim and the demonstration through it, checks the ledger, and takes it down (make compose-test).

Needs Podman, the image of `make image`, and the images of Kafka, PostgreSQL, Temporal, Prometheus and Grafana: from a registry, loaded before
(`podman load`), or others that the variables of deploy/compose/compose.yaml name. IMAGES=local takes those of `make compose-images`, without Grafana.

Services are started in the order of their dependencies, and this script waits for each, because Podman before 4.6, and any Podman on a machine without systemd,
starts services before those that they need are healthy.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parent.parent
FILE: Final = ROOT / "deploy" / "compose" / "compose.yaml"
LOCAL: Final = "localhost/claimwright-{}:local"
"""The name of an image that `make compose-images` makes."""
SERVERS: Final = ("kafka", "postgres", "temporal", "prometheus")
"""The services that have one."""
_CHOICE: Final = re.compile(r"\$\{(?P<variable>\w+):-(?P<image>[^}]+)\}")
_OURS: Final = "CLAIMWRIGHT_IMAGE"
_GRAFANA: Final = "grafana"
_INSTALL: Final = (
    "podman is not installed. Debian: apt-get install podman runc netavark aardvark-dns iptables; inside of another container also set runtime, "
    "cgroup_manager and default_ulimits (nofile=8192:8192, nproc=4096:4096) in a file that CONTAINERS_CONF names"
)
_READY_SECONDS: Final = 300
_DECIDED_SECONDS: Final = 120
_DEMONSTRATION_SECONDS: Final = 600


def main() -> int:
    """Run the test; if it fails or cannot run, print the reason and the remedy and return 1."""
    if os.environ.get("IMAGES") == "local":
        os.environ.update({f"{server.upper()}_IMAGE": LOCAL.format(server) for server in SERVERS})
        _say("Grafana is in no package index: its service is left out, and its dashboards are not tried")
    problem = next(_missing(), None)
    if problem is None:
        try:
            problem = _sent_through()
        finally:
            _compose("down", "--volumes", seconds=_READY_SECONDS)
    if problem is None:
        _say("the claim was decided, every record of the demonstration got its outcome, and every invariant holds")
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
        yield (
            f"these images are not there: {named}. Load them with `podman load`, set the variables, or build them from packages with "
            "`make compose-images` and run `make compose-test IMAGES=local`"
        )


def images() -> list[tuple[str, str]]:
    """Return each image of the services that are started: the variable that overrides it, and the image in use."""
    found = [_CHOICE.fullmatch(each["image"]) for each in services().values()]
    chosen = {each["variable"]: os.environ.get(each["variable"], each["image"]) for each in found if each}
    return sorted(chosen.items())


def services() -> Mapping[str, Any]:
    """Return the services of the file that are started; with local images all but Grafana."""
    left_out = {_GRAFANA} if os.environ.get("IMAGES") == "local" else set()
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())["services"]
    return {name: each for name, each in found.items() if name not in left_out and "profiles" not in each}


def stages() -> Iterator[list[str]]:
    """Yield lists of services in the order of their dependencies: each list needs only the lists before it."""
    left = {name: set(each.get("depends_on", ())) for name, each in services().items()}
    while left:
        free = sorted(name for name, needs in left.items() if not needs & left.keys())
        yield free
        left = {name: needs for name, needs in left.items() if name not in free}


def _is_had(image: str) -> bool:
    if subprocess.run(["podman", "image", "exists", image], check=False).returncode == 0:
        return True
    _say(f"fetching {image}")
    return not image.startswith("localhost/") and subprocess.run(["podman", "pull", image], check=False).returncode == 0


def _sent_through() -> str | None:
    """Return what went wrong."""
    for stage in stages():
        if _compose("up", "--detach", "--no-deps", *stage) is None:
            return f"{', '.join(stage)}: not started (output above)"
        problem = next((found for name in stage if (found := _await(name))), None)
        if problem is not None:
            return problem
    return _is_observed() or _decides() or _demonstrates()


def _await(service: str) -> str | None:
    """Wait until a service is healthy, or a job has succeeded; return the error."""
    container = f"claimwright_{service}_1"
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        inspected = subprocess.run(["podman", "inspect", container], check=True, stdout=subprocess.PIPE, text=True)
        [state] = json.loads(inspected.stdout)
        status, code = state["State"]["Status"], state["State"]["ExitCode"]
        if status == "exited" and (code or service not in _jobs()):
            return f"{service} ended with {code}:\n{_podman('logs', '--tail', '20', container)}"
        if status == "exited" or (service not in _jobs() and _is_healthy(container, state)):
            _say(f"{service} {'is done' if status == 'exited' else 'is ready'}")
            return None
        time.sleep(1)
    return f"{service} is not ready after {_READY_SECONDS} s:\n{_podman('logs', '--tail', '20', container)}"


def _jobs() -> set[str]:
    """Return the services whose end other services wait for."""
    conditions = [each["depends_on"].items() for each in services().values() if "depends_on" in each]
    return {name for each in conditions for name, how in each if how["condition"] == "service_completed_successfully"}


def _is_healthy(container: str, state: Mapping[str, Any]) -> bool:
    if not state["Config"].get("Healthcheck"):
        return bool(state["State"]["Running"])
    return subprocess.run(["podman", "healthcheck", "run", container], check=False, capture_output=True).returncode == 0


def _is_observed() -> str | None:
    """Wait until Prometheus has read each process; return the process that it does not read."""
    query = ("exec", "claimwright_prometheus_1", "promtool", "query", "instant", "http://localhost:9090")
    up: set[str] = set()
    deadline = time.monotonic() + _DECIDED_SECONDS
    targets = yaml.safe_load((FILE.parent / "prometheus.yaml").read_text())["scrape_configs"][0]["static_configs"][0]
    while missing := set(targets["targets"]) - up:
        if time.monotonic() > deadline:
            return f"Prometheus does not read {', '.join(sorted(missing))}"
        time.sleep(5)
        up = set(re.findall(r'instance="([^"]+)"', _podman(*query, "up == 1")))
    _say(f"Prometheus reads {', '.join(sorted(up))}")
    return None


def _decides() -> str | None:
    """Send the claim of docs/ as deploy/compose/compose.yaml says, and wait for its decision."""
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
    return None


def _demonstrates() -> str | None:
    if _tools("demo", "--running", "--no-explanations", seconds=_DEMONSTRATION_SECONDS) is None:
        return "the demonstration did not go as its scenarios state (output above)"
    return None if _tools("verify") is not None else "an invariant of the ledger does not hold (output above)"


def _tools(*command: str, volume: str | None = None, seconds: int = 120) -> str | None:
    """Run a command of ours in a container of the file."""
    mounted = () if volume is None else ("--volume", volume)
    return _compose(
        "--profile", "tools", "run", "--rm", "-T", "--no-deps", *mounted, "tools", *command, seconds=seconds
    )


def _compose(*arguments: str, seconds: int = 120) -> str | None:
    """Print and return the output of a podman-compose command; None if it failed."""
    command = [str(Path(sys.executable).with_name("podman-compose")), "--file", str(FILE), *arguments]
    try:
        done = subprocess.run(command, check=False, timeout=seconds, stdout=subprocess.PIPE, text=True)
    except subprocess.TimeoutExpired:
        sys.stderr.write(f"compose-test: {' '.join(arguments)} took longer than {seconds} s\n")
        return None
    sys.stdout.write(done.stdout)
    sys.stdout.flush()
    return done.stdout if done.returncode == 0 else None


def _podman(*arguments: str) -> str:
    """Return Podman's output, including errors."""
    done = subprocess.run(
        ["podman", *arguments], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.stdout


def _say(what: str) -> None:
    sys.stdout.write(f"compose-test: {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
