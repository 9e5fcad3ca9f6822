"""Faust agents that project coverage, authorization, roster, document and appeal events."""
