"""Pended claims tried again in bulk, which takes two people."""
