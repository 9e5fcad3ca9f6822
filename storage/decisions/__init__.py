"""Determinations: commit, statements, traces, reopenings and outdated decisions."""
