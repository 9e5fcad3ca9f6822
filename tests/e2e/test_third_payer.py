"""A payer added as YAML only: another policy, order of authorities, documents and rates, through Kafka to a decision."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from deploy.local.pipeline import Pipeline
from runtime.settings import REPOSITORY, Settings
from tests.builders.pipeline.command_line import CommandLine
from tests.builders.pipeline.feeds import await_feeds

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]
EXAMPLE = REPOSITORY / "examples" / "third-payer"
RELEASED_BY = (
    "--author",
    "SYN-POLICY-OWNER",
    "--approver",
    "SYN-MEDICAL-DIRECTOR",
    "--reason",
    "First version of a synthetic policy.",
)


MONITOR = "7d0a4c1e-2f6b-4f0e-8b1a-3c5d9e7f0a21"
OWNER = ("--as", "SYN-POLICY-OWNER")
LONGER = (
    ("at_least: 6,", "at_least: 12,"),
    ("months: 8", "months: 14"),
    ("months: 6", "months: 12"),
    ("months: 5", "months: 11"),
)
"""A draft that asks for twelve months of pain in place of six: the first claim shows nine."""


@pytest.fixture(scope="module")
def claimwright(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """The stack on a copy of the policy data with the third payer laid over it, its version released."""
    folder = tmp_path_factory.mktemp("third-payer")
    policies = Path(shutil.copytree(REPOSITORY / "policies", folder / "policies"))
    shutil.copytree(EXAMPLE / "policies", policies, dirs_exist_ok=True)
    command = CommandLine(folder / "state", CLAIMWRIGHT_POLICIES_DIR=str(policies))
    # A release needs the servers only: no process, which would read the policies before it.
    settings = Settings(state_dir=command.state_dir, cache_dir=command.cache_dir, policies_dir=policies)
    Pipeline(settings).up(lambda _name, _what: None, processes=())
    steps = (
        ("people", "load", str(REPOSITORY / "examples" / "people.yaml")),
        ("policy", "release", "lakeshore-spine-mrs", "2025.1", *RELEASED_BY),
        ("down",),
        ("up",),
    )
    for step in steps:
        done = command(*step)
        assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"
    yield command
    command("down")


def test_the_ledger_has_the_release_of_every_version_that_decides(claimwright: CommandLine) -> None:
    """Those that came with the product were entered by the first start, the third payer's by its two people."""
    done = claimwright("verify")
    assert done.returncode == 0, done.stdout
    assert "two people released every policy version that decides claims" in done.stdout


@pytest.fixture(scope="module")
def monitor(claimwright: CommandLine) -> str:
    """A monitor of a draft with a longer period of pain, started before the claims come in."""
    folder = claimwright.state_dir.parent / "policies" / "medical" / "lakeshore-spine-mrs"
    dates = ("--from", "2025.1", "--starts", "2026-01-01", "--ends", "2027-01-01", "--published", "2025-12-01")
    made = claimwright("policy", "new", "lakeshore-spine-mrs", "2026.1", *dates)
    assert made.returncode == 0, made.stdout + made.stderr
    for path in (folder / "2026.1").rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        for old, new in LONGER:
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    until = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    because = ("--reason", "The draft asks for twelve months of pain.", "--monitor-id", MONITOR)
    begun = claimwright("monitor", "start", "lakeshore-spine-mrs", "2026.1", "--until", until, *because, *OWNER)
    assert begun.returncode == 0, begun.stdout + begun.stderr
    return MONITOR


@pytest.fixture(scope="module")
def explanations(claimwright: CommandLine, monitor: str) -> dict[str, str]:
    """What `explain` says of both claims once they are decided or wait."""
    assert monitor
    for file in ("feeds.jsonl", "claims.jsonl"):
        sent = claimwright("submit", str(EXAMPLE / file))
        assert sent.returncode == 0, sent.stdout + sent.stderr
        await_feeds(Settings(state_dir=claimwright.state_dir), 2)  # the coverage and the document of feeds.jsonl
    return {number: _settled(claimwright, number) for number in ("SYN-LS-1", "SYN-LS-2")}


def _settled(claimwright: CommandLine, number: str, *words: str) -> str:
    deadline = time.monotonic() + 90
    while True:
        result = claimwright("explain", number)
        if any(word in result.stdout for word in words or ("determined", "pended")):
            return result.stdout
        assert time.monotonic() < deadline, f"{number} is not settled: {result.stdout}{result.stderr}"
        time.sleep(1)


def test_a_claim_that_meets_the_new_policy_is_approved_at_the_new_rates(explanations: dict[str, str]) -> None:
    claim = explanations["SYN-LS-1"]
    assert "determined" in claim
    for code, rate in (("0609T", "520.00"), ("0610T", "40.00"), ("0611T", "310.00"), ("0612T", "95.00")):
        assert f"{code} approved" in claim
        assert f"payable {rate}" in claim
    assert "lakeshore-spine-mrs 2025.1" in claim
    assert "LS-01" in claim


def test_a_claim_without_the_new_documents_waits_for_them_by_name(explanations: dict[str, str]) -> None:
    claim = explanations["SYN-LS-2"]
    assert "P-DOC" in claim
    for asked in ("surgical-consultation", "discography-report", "study-report"):
        assert asked in claim
    assert "clinical-note" not in claim  # the pain's duration is known


@pytest.mark.usefixtures("explanations")
def test_the_documents_asked_for_release_the_claim_by_themselves(claimwright: CommandLine) -> None:
    sent = claimwright("submit", str(EXAMPLE / "documents.jsonl"))
    assert sent.returncode == 0, sent.stdout + sent.stderr
    claim = _settled(claimwright, "SYN-LS-2", "determined")
    assert claim.count("approved") >= 4
    assert "payable 520.00" in claim
    verified = claimwright("verify")
    assert verified.returncode == 0, verified.stdout


@pytest.mark.usefixtures("explanations")
def test_the_draft_judges_the_decided_claim_otherwise_and_its_release_keeps_the_figures(
    claimwright: CommandLine, monitor: str
) -> None:
    """Nine months of pain are too few for the draft: the four paid lines of a claim (520 + 40 + 310 + 95 US dollars) would wait.

    Both claims of the example are alike in this; the second is judged too once its documents have come.
    """
    deadline = time.monotonic() + 90
    while not re.search("[1-9] lines differ", (shown := claimwright("monitor", "show", monitor, *OWNER)).stdout):
        assert time.monotonic() < deadline, shown.stdout + shown.stderr
        time.sleep(1)
    assert "to-review" in shown.stdout
    assert "lakeshore-spine-mrs 2026.1 LS-02" in shown.stdout
    assert "approved" in claimwright("explain", "SYN-LS-1").stdout, "the decision stands"
    stopped = claimwright("monitor", "stop", monitor, "--reason", "The figures are enough to release it.", *OWNER)
    assert stopped.returncode == 0, stopped.stderr
    released = claimwright("policy", "release", "lakeshore-spine-mrs", "2026.1", *RELEASED_BY, "--monitor", monitor)
    assert released.returncode == 0, released.stdout + released.stderr
    kept = " ".join((claimwright.state_dir.parent / "policies" / "released.yaml").read_text(encoding="utf-8").split())
    figures = re.search(
        rf"Monitor {monitor}: (\d) decisions, 0.00 % of lines agree, (\d) differ, net ([\d.]+) US dollars", kept
    )
    assert figures, kept
    claims, lines, net = int(figures[1]), int(figures[2]), Decimal(figures[3])
    assert claims in {1, 2}
    assert lines == 4 * claims
    assert net == Decimal(965 * claims)
