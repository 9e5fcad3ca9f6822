"""policies/workflow/corrections.yaml: the answers to replacements and voids, refused at load if they could leave two decisions in force.

adjudication/corrections/judge.py applies them to claims.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import Annotated, Final

from pydantic import Field, StrictBool, StrictInt

from adjudication.corrections.rules import MAY_ACCEPT, ChainAnswer, ChainRule, ChainRules, OriginalState
from adjudication.model.vocabulary import Frequency, OutcomeCode
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited, Outcome, Record, RemarkCode

CHAIN: Final = "workflow/corrections.yaml"


class Change(StrEnum):
    """The effect of a later claim on an earlier one, in words."""

    REPLACEMENT = "replacement"
    VOID = "void"


_FREQUENCY: Final = {Change.REPLACEMENT: Frequency.REPLACEMENT, Change.VOID: Frequency.VOID}


class ChainEntry(Cited):
    """One answer."""

    original: OriginalState
    by: Annotated[tuple[Change, ...], Field(min_length=1)] = (Change.REPLACEMENT, Change.VOID)
    answer: ChainAnswer
    refused_as: Outcome | None = None


class RemarksEntry(Record):
    """The remark on a claim that was taken back."""

    replacement: RemarkCode
    void: RemarkCode


class ChainFile(Cited):
    """workflow/corrections.yaml."""

    wait_days: Annotated[StrictInt, Field(ge=1, le=120)]
    same_biller: StrictBool
    control_number_after_wait: StrictBool
    remarks: RemarksEntry
    rules: tuple[ChainEntry, ...]


def chain_rules(label: str, file: ChainFile, citations: Citations) -> ChainRules:
    """Build the answers: exactly one for each standing and frequency."""
    rules: dict[tuple[OriginalState, Frequency], ChainRule] = {}
    for index, entry in enumerate(file.rules):
        where = place(label, key=f"rules[{index}] {entry.original}")
        _refuse_unsafe(where, entry)
        citation = citations.of(where, entry, file)
        refused_as = None if entry.refused_as is None else OutcomeCode(entry.refused_as)
        for frequency in (_FREQUENCY[change] for change in entry.by):
            if (entry.original, frequency) in rules:
                raise PolicyDataError(where, "this standing is answered twice", "keep one of the two rows")
            key = (entry.original, frequency)
            rules[key] = ChainRule(entry.original, frequency, entry.answer, refused_as, citation)
    for standing, change in product(OriginalState, Change):
        if (standing, _FREQUENCY[change]) not in rules:
            raise PolicyDataError(
                place(label), f"no row answers a {change} of a claim that is {standing}", "add the row"
            )
    return ChainRules(
        rules=rules,
        remarks={Frequency.REPLACEMENT: file.remarks.replacement, Frequency.VOID: file.remarks.void},
        wait_days=file.wait_days,
        same_biller=file.same_biller,
        control_number_after_wait=file.control_number_after_wait,
        citation=citations.of(place(label), file),
    )


def _refuse_unsafe(where: str, entry: ChainEntry) -> None:
    """Refuse an answer that could leave two decisions of one claim in force, or a refusal without a reason code."""
    accepts = entry.answer is ChainAnswer.ACCEPT
    if accepts and entry.original not in MAY_ACCEPT:
        raise PolicyDataError(where, f"accepts a change of a claim that is {entry.original}", "answer wait or refuse")
    if entry.original is OriginalState.SUPERSEDED and entry.answer is not ChainAnswer.REFUSE:
        raise PolicyDataError(where, "waits for a claim that will not come back", "answer refuse")
    if accepts != (entry.refused_as is None):
        raise PolicyDataError(where, "refused_as goes with wait and refuse, and with them only", "add it, or remove it")
