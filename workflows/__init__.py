"""Temporal workflows: order, waiting and timers. No rule, no store, no member data; ids and codes only."""
