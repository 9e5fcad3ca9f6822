"""The size limits name what is over them, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.check_sizes import main

LONG_FUNCTION = "def long() -> None:\n" + "    print()\n" * 50


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"room/a.py": "\n" * 400}, ""),
        ({"room/a.py": "\n" * 401}, "room/a.py: 401 lines, limit 400"),
        ({"tests/a.py": "\n" * 500}, ""),
        ({"room/a.py": LONG_FUNCTION}, "room/a.py:1: long has 51 lines, limit 50"),
        ({f"room/m{n}.py": "" for n in range(25)} | {"room/__init__.py": "", "room/inner/a.py": ""}, ""),
        ({f"room/m{n}.py": "" for n in range(26)}, "room: 26 modules, limit 25"),
    ],
)
def test_what_is_over_a_limit_is_named_and_fails_the_check(
    files: dict[str, str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A tree within the limits passes in silence; one over them fails with the place and the limit."""
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q", "."], check=True)
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)

    assert main() == (1 if said else 0)
    assert said in capsys.readouterr().err
