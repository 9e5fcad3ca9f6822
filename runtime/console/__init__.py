"""Composition of the console: its stores, Temporal clients, sign-in and dashboard sampler."""
