"""The transactional outbox: queue, digests and retention."""
