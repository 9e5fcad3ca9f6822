"""Sends the outbox to Kafka: publisher, dead letters, replay, retention and audit heads."""
