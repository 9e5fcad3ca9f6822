"""Builds the image and checks it (make image): size, user, labels, health check, and that it runs with a read-only root.

BASE names another base image. ENGINE_OPTIONS and BUILD_OPTIONS go to podman, such as "--runtime runc --cgroup-manager cgroupfs" and
"--isolation chroot" inside of another container, and "--volume /etc/ssl/certs:/etc/ssl/certs:ro" where the package index has a certificate of this
machine. `base` makes a Debian base with mmdebstrap where no registry answers.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
IMAGE: Final = "localhost/claimwright:dev"
DEBIAN: Final = "localhost/claimwright-base:bookworm"
LARGEST: Final = 350 * 10**6
"""Bytes."""

_MISSING: Final = (
    "{} is not installed. Debian: apt-get install podman buildah runc mmdebstrap netavark aardvark-dns podman-compose"
)
_PACKAGES: Final = "usr-is-merged,python3,python3-venv,ca-certificates"
_MERGED: Final = "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr"
"""Without it Debian merges /usr with a script that brings the whole of Perl, 47 MB."""
_WITHOUT: Final = (
    "/usr/share/man/*",
    "/usr/share/doc/*",
    "/usr/share/locale/*",
    "/usr/share/info/*",
    "/usr/lib/*/gconv/*",
)
"""Folders that no process reads, removed from the image."""


def main() -> int:
    """Run the given step; if it fails, print the reason and return 1."""
    steps = {"base": base, "build": build, "check": check}
    try:
        problem = next((problem for step in sys.argv[1:] or ["build", "check"] for problem in steps[step]()), None)
    except subprocess.CalledProcessError as error:
        problem = f"{shlex.join(error.cmd[:6])} ... failed ({error.returncode}); its output above names the cause"
    if problem is None:
        return 0
    sys.stderr.write(f"{problem}\n")
    return 1


def base() -> Iterator[str]:
    """Make the Debian base."""
    if shutil.which("mmdebstrap") is None:
        yield _MISSING.format("mmdebstrap")
        return
    with TemporaryDirectory() as folder:
        archive = Path(folder) / "base.tar"
        left_out = [f"--dpkgopt=path-exclude={path}" for path in _WITHOUT]
        left_out.append('--aptopt=APT::Install-Recommends "false"')
        kept = "--dpkgopt=path-include=/usr/share/doc/*/copyright"
        debian = ["mmdebstrap", "--variant=minbase", _MERGED, f"--include={_PACKAGES}", *left_out, kept]
        run([*debian, "bookworm", str(archive)])
        run([*engine(), "import", str(archive), DEBIAN])


def build() -> Iterator[str]:
    """Build from the wheel in dist/ and the runtime lock; nothing else of the tree goes into the build."""
    if shutil.which("podman") is None:
        yield _MISSING.format("podman")
        return
    wheels = sorted((ROOT / "dist").glob("claimwright-*.whl"))
    if not wheels:
        yield "dist/ has no wheel; run `make package` first"
        return
    with TemporaryDirectory() as folder:
        context = Path(folder)
        (context / "requirements").mkdir()
        (context / "dist").mkdir()
        shutil.copy(wheels[-1], context / "dist")
        for name in ("bootstrap.txt", "tracing.txt"):
            shutil.copy(ROOT / "requirements" / name, context / "requirements")
        shutil.copy(ROOT / "deploy" / "image" / "slim.sh", context)
        arguments = {"VERSION": version("claimwright"), "REVISION": _revision()}
        if "BASE" in os.environ:
            arguments["BASE"] = os.environ["BASE"]
        given = [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
        options = shlex.split(os.environ.get("BUILD_OPTIONS", ""))
        file = ROOT / "deploy" / "image" / "Containerfile"
        # HEALTHCHECK is a field of Docker's format.
        run([*engine(), "build", "--format", "docker", *options, *given, "--file", str(file), "--tag", IMAGE, folder])


def check() -> Iterator[str]:
    """Check the image."""
    image = inspected(IMAGE)
    sys.stdout.write(f"{IMAGE}: {image['Size'] / 10**6:.0f} MB\n")
    yield from _unfit(image)
    confined = [
        "--rm",
        "--read-only",
        "--network",
        "none",
        "--cap-drop",
        "all",
        "--tmpfs",
        "/tmp",  # noqa: S108 - in the container
        # An anonymous volume has the owner of the folder; the mode of a tmpfs depends on the runtime.
        "--volume",
        "/var/lib/claimwright",
    ]
    options = shlex.split(os.environ.get("RUN_OPTIONS", ""))
    said = output([*engine(), "run", *confined, *options, IMAGE, "--version"])
    sys.stdout.write(said)
    if version("claimwright") not in said:
        yield f"the image says {said!r}"


def _unfit(image: dict[str, Any]) -> Iterator[str]:
    config = image["Config"]
    rules = {
        f"it is smaller than {LARGEST // 10**6} MB": image["Size"] < LARGEST,
        "its user is not root": config["User"] == "10001:10001",
        "it has a health check": bool(
            image.get("HealthCheck") or image.get("Healthcheck") or config.get("Healthcheck")
        ),
        "its labels say version and revision": config["Labels"]["org.opencontainers.image.revision"] == _revision(),
    }
    yield from (f"the image is not as it should be: {rule}" for rule, holds in rules.items() if not holds)


def is_had(name: str) -> bool:
    """Return whether the image exists on this host."""
    return subprocess.run([*engine(), "image", "exists", name], check=False).returncode == 0


def inspected(name: str) -> dict[str, Any]:
    """Return podman's description of an image; Size is in bytes."""
    [image] = json.loads(output([*engine(), "image", "inspect", name]))
    return dict(image)


def engine() -> list[str]:
    """Return the podman command with ENGINE_OPTIONS."""
    return ["podman", *shlex.split(os.environ.get("ENGINE_OPTIONS", ""))]


def run(command: list[str]) -> None:
    """Run a command whose output people may want to see; raises CalledProcessError."""
    subprocess.run(command, check=True)


def output(command: list[str]) -> str:
    """Return the output of a command."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _revision() -> str:
    return output(["git", "-C", str(ROOT), "rev-parse", "HEAD"]).strip()


if __name__ == "__main__":
    raise SystemExit(main())
