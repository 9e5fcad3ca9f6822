"""Migrations follow one another in one line: with two ends, no database could be brought to the current schema."""

from __future__ import annotations

from alembic.script import ScriptDirectory

from storage.migrate import _configuration


def test_the_migrations_have_one_end() -> None:
    script = ScriptDirectory.from_config(_configuration())
    assert len(list(script.walk_revisions())) > 50
    ends = script.get_heads()
    assert len(ends) == 1, f"{ends} follow the same migration: set down_revision of one to the other"
