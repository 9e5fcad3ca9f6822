"""Starts one program of the local stack by replacing itself: with its log, its pid file and its system user.

The process supervisor runs this file as a script. A program that writes to its log itself survives the supervisor,
and its pid file lets `up` and `down` find it then. Imports little: it runs before every start.
"""

from __future__ import annotations

import json
import os
import pwd
import sys
from pathlib import Path
from typing import Any

import psutil

_OF_SETTINGS = (
    "CLAIMWRIGHT_",
    "TEMPORAL_ADDRESS",
    "TEMPORAL_NAMESPACE",
    "TEMPORAL_PROFILE",
    "TEMPORAL_CONFIG_FILE",
    "TEMPORAL_API_KEY",
)
"""The prefixes of environment variables that are read as settings (runtime/settings_sources.py)."""
LARGEST_LOG = 32 << 20
"""Bytes above which a log is renamed when its program starts; one older log is kept."""


def main(specification: Path) -> None:
    """Turn this process into the program that the file describes."""
    program = json.loads(specification.read_text())
    log = Path(program["log"])
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_name(f"{log.name}.1"))
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(output, stream)
    _write_record(Path(program["record"]))
    os.chdir(program["directory"])
    _become(program["user"])
    # Settings come from the file only: the supervisor's environment has those of an earlier `up`.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OF_SETTINGS)}
    arguments = program["arguments"]
    os.execvpe(arguments[0], arguments, {**inherited, **program["environment"]})  # noqa: S606 - the supervisor runs no shell


def since_boot(process: psutil.Process) -> float:
    """Return when a process started, in seconds since the boot.

    The time of day of every start changes when the clock is set, or a virtual machine is resumed: Linux keeps ticks
    since the boot, and psutil adds the time of the boot as it is now.
    """
    return process.create_time() - (psutil.boot_time() if psutil.LINUX else 0.0)


def _write_record(file: Path) -> None:
    written = file.with_suffix(".new")
    written.write_text(json.dumps({"pid": os.getpid(), "since_boot": since_boot(psutil.Process(os.getpid()))}))
    written.replace(file)


def _become(user: Any) -> None:
    if user is None:
        return
    account = pwd.getpwnam(user)
    os.initgroups(user, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
