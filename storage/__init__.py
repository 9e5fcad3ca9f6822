"""PostgreSQL and policies/: accepted claims, decisions and sent events, and the reference data the rules read.

May import contracts and adjudication; may not decide anything, and never reaches into workflows or Kafka.
"""
