"""Values that cross a process boundary: Kafka events, Temporal messages, and the names and ids both sides must agree on."""
