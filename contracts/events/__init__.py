"""The events on Kafka: topics, envelope, and one model per event type."""
