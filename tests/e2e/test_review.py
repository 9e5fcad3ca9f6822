"""People review a claim on the real stack, by the command line: refused where they must be, and shown in the end."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from cli.demo.expected import pended
from cli.demo.maker import Maker, line
from runtime.clients.topic_reader import TopicTail
from runtime.settings import Settings
from runtime.wiring import kafka
from tests.builders.pipeline.command_line import CommandLine
from tests.builders.pipeline.feeds import await_feeds, feed_rows
from tests.builders.pipeline.pipeline import RunningPipeline

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

OUTCOME = "necessity.experimental"
RATIONALE = "The member's imaging already names the painful disc, and no spectroscopy finding would change the plan."
SIGNED = str(uuid4())
Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def claimwright(pipeline: RunningPipeline) -> CommandLine:
    return pipeline.claimwright


@pytest.fixture(scope="module")
def claim(claimwright: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A spectroscopy claim of one line that waits for a physician."""
    maker = Maker("Reviewed by people", "HUDSON-COMM", uuid4().hex[:8])
    member = maker.member()
    maker.claim(member, [line("0609T")], pended("P-CLIN-MD", OUTCOME), diagnoses=["M51.360"])
    folder = tmp_path_factory.mktemp("events")
    coverage, claim = (_write(folder / f"{n}.json", record.value) for n, record in enumerate(maker.records))
    settings = Settings(state_dir=claimwright.state_dir)
    stored = feed_rows(settings)
    assert claimwright("submit", str(coverage)).returncode == 0
    await_feeds(settings, stored + 1)
    submitted = claimwright("submit", str(claim))
    assert submitted.returncode == 0, submitted.stderr
    claim_id = submitted.stdout.strip()
    shown = _until(claimwright, claim_id, "pended")
    assert "P-CLIN-MD" in shown, shown
    return claim_id


@pytest.fixture(scope="module")
def reviewed(claimwright: CommandLine, claim: str) -> dict[str, Done]:
    """Everything the people did, in their order."""
    settles = ["--line", "1", "--outcome", OUTCOME, "--reason", RATIONALE]
    denies = ["denies", *settles, "--denies-as", OUTCOME, "--criterion", "S3-09"]
    done: dict[str, Done] = {}

    def act(name: str, who: str, command: str, *more: str) -> None:
        done[name] = claimwright("tasks", command, claim, *more, "--as", who)

    act("coder takes", "SYN-CODER", "take")
    act("nurse takes", "SYN-NURSE", "take")
    act("physician takes what the nurse has", "SYN-MD-NY", "take")
    act("nurse denies", "SYN-NURSE", "decide", *denies)
    act("nurse recommends", "SYN-NURSE", "recommend", "denies", *settles)
    act("nurse denies what she recommended", "SYN-NURSE", "decide", *denies)
    act("Ohio takes", "SYN-MD-OH", "take")
    act("Ohio denies", "SYN-MD-OH", "decide", *denies)
    act("Ohio gives back", "SYN-MD-OH", "give-back")
    act("New York takes", "SYN-MD-NY", "take")
    act("New York shows", "SYN-MD-NY", "show")
    act("New York denies", "SYN-MD-NY", "decide", *denies, "--action-id", SIGNED)
    act("New York sends it again", "SYN-MD-NY", "decide", *denies, "--action-id", SIGNED)
    done["explained"] = _explained(claimwright, claim)
    act("nurse takes afterwards", "SYN-NURSE", "take")
    return done


def test_the_worklist_shows_the_claim_to_those_who_work_on_it(claimwright: CommandLine, claim: str) -> None:
    for who, there in (("SYN-MD-OH", True), ("SYN-SUPERVISOR", True), ("SYN-CODER", False)):
        listed = claimwright("tasks", "list", "--as", who)
        assert listed.returncode == 0, listed.stderr
        assert (claim in listed.stdout) is there, who


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("coder takes", "none of your roles"),
        ("physician takes what the nurse has", "assigned to another reviewer"),
        ("nurse denies", "this may be settled so by: clinical-peer, physician"),
        ("nurse denies what she recommended", "none of your roles"),
        ("Ohio denies", "this decision needs a license of NY"),
        ("nurse takes afterwards", "this claim is decided"),
    ],
)
def test_a_refusal_says_why_and_is_an_exit_code(reviewed: dict[str, Done], step: str, words: str) -> None:
    assert reviewed[step].returncode == 1, reviewed[step].stdout
    assert words in reviewed[step].stderr


