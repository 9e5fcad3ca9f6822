"""Example claims, people and a third payer. This module includes them in the package; it holds no code."""
