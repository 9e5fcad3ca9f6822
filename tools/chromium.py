"""Finds the Chromium that the browser tests drive; installs Debian's package if it may, else prints the command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOW: Final = (
    "The browser tests need Chromium, and none is on the path.\n"
    "  Debian, Ubuntu:  sudo apt-get install chromium\n"
    "  Fedora:          sudo dnf install chromium\n"
    "  macOS:           brew install --cask chromium\n"
    "Then run the same command again. To run only what needs neither browser nor servers: make test-fast\n"
)


def find() -> str | None:
    """Return the path of a Chromium, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name)) is not None), None)


def installable() -> bool:
    """Return whether Debian's package can be installed from here without a prompt."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def install() -> bool:
    """Install Debian's package with its output; return whether that succeeded."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"])
    return all(subprocess.run(step, env=environment, check=False).returncode == 0 for step in steps)


def main() -> int:
    """Make sure that there is a Chromium; for `make test`."""
    if find() is None and installable():
        sys.stdout.write("No Chromium on the path; installing Debian's package (some 300 MB).\n")
        sys.stdout.flush()
        if not install():
            sys.stderr.write("Installing the package chromium failed; apt-get says above why.\n")
    if find() is None:
        sys.stderr.write(HOW)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
