"""Counters of the Kafka edge. Labels are topics, outcomes and refusals; never anything of a claim."""

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
FEED_EVENTS = Counter("claimwright_feed_events_total", "Feed events by topic and outcome", ["topic", "outcome"])
REMOVED = Counter("claimwright_removed_total", "Rows removed since they were kept long enough", ["what"])
RETRIES = Counter("claimwright_retries_total", "Failed tries of something that is tried until it works", ["step"])
TROUBLE_SINCE = Gauge(
    "claimwright_trouble_since_seconds", "Since when work fails (epoch seconds; 0: it does not)", ["step"]
)
TROUBLE_RECORDS = Gauge("claimwright_trouble_records", "Records that wait for work that fails", ["step"])
