"""Counters of the Kafka edge. Labels are topics, outcomes and refusals, never data of a claim."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SUBMISSIONS = Counter("claimwright_submissions_total", "Claim events by what became of them", ["outcome"])
REFUSALS = Counter("claimwright_refusals_total", "Events refused, by topic and reason", ["topic", "refusal"])
BATCHES_STARTED = Counter("claimwright_batches_started_total", "Adjudication batches started")
IN_FLIGHT = Gauge("claimwright_batches_in_flight", "Batches of this process that are not committed yet")
PAUSED = Gauge("claimwright_intake_paused", "1 while intake holds its partitions back")
INTAKE_LAG = Gauge("claimwright_intake_lag", "Events not yet read, by partition", ["partition"])
INTAKE_SECONDS = Histogram("claimwright_intake_seconds", "From a poll's records to their committed offsets")
REBALANCES = Counter("claimwright_intake_rebalances_total", "Times partitions were taken from this intake")
PUBLISHED = Counter("claimwright_published_total", "Messages acknowledged by the broker", ["topic"])
PUBLISH_SECONDS = Histogram("claimwright_publish_seconds", "From an outbox read to its mark as published")
PUBLICATION_DELAY = Histogram(
    "claimwright_publication_delay_seconds",
    "From an event's commit in the ledger to the broker's acknowledgment",
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0),
)
PUBLISHES = Gauge("claimwright_publisher_leads", "1 while this publisher sends; others stand by")
SHARDS = Gauge("claimwright_publisher_shards", "Shards of the outbox that this publisher sends, of 8")
FEED_SECONDS = Histogram(
    "claimwright_feed_seconds", "From a run of feed records to its commit in the ledger", ["topic"]
)
FEED_EVENTS = Counter("claimwright_feed_events_total", "Feed events by topic and outcome", ["topic", "outcome"])
REMOVED = Counter("claimwright_removed_total", "Rows removed since they were kept long enough", ["what"])
RETRIES = Counter("claimwright_retries_total", "Failed tries of something that is tried until it works", ["step"])
TROUBLE_SINCE = Gauge(
    "claimwright_trouble_since_seconds", "Since when work fails (epoch seconds; 0: it does not)", ["step"]
)
TROUBLE_RECORDS = Gauge("claimwright_trouble_records", "Records that wait for work that fails", ["step"])
