"""Clients for commands: HTTP API, Kafka topics and terminal output."""
