"""Shared by every consumer and producer: records, header names, topics, retry and metrics."""
