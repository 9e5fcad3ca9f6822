"""Reads one YAML file of policies/ into a checked record; an error names the line, the key and the remedy.

The loaders of the tables interpret the data.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from contracts.problem_words import value_problems
from contracts.scalars import read_number
from rulebook.errors import PolicyDataError, place

Record = TypeVar("Record", bound=BaseModel)

PAYERS: Final = "payers"
"""The folder that holds one folder per payer."""

REMEDIES = {
    "extra_forbidden": "remove the key, correct its spelling, or quote the text whose comma made it a key",
    "missing": "add the key",
    "string_type": "put the value in quotes, so that YAML reads a code or an amount as text",
    "calendar_date": "write a date as 2025-03-17, without quotes",
    "int_type": "write a whole number, without quotes",
    "bool_type": "write true or false, without quotes",
}


class _UniqueKeyLoader(yaml.CSafeLoader):
    """The safe loader of libyaml, except that it refuses text with an unexpected meaning: a key given twice, and the
    numbers of YAML 1.1 that are not plain decimals, such as 010 (eight), 1:30 (ninety) or 1_450.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001
        """Build a mapping after checking that no key repeats."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    "in a mapping", node.start_mark, f"the key {key.value!r} is given twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def construct_plain_number(self, node: yaml.ScalarNode) -> int | Decimal:
        """Read a number as contracts/scalars.py does."""
        try:
            number = read_number(node.value)
        except ValueError:
            problem = f"{node.value!r} is not a plain number, such as 1450 or 0.5"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from None
        return number if "." in node.value else int(number)


for _tag in ("int", "float"):
    _UniqueKeyLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", _UniqueKeyLoader.construct_plain_number)


def parse(text: str) -> object:
    """Read YAML into plain values; raises yaml.MarkedYAMLError, and ValueError for a value such as 2025-02-30."""
    return yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - a subclass of the safe loader


def read_yaml(path: Path, label: str, record: type[Record]) -> Record:
    """Parse `path` into `record`; `label` is how the file is named in errors (relative to policies/)."""
    text = _text(path, label)
    try:
        content = parse(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise PolicyDataError(
            place(label, line), f"not readable as YAML ({error.problem})", "correct the text at that line"
        ) from error
    except ValueError as error:  # for example the date 2025-02-30
        raise PolicyDataError(label, f"holds a value YAML cannot read ({error})", "correct that value") from error
    try:
        return record.model_validate(content)
    except ValidationError as error:
        raise _explained(error, text, label) from error


def _text(path: Path, label: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise PolicyDataError(label, "the file is missing", "restore it, or name the right folder") from error
    except UnicodeDecodeError as error:
        raise PolicyDataError(label, "the file is not UTF-8 text", "save it as UTF-8") from error


def _explained(error: ValidationError, text: str, label: str) -> PolicyDataError:
    """Return the first error as one line."""
    problems = error.errors(include_url=False, include_input=False)
    first = problems[0]
    more = len(list(value_problems(problems))) - 1
    what = str(first["msg"]).removeprefix("Value error, ")
    if more:
        what += f" (and {more} more in this file)"
    loc = first["loc"]
    remedy = REMEDIES.get(first["type"], "correct the value")
    return PolicyDataError(place(label, line_of(text, loc), _dotted(loc)), what, remedy)


def _dotted(loc: Sequence[int | str]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")


def payer_files(root: Path, table: str) -> list[str]:
    """Label the table of every payer that has one: payers/<payer>/<table>.yaml, payers in alphabetical order."""
    return [path.relative_to(root).as_posix() for path in sorted((root / PAYERS).glob(f"*/{table}.yaml"))]


def line_of(text: str, loc: Sequence[int | str]) -> int | None:
    """Find the line on which a key path starts; the deepest part that exists counts."""
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    if node is None:
        return None
    for part in loc:
        step = _child(node, part)
        if step is None:
            break
        node = step
    return int(node.start_mark.line) + 1


def _child(node: yaml.Node, part: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return node.value[part] if part < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    return None
