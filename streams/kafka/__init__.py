"""What every consumer and producer shares: records, header names, topics, retry and metrics."""
