"""The shipped reference data with one table changed, for cases that the shipped tables do not have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from adjudication.model.edit_tables import EditRelease, PairEdit, UnitLimit
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import DateRange


def with_pair(reference: ReferenceData, column_one: str, column_two: str, indicator: str) -> ReferenceData:
    """One more procedure-to-procedure edit, in every release and on both forms."""
    edit = PairEdit(column_one, column_two, indicator)
    return _each_release(
        reference, lambda release: replace(release, pairs={**release.pairs, (column_one, column_two): edit})
    )


def with_limit(reference: ReferenceData, code: str, units: int, indicator: str) -> ReferenceData:
    """Another daily limit of a code, in every release and on both forms."""
    limit = UnitLimit(code, Decimal(units), indicator)
    return _each_release(reference, lambda release: replace(release, units={**release.units, code: limit}))


def with_code_ended(reference: ReferenceData, code: str, ends: date) -> ReferenceData:
    """The code, no longer valid from a date on."""
    versions = tuple(replace(v, valid=DateRange(v.valid.starts, ends)) for v in reference.procedures[code])
    return replace(reference, procedures={**reference.procedures, code: versions})


def without_edit_tables(reference: ReferenceData) -> ReferenceData:
    """No quarterly release loaded."""
    return replace(reference, edit_releases=())


def without_ncci(reference: ReferenceData) -> ReferenceData:
    """Plans that adopt no National Correct Coding Initiative edits."""
    plans = {name: tuple(replace(v, adopts_ncci=False) for v in versions) for name, versions in reference.plans.items()}
    return replace(reference, plans=plans)


def _each_release(reference: ReferenceData, change: Callable[[EditRelease], EditRelease]) -> ReferenceData:
    return replace(reference, edit_releases=tuple(change(release) for release in reference.edit_releases))
