"""One claim followed by its trace: from the record that named a span, through the workflow, to the published decision."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from benchmarks.load import coverage_events, straight_through_claims
from contracts.events.feeds import CoverageChangedV1
from contracts.events.topics import CLAIMS_SUBMITTED, DETERMINATIONS
from contracts.ids import adjudication_workflow_id
from contracts.workflow_messages.claims import ADJUDICATE_CLAIMS, STEP_ORDER
from runtime.trace_export import ATTRIBUTES
from tests.builders.ledger.ledgers import Stores
from tests.builders.servers.collector import Collector, Seen, running_collector
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.servers.processes import Processes
from tests.builders.servers.temporal import running_temporal

pytestmark = pytest.mark.servers
SENDER = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
"""The example of W3C Trace Context."""
HEADERS = (
    ("traceparent", f"00-{SENDER[0]}-{SENDER[1]}-01".encode()),
    ("tracestate", b"vendor=SYN-SECRET"),
    ("baggage", b"member=SYN-SECRET"),
)


@pytest.fixture(scope="module")
def temporal() -> Iterator[str]:
    with running_temporal() as address:
        yield address


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running_collector() as running:
        yield running


@pytest.fixture
def processes(kafka: KafkaServer, temporal: str, database: str, tmp_path: Path) -> Iterator[Processes]:
    settings = {
        "CLAIMWRIGHT_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "CLAIMWRIGHT_TEMPORAL_ADDRESS": temporal,
        "CLAIMWRIGHT_POSTGRES_DSN": database,
        "CLAIMWRIGHT_KAFKA_INTAKE_GROUP": f"traces-{tmp_path.name}",
        "CLAIMWRIGHT_TEMPORAL_TASK_QUEUE": f"traces-{tmp_path.name}",
    }
    with Processes(tmp_path, settings) as running:
        yield running


def spans_of(collector: Collector) -> list[Seen]:
    """The spans of the trace that took the sender's record."""
    taken = [span for span in collector.spans if any(link[:2] == SENDER for link in span.links)]
    return [each for span in taken for each in collector.of_trace(span.trace)]


def chain(spans: list[Seen], last: str) -> list[Seen]:
    """A span, its parent, and so on to the first of its trace."""
    by_id = {span.span: span for span in spans}
    found = [by_id[last]]
    while found[-1].parent:
        found.append(by_id[found[-1].parent])
    return found


def assert_no_member_data(collector: Collector, claim: bytes) -> None:
    """Nothing that was sent about the member, or as the sender's own context, is in what was exported."""
    data = orjson.loads(claim)["data"]
    secrets = [*data["member"].values(), data["claim_control_number"], data["billing"]["npi"], "SYN-SECRET"]
    assert len(secrets) == 7
    assert [value for value in secrets if value.encode() in collector.raw] == []
    assert {name for span in collector.spans for name in span.attributes} <= ATTRIBUTES
    assert [(span.events, span.error) for span in collector.spans if span.events or span.error] == []


async def test_a_claim_is_followed_from_its_record_to_its_published_decision(
    kafka: KafkaServer, stores: Stores, processes: Processes, collector: Collector
) -> None:
    since = await kafka.ends(DETERMINATIONS)
    coverage = [orjson.loads(value)["data"] for _, value in coverage_events(1)]
    await stores.feeds.apply_coverage([CoverageChangedV1.model_validate(each) for each in coverage])
    [(_, claim)] = straight_through_claims(1, 11, 1)
    await kafka.send(CLAIMS_SUBMITTED, [claim], headers=HEADERS)
    processes.start("intake", "worker", "publisher", CLAIMWRIGHT_TRACES_ENDPOINT=collector.endpoint)
    (decided,) = await kafka.read(DETERMINATIONS, since, 1)
    named = re.fullmatch(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-0[13]", dict(decided.headers)["traceparent"])
    assert named is not None
    await eventually(lambda: any(span.span == named[2].decode() for span in collector.spans), "no span was sent")
    for process in processes.started:
        assert process.end() == 0
    spans = spans_of(collector)
    published = chain(spans, named[2].decode())
    assert published[0].trace == named[1].decode() != SENDER[0]
    assert [(span.service, span.name) for span in published] == [
        ("claimwright-publisher", "publish events"),
        ("claimwright-worker", "RunActivity:publish"),
        ("claimwright-worker", "StartActivity:publish"),
        ("claimwright-intake", f"StartWorkflow:{ADJUDICATE_CLAIMS}"),
        ("claimwright-intake", "process claims.submitted"),
    ]
    of_workflow = {f"RunWorkflow:{ADJUDICATE_CLAIMS}", *(f"RunActivity:{step}" for step in STEP_ORDER)}
    assert of_workflow <= {span.name for span in spans}
    (link,) = published[-1].links
    claim_id = orjson.loads(decided.value)["data"]["claim_id"]
    assert link[2]["claimwright.claim_id"] == claim_id
    workflow = adjudication_workflow_id(link[2]["claimwright.batch_id"])
    assert published[-2].attributes["temporalWorkflowID"] == workflow
    assert_no_member_data(collector, claim)
