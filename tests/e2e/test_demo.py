"""The demonstration as a newcomer runs it, on a separate stack."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import orjson
import psutil
import pytest

from tests.builders.pipeline.command_line import CommandLine

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def claimwright(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    command = CommandLine(tmp_path_factory.mktemp("e2e"))
    yield command
    command("down")


@pytest.fixture(scope="module")
def demo(claimwright: CommandLine) -> subprocess.CompletedProcess[str]:
    return claimwright("demo")


def test_every_claim_gets_the_outcome_its_scenario_states(demo: subprocess.CompletedProcess[str]) -> None:
    assert demo.returncode == 0, demo.stdout[-3000:] + demo.stderr[-2000:]
    assert "got the outcome their scenario states" in demo.stdout


def test_a_few_claims_are_shown_in_full(demo: subprocess.CompletedProcess[str]) -> None:
    assert "CO-236" in demo.stdout
    assert "cms-ncci-2024q3" in demo.stdout
    assert "would also fail: necessity.experimental" in demo.stdout
    assert "not as primary: payers before us 1" in demo.stdout
    assert "OA-23 1375.00" in demo.stdout


def test_the_roster_releases_a_claim_that_waited_for_it(demo: subprocess.CompletedProcess[str]) -> None:
    shown = demo.stdout[demo.stdout.index("is not on the plan's roster") :]
    places = [
        shown.index(step) for step in ("P-PROV", "P-SIU", "72148 approved", "was released by the provider roster")
    ]
    assert places == sorted(places)


def test_a_claim_waits_for_another_payer_and_is_paid_after_it(demo: subprocess.CompletedProcess[str]) -> None:
    shown = demo.stdout[demo.stdout.index("Another payer covers this member first") :]
    places = [
        shown.index(step) for step in ("P-COB", "payable 75.00 of 1450.00", "waited for another payer and was paid")
    ]
    assert places == sorted(places)


def test_an_authorization_that_comes_after_the_denial_raises_the_claim(
    demo: subprocess.CompletedProcess[str],
) -> None:
    """Nothing is paid by itself (docs/decisions/0035, 0049): the denial stands until a person approves the correction."""
    shown = demo.stdout[demo.stdout.index("is billed without one") :]
    steps = ("72158 denied", "reopened: late-authorization", "Adjudicated again, it would pay 450.00 more")
    places = [shown.index(step) for step in steps]
    assert places == sorted(places)


@pytest.mark.usefixtures("demo")
def test_people_deny_and_another_physician_grants_on_appeal(demo: subprocess.CompletedProcess[str]) -> None:
    shown = demo.stdout[demo.stdout.index("is billed without its records") :]
    steps = (
        "asks for",
        "SYN-NURSE decide: refused",
        "SYN-NURSE recommend",
        "SYN-MD-NY decide",
        "72148 denied",
        "SYN-MD-NY decide: refused, you took part before",
        "SYN-APPEALS-MD decide",
        "72148 approved",
    )
    places = [shown.index(step) for step in steps]
    assert places == sorted(places)


def test_a_corrected_list_of_a_plan_shows_its_impact_and_corrects_what_two_people_approve(
    demo: subprocess.CompletedProcess[str],
) -> None:
    """At least the claim of this part and those that the scenarios had denied: HUDSON-MA, 72158, CO-197."""
    shown = demo.stdout[demo.stdout.index("among the studies that need an authorization") :]
    steps = (
        "72158 denied",
        "SYN-POLICY-OWNER campaigns start plan",
        "pays-more",
        "SYN-EXAMINER approve",
        "SYN-EXAMINER approve: refused, you approved this already",
        "SYN-SUPERVISOR approve",
        "72158 approved",
        "left to people: 0",
        "corrected by a campaign that two people approved",
    )
    places = [shown.index(step) for step in steps]
    assert places == sorted(places)


def test_two_people_look_at_a_large_claim_before_it_is_paid(demo: subprocess.CompletedProcess[str]) -> None:
    shown = demo.stdout[demo.stdout.index("the amount needs a supervisor") :]
    steps = (
        "SYN-SUPERVISOR decide",
        "SYN-SUPERVISOR decide: refused, you already judged its amount",
        "SYN-QA decide",
        "72148 approved",
    )
    places = [shown.index(step) for step in steps]
    assert places == sorted(places)


def test_the_invariants_hold_afterwards(claimwright: CommandLine) -> None:
    done = claimwright("verify")
    assert done.returncode == 0, done.stdout


@pytest.mark.usefixtures("demo")
def test_every_piece_of_open_work_has_its_workflow(claimwright: CommandLine) -> None:
    done = claimwright("reconcile")
    assert done.returncode == 0, done.stdout
    rows = {
        cells[1].strip(): cells[3].strip() for line in done.stdout.splitlines() if len(cells := line.split("│")) > 4
    }
    assert {work: rows[work] for work in ("batches", "pended-claims", "open-appeals")} == {
        "batches": "0",
        "pended-claims": "0",
        "open-appeals": "0",
    }


@pytest.mark.usefixtures("demo")
def test_the_doctor_finds_nothing_wrong(claimwright: CommandLine) -> None:
    done = claimwright("doctor")
    assert done.returncode == 0, done.stdout


@pytest.mark.usefixtures("demo")
def test_a_submitted_claim_can_be_explained(claimwright: CommandLine) -> None:
    submitted = claimwright("submit", "docs/coverage.example.json", "docs/claim.example.json")
    assert submitted.returncode == 0, submitted.stderr
    claim = submitted.stdout.split()[-1]
    for _ in range(30):
        result = claimwright("explain", claim)
        if "determined" in result.stdout:
            break
    assert "approved" in result.stdout


@pytest.mark.usefixtures("demo")
def test_what_is_no_event_is_refused_with_its_place_and_not_published(claimwright: CommandLine) -> None:
    done = claimwright("submit", "docs/pictures/dead-letters.jpg")
    assert done.returncode == 1
    assert "docs/pictures/dead-letters.jpg:1:1: this is not text in UTF-8" in done.stderr
    assert not done.stdout.strip()


@pytest.mark.usefixtures("demo")
def test_an_unknown_claim_is_an_error_that_says_what_to_do(claimwright: CommandLine) -> None:
    done = claimwright("explain", "no-such-claim")
    assert done.returncode == 1
    assert "claims.dead-letter" in done.stderr


@pytest.mark.usefixtures("demo")
def test_the_stack_at_rest_is_small_and_listens_on_loopback_only(claimwright: CommandLine) -> None:
    table = claimwright("status").stdout
    together = next(line for line in table.splitlines() if "together" in line)
    assert int(together.split("│")[-2]) < 2700  # MiB, of three servers and ten processes; shared pages count in each
    for record in (claimwright.state_dir / "run").glob("*.json"):
        process = psutil.Process(orjson.loads(record.read_bytes())["pid"])
        for member in [process, *process.children(recursive=True)]:
            for connection in member.net_connections(kind="tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    assert connection.laddr.ip in ("127.0.0.1", "::1", "::ffff:127.0.0.1")


@pytest.mark.usefixtures("demo")
def test_no_member_data_is_in_the_logs_of_our_processes(claimwright: CommandLine) -> None:
    for name in ("worker", "intake", "streams", "publisher", "api"):
        written = (claimwright.state_dir / "logs" / f"{name}.log").read_text()
        assert written, f"{name} wrote no log at all"
        for private in ("SYN-M-", "Testcase", "Synthia", "1970-01-01"):
            assert private not in written, name


def test_stopping_leaves_no_process(claimwright: CommandLine, demo: subprocess.CompletedProcess[str]) -> None:
    pids = [orjson.loads(r.read_bytes())["pid"] for r in (claimwright.state_dir / "run").glob("*.json")]
    assert claimwright("down").returncode == 0
    assert [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"] == []