def test_everything_else_was_done(reviewed: dict[str, Done]) -> None:
    for step in (
        "nurse takes",
        "nurse recommends",
        "Ohio takes",
        "Ohio gives back",
        "New York takes",
        "New York denies",
    ):
        assert reviewed[step].returncode == 0, step + reviewed[step].stderr
    assert reviewed["New York sends it again"].stdout == reviewed["New York denies"].stdout


def test_the_case_shows_the_policy_and_what_was_recommended(reviewed: dict[str, Done]) -> None:
    shown = reviewed["New York shows"].stdout
    assert "hudson-6.01.03" in shown
    assert "because of S3-09" in shown
    assert "SYN-NURSE (nurse): recommend" in shown


def test_the_signed_denial_is_determined_and_explained(reviewed: dict[str, Done]) -> None:
    shown = reviewed["explained"].stdout
    assert reviewed["explained"].returncode == 0
    assert "0609T denied" in shown
    assert OUTCOME in shown
    assert "SYN-MD-NY" in shown


def test_the_determination_is_an_event_on_kafka(
    claimwright: CommandLine, claim: str, reviewed: dict[str, Done]
) -> None:
    [event] = asyncio.run(_determinations(claimwright, claim))
    [decided] = event["data"]["lines"]
    assert (decided["disposition"], decided["reason"]) == ("denied", OUTCOME)


def test_the_trail_of_it_all_is_whole(claimwright: CommandLine, reviewed: dict[str, Done]) -> None:
    verified = claimwright("audit", "verify")
    assert verified.returncode == 0, verified.stdout
    assert claimwright("verify").returncode == 0


def test_the_api_is_a_process_like_the_others(claimwright: CommandLine) -> None:
    status = claimwright("status").stdout
    row = next(line for line in status.splitlines() if re.search(r"\bapi\b", line))
    assert "ready" in row
    assert re.search(r"http://127\.0\.0\.1:\d+", row)


def test_no_person_signs_in_as_no_person(claimwright: CommandLine) -> None:
    assert claimwright("tasks", "list").returncode == 3
    unknown = claimwright("tasks", "list", "--as", "SYN-STRANGER")
    assert unknown.returncode == 1
    assert "not on the list of active staff" in unknown.stderr


def test_no_member_data_is_in_the_log_of_the_api(claimwright: CommandLine, reviewed: dict[str, Done]) -> None:
    written = (claimwright.state_dir / "logs" / "api.log").read_text()
    assert "/api/tasks/{claim_id}/actions" in written
    for private in ("SYN-M-", "Testcase", "Synthia", "1970-01-01"):
        assert private not in written


def _write(file: Path, value: bytes) -> Path:
    file.write_bytes(value)
    return file


def _until(claimwright: CommandLine, claim: str, word: str) -> str:
    """What `explain` says once it says a word; the last words when it never does."""
    deadline = time.monotonic() + 60
    while True:
        result = claimwright("explain", claim).stdout
        if word in result or time.monotonic() > deadline:
            return result
        time.sleep(1)


def _explained(claimwright: CommandLine, claim: str) -> Done:
    _until(claimwright, claim, "determined")
    return claimwright("explain", claim)


async def _determinations(claimwright: CommandLine, claim: str) -> list[dict[str, Any]]:
    """Every determination of a claim on Kafka, read to the end once one is there."""
    tail = TopicTail(kafka(Settings(state_dir=claimwright.state_dir)), ["determinations"])
    await tail.start(from_end=False)
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + 30
    try:
        while True:
            read = [orjson.loads(value) for _, _, value in await tail.read(1000)]
            found += [event for event in read if event["data"]["claim_id"] == claim]
            if (found and not read) or time.monotonic() > deadline:
                return found
    finally:
        await tail.stop()
