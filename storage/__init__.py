"""PostgreSQL and policies/: what was accepted, decided and sent, and the reference data the rules read.

May import contracts and adjudication; may not decide anything, and never reaches into workflows or Kafka.
"""
