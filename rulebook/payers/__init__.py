"""Loads and checks the plans and rates of each payer."""
