"""Takes claims from Kafka: decode, register, start the batch workflow."""
