"""The local stack: real Kafka, Temporal and PostgreSQL on loopback, from the package registries alone."""
