"""Policy and reference data. This module makes it travel with the package; it holds no code."""
