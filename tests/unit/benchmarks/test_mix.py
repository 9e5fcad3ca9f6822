"""The mix of the benchmarks: claims that intake accepts, with charts that differ, and the asked share of claims that pend."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from benchmarks.flames import trimmed
from benchmarks.mix import PENDING_CODE, mixed_claims
from contracts.claim_intake.registration import Submission
from streams.intake.decode import decode_submission
from streams.kafka.records import Record

CLAIMS = 400
RECEIVED = datetime(2025, 12, 1, tzinfo=UTC)


def test_intake_accepts_every_claim_of_the_mix() -> None:
    made = list(mixed_claims(CLAIMS, 1, 100, pending=0.2))
    decoded = [
        decode_submission(Record("t", 0, n, RECEIVED, key.encode(), value)) for n, (key, value, _) in enumerate(made)
    ]
    assert [type(each) for each in decoded] == [Submission] * CLAIMS


def test_the_charts_of_the_mix_differ_from_claim_to_claim() -> None:
    events = [orjson.loads(value)["data"] for _, value, _ in mixed_claims(CLAIMS, 1, 100, pending=0.0)]
    charts = {
        orjson.dumps(sorted(each["supporting_information"], key=lambda fact: str(fact["fact"]))) for each in events
    }
    assert len(charts) > CLAIMS * 0.9


def test_the_share_that_pends_is_of_a_service_that_a_physician_reviews() -> None:
    made = list(mixed_claims(CLAIMS, 1, 100, pending=0.2))
    codes = {pends: {line["code"] for line in orjson.loads(value)["data"]["lines"]} for _, value, pends in made}
    assert codes[True] == {PENDING_CODE}
    assert PENDING_CODE not in codes[False]
    assert 0.15 < sum(pends for _, _, pends in made) / CLAIMS < 0.25


def test_a_flame_graph_keeps_the_frames_that_can_be_read() -> None:
    frames = [
        f"<g><title>work (a.py:1) (9 samples, {share}%)</title><rect/></g>" for share in ("93.97", "0.05", "0.20")
    ]
    title = '<text id="title" x="1">{}</text>'
    graph = f"<svg>{title.format('/a/path/py-spy record')}{''.join(frames)}</svg>"
    assert trimmed(graph, "worker") == f"<svg>{title.format('worker')}{frames[0]}{frames[2]}</svg>"
