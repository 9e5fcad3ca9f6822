"""Adjudicate a decided claim again: what would change, what the law lets a plan change, and who may approve it. Pure."""
