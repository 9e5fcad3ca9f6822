"""Loads and checks plans, rates, precedence and correction rules per payer."""
