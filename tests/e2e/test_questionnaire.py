"""A claim's open questions are written as a form, filled in by a record system, sent over Kafka, and decide the claim."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from cli.demo.expected import pended
from cli.demo.maker import TRIAL, Maker, line
from runtime.settings import Settings
from tests.builders.pipeline.command_line import CommandLine
from tests.builders.pipeline.feeds import await_feeds, feed_rows
from tests.builders.pipeline.pipeline import RunningPipeline

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
VALUES = {"flag": "valueBoolean", "day": "valueDate"}


def test_a_form_of_what_is_open_is_filled_in_and_sent_and_the_claim_is_decided(
    pipeline: RunningPipeline, tmp_path: Path
) -> None:
    claimwright = pipeline.claimwright
    claim, control_number = _submitted(claimwright, tmp_path)
    assert "P-DOC" in _until(claimwright, claim, "P-DOC")
    written = claimwright("policy", "questionnaire", "--claim", claim, "--output", str(tmp_path / "form.json"))
    assert written.returncode == 0, written.stderr
    form = orjson.loads((tmp_path / "form.json").read_bytes())
    answers = _filled_in(form)
    assert {"tx.weeks", "tx.outcome"} <= {item["linkId"] for item in answers}
    document = _event(control_number, answers)
    (tmp_path / "document.json").write_bytes(orjson.dumps(document))
    sent = claimwright("submit", str(tmp_path / "document.json"))
    assert sent.returncode == 0, sent.stderr
    explained = _until(claimwright, claim, "determined")
    assert "72148 approved" in explained, explained
    assert "no accepted claim" in claimwright("policy", "questionnaire", "--claim", claim).stderr


def _submitted(claimwright: CommandLine, folder: Path) -> tuple[str, str]:
    """Submit a lumbar MRI without any record."""
    maker = Maker("Filled in by a record system", "HUDSON-COMM", uuid4().hex[:8])
    maker.claim(maker.member(), [line("72148")], pended("P-DOC", "necessity.facts_missing"))
    settings = Settings(state_dir=claimwright.state_dir)
    stored = feed_rows(settings)
    coverage, claim = (record.value for record in maker.records)
    (folder / "coverage.json").write_bytes(coverage)
    (folder / "claim.json").write_bytes(claim)
    assert claimwright("submit", str(folder / "coverage.json")).returncode == 0
    await_feeds(settings, stored + 1)
    submitted = claimwright("submit", str(folder / "claim.json"))
    assert submitted.returncode == 0, submitted.stderr
    return submitted.stdout.strip(), orjson.loads(claim)["data"]["claim_control_number"]


def _filled_in(form: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer each question that the chart answers, in the kind of value that its item asks for."""
    items = [item for group in form["item"] for item in group["item"]]
    return [
        {"linkId": item["linkId"], "answer": [_answer(item, TRIAL[item["linkId"]])]}
        for item in items
        if item["linkId"] in TRIAL
    ]


def _answer(item: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    [(kind, stated)] = [each for each in value.items() if each[0] in ("flag", "day", "number", "code")]
    if kind == "number":
        unit = item["extension"][0]["valueCoding"]["code"]
        return {"valueQuantity": {"value": float(stated), "unit": unit}}
    if kind == "code":
        offered = [option["valueCoding"] for option in item["answerOption"]]
        return {"valueCoding": next(each for each in offered if each["code"] == stated)}
    return {VALUES[kind]: stated}


def _event(control_number: str, answers: list[dict[str, Any]]) -> dict[str, Any]:
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "authored": "2025-11-20T10:30:00-05:00",
        "author": {"reference": "Practitioner/syn-surgeon", "display": "SYN-SURGEON"},
        "item": answers,
    }
    data = {
        "document_id": f"SYN-DOC-{control_number}",
        "version": 1,
        "submitter": "SYN-CLEARING",
        "claim_control_number": control_number,
        "kind": "clinical-note",
        "response": response,
    }
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "claimwright/tests",
        "type": "com.claimwright.document.received.v1",
        "time": "2025-11-20T15:30:00Z",
        "data": data,
    }


def _until(claimwright: CommandLine, claim: str, word: str) -> str:
    """What `explain` says once it says a word; the last words when it never does."""
    deadline = time.monotonic() + 60
    while True:
        result = claimwright("explain", claim).stdout
        if word in result or time.monotonic() > deadline:
            return result
        time.sleep(1)
