"""PostgreSQL and policies/: accepted claims, decisions and sent events, and the reference data the rules read.

It imports contracts and adjudication only, decides nothing, and calls neither workflows nor Kafka.
"""
