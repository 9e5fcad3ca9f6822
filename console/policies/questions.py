"""The open questions of one claim: those that its lines need and no document or person has answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adjudication.model.reference import ReferenceData
from adjudication.policy.tree import Leaf
from rulebook.authoring.questionnaires import Asked, asked_for
from storage.decisions.recorded_reviews import Review


def open_questions(reviews: Iterable[Review], reference: ReferenceData) -> list[Asked]:
    """Return the facts that open tests of a claim's lines need and that are not on file, in the order of the lines."""
    return [asked for review in reviews for asked in _of_line(review, reference)]


def _of_line(review: Review, reference: ReferenceData) -> Iterator[Asked]:
    place = None if review.line.sight is None else review.line.sight.place
    for leg in review.legs:
        if leg.program is None or leg.ruling is None:
            continue
        leaves = [leg.program.nodes[node] for node in leg.ruling.open_leaves]
        facts = [fact for leaf in leaves if isinstance(leaf, Leaf) for fact in leaf.test.facts]
        yield from (
            asked_for(place, fact, reference.facts[fact]) for fact in facts if fact not in review.evidence.known
        )
