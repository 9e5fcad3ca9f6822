"""Throughput, latency and cost per claim, against two baselines in the same run on the same data."""
