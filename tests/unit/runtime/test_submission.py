"""What `claimwright submit` makes of the examples that the documentation shows."""

from __future__ import annotations

import orjson
import pytest

from contracts.events.appeals import AppealFiled
from contracts.events.claims import ClaimSubmitted
from contracts.events.documents import DocumentReceived
from contracts.events.envelope import CloudEvent
from contracts.events.topics import APPEALS_FILED, CLAIMS_SUBMITTED, DOCUMENTS_RECEIVED
from contracts.ids import appeal_id, claim_id
from runtime.clients.submit import UNREADABLE, key_of, topic_of
from runtime.settings import REPOSITORY

EXAMPLES: dict[str, tuple[type[CloudEvent], str]] = {
    "claim": (ClaimSubmitted, CLAIMS_SUBMITTED),
    "appeal": (AppealFiled, APPEALS_FILED),
    "document": (DocumentReceived, DOCUMENTS_RECEIVED),
}
CONTROL = "SYN-example-k0002"


def example(name: str) -> bytes:
    return (REPOSITORY / "docs" / f"{name}.example.json").read_bytes()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_what_the_interface_describes_and_goes_on_its_topic(name: str) -> None:
    model, topic = EXAMPLES[name]
    assert model.model_validate_json(example(name))
    assert topic_of(example(name)) == topic


def test_an_appeal_is_keyed_by_its_claim_and_known_by_its_own_id() -> None:
    assert key_of(example("appeal")) == (CONTROL, appeal_id("SYN-APPEALS", "SYN-example-a0001"))


def test_the_examples_are_about_one_claim() -> None:
    key, identity = key_of(example("claim"))
    assert identity == claim_id("SYN-CLEARING", CONTROL, 1)
    assert "SYN-M-example" not in key
    assert key_of(example("document")) == (CONTROL, None)


@pytest.mark.parametrize("data", [{}, {"submitter": "SYN"}, {"claim": {}, "submitter": "S", "appeal_reference": "A"}])
def test_an_appeal_that_says_too_little_is_published_as_unreadable(data: dict[str, object]) -> None:
    event = orjson.dumps({"type": "com.claimwright.appeal.filed.v1", "data": data})
    assert key_of(event) == (UNREADABLE, None)
