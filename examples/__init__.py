"""Example claims, people and a third payer. This module makes them travel with the package; it holds no code."""
