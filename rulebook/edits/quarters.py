"""The pairs and limits of a published quarter by day, and its changes against the tables before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from adjudication.model.vocabulary import DateRange
from rulebook.edits.cms_files import PublishedPair
from rulebook.edits.tables import ReleaseEntry, read_pairs, read_units
from rulebook.errors import PolicyDataError

_DAY = timedelta(days=1)
_NEVER = date.max


def spans_of(rows: Sequence[PublishedPair], dates: DateRange) -> list[DateRange]:
    """Split the quarter at each day on which an edit begins or ends. CMS states the first and the last day in force."""
    ends = dates.ends or _NEVER
    cuts = {row.effective for row in rows} | {row.deleted + _DAY for row in rows if row.deleted is not None}
    inside = sorted(day for day in cuts if dates.starts < day < ends)
    return [DateRange(first, last) for first, last in zip([dates.starts, *inside], [*inside, ends], strict=True)]


def pairs_on(rows: Sequence[PublishedPair], span: DateRange) -> dict[tuple[str, str], str]:
    """Return the pairs in force throughout a span."""
    return {
        (row.column_one, row.column_two): row.indicator
        for row in rows
        if row.effective <= span.starts and (row.deleted is None or row.deleted >= span.starts)
    }


def meet(one: PublishedPair, other: PublishedPair) -> bool:
    """Return whether two rows are in force on a common day."""
    return one.effective <= (other.deleted or _NEVER) and other.effective <= (one.deleted or _NEVER)


def changes_of(
    policies_dir: Path,
    current: Sequence[ReleaseEntry],
    new: ReleaseEntry,
    pairs: dict[tuple[str, str], str],
    units: dict[str, tuple[str, str]],
) -> tuple[str, ...]:
    """Compare with the tables in force on the first day, else those of the release before it."""
    old_pairs, old_units = _before(policies_dir, current, new)
    rows = [(f"{one} {two}", old_pairs.get((one, two)), pairs.get((one, two))) for one, two in old_pairs | pairs]
    rows += [
        (f"{code} units", " indicator ".join(old_units.get(code, ())), " indicator ".join(units.get(code, ())))
        for code in old_units | units
    ]
    if not old_pairs and not old_units:
        return ()
    return tuple(_change(name, before, after) for name, before, after in sorted(rows) if before != after)


def refuse_cut_short(
    policies_dir: Path,
    current: Sequence[ReleaseEntry],
    new: ReleaseEntry,
    pairs: Mapping[tuple[str, str], str],
    units: Mapping[str, tuple[str, str]],
) -> None:
    """Refuse tables that lack half of the pairs or of the limits of the release before them."""
    old_pairs, old_units = _before(policies_dir, current, new)
    for what, lost, held in (
        ("pairs", len(old_pairs.keys() - pairs.keys()), len(old_pairs)),
        ("unit limits", len(old_units.keys() - units.keys()), len(old_units)),
    ):
        if lost * 2 > held:
            raise PolicyDataError(
                new.release,
                f"lacks {lost} of the {held} {what} of the release before it, so that a file may have been cut short",
                "download the files again; if so many did end, give --many-ended",
            )


def _before(
    policies_dir: Path, current: Sequence[ReleaseEntry], new: ReleaseEntry
) -> tuple[dict[tuple[str, str], str], dict[str, tuple[str, str]]]:
    """Return the pairs and the limits that were in force before a release; none where it is the first."""
    older = [
        e for e in current if (e.form, e.program) == (new.form, new.program) and e.valid.starts <= new.valid.starts
    ]
    if not older:
        return {}, {}
    last = max(older, key=lambda entry: entry.valid.starts)
    old_pairs = {key: each.indicator for key, each in read_pairs(policies_dir, f"edits/ncci/{last.pairs}").items()}
    old_units = {
        code: (str(each.units), each.indicator)
        for code, each in read_units(policies_dir, f"edits/ncci/{last.units}").items()
    }
    return old_pairs, old_units


def _change(name: str, before: str | None, after: str | None) -> str:
    if not before:
        return f"+ {name} {after}"
    return f"- {name} {before}" if not after else f"~ {name} {before} -> {after}"
