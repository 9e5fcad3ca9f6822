"""Small file systems under the data of Kafka and PostgreSQL, which can be made full. Only root may mount them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOM_MIB = 4096
_LEFT_BYTES = 65_536
"""Room that a full disk still has: too little for a segment of either server."""


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or f"exit code {done.returncode}"


class Disks:
    """File systems in memory that hold the data of some servers; `refused` says why there are none."""

    def __init__(self, state_dir: Path, servers: tuple[str, ...]) -> None:
        self._state_dir, self.servers, self.refused = state_dir, servers, ""

    @contextmanager
    def mounted(self) -> Iterator[None]:
        """Mount them before the servers first start. Where that is not allowed, there is nothing to fill."""
        mounted = []
        for name in self.servers:
            folder = self._state_dir / name
            folder.mkdir(parents=True, mode=0o700)
            self.refused = _run("mount", "-t", "tmpfs", "-o", f"size={_ROOM_MIB}m,mode=700", "tmpfs", str(folder))
            if self.refused:
                break
            mounted.append(folder)
        if self.refused:
            self.servers = ()
        try:
            yield
        finally:
            for folder in mounted:
                _run("umount", "--lazy", str(folder))

    def fill(self, name: str) -> str:
        """Leave next to no room, as if something else had filled the disk; return how much is in use."""
        folder = self._state_dir / name
        complaint = ""
        for spare in range(1, 100):  # it may grow meanwhile
            used = self._used(folder)
            complaint = self._resize(folder, used + spare * _LEFT_BYTES)
            if not complaint:
                return f"{used >> 20} MiB"
        raise AssertionError(complaint)

    def free(self, name: str) -> None:
        complaint = self._resize(self._state_dir / name, _ROOM_MIB << 20)
        assert not complaint, complaint

    def _used(self, folder: Path) -> int:
        said = subprocess.run(["df", "--output=used", "-B1", str(folder)], capture_output=True, text=True, check=True)
        return int(said.stdout.split()[-1])

    def _resize(self, folder: Path, size: int) -> str:
        return _run("mount", "-o", f"remount,size={size}", str(folder))
