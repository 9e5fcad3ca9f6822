"""Reads from and writes to Kafka: intake and publisher with aiokafka, feeds (which can be rebuilt from their topics) with Faust."""
