"""The whole table: every row run and compared, with the differences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from cli.examples.answers import Answer, Answers, matches
from cli.examples.rows import Row, read_rows
from cli.examples.run import ClaimRun, run_row
from rulebook.errors import PolicyDataError
from rulebook.library import PolicyLibrary

FOLDER: Final = Path(__file__).resolve().parents[2] / "examples" / "claims"


@dataclass(frozen=True, slots=True)
class Checked:
    """A row with the product's answer. `problem`: how they differ; None if they agree."""

    row: Row
    claims: list[ClaimRun]
    problem: str | None

    @property
    def answers(self) -> list[Answer]:
        """The answers for all lines, in the order of the row's answer."""
        return [answer for claim in self.claims for answer in claim.all_answers()]


def check_table(library: PolicyLibrary, rows: Iterable[Row] | None = None) -> list[Checked]:
    """Run and compare the rows given, or the whole table."""
    documents = {name: kind.rarc for name, kind in library.medical.vocabulary.documents.items()}
    answers = Answers(library.reference, documents)
    return [_checked(row, _run(row, library, answers)) for row in rows or read_rows(FOLDER)]


def _run(row: Row, library: PolicyLibrary, answers: Answers) -> list[ClaimRun]:
    try:
        return run_row(row, library.reference, answers)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise PolicyDataError(f"row {row.number}", f"{field}: {first['msg']}", "correct the row") from error


def _checked(row: Row, claims: list[ClaimRun]) -> Checked:
    found = [answer for claim in claims for answer in claim.all_answers()]
    right = agrees(row.whole_answer(), found)
    if row.differs is None:
        return Checked(
            row,
            claims,
            None
            if right
            else f"the right answer is {_listed(row.whole_answer())}, and the product gives {_listed(found)}",
        )
    if right:
        return Checked(row, claims, "the product gives the right answer now; take `differs` out of the row")
    same = agrees(row.differs.says, found)
    return Checked(
        row,
        claims,
        None if same else f"`differs` says {_listed(row.differs.says)}, and the product gives {_listed(found)}",
    )


def agrees(stated: list[str], found: list[Answer]) -> bool:
    """Return whether every answer is the stated one, in order."""
    return len(stated) == len(found) and all(map(matches, stated, found))


def _listed(answers: Iterable[object]) -> str:
    return "; ".join(map(str, answers)) or "nothing"
