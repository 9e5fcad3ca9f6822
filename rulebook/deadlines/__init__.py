"""Loads and checks the deadline rules, holidays and interest rates."""
