"""A process that was asked to end does so within its grace period, whatever it is caught in."""

from __future__ import annotations

from pathlib import Path

from tests.builders.servers.kafka import eventually
from tests.builders.streams.running import Child


async def test_a_process_that_does_not_end_by_itself_is_ended_in_its_grace_period(tmp_path: Path) -> None:
    with Child("tests.builders.servers.stuck_process", str(tmp_path), log=tmp_path / "log") as child:
        await eventually(lambda: child.wrote("process starting") > 0, "the process did not start")
        assert child.terminate() == 1
        assert child.wrote("process did not end in its grace period") == 1
