"""`claimwright submit` says line, column and reason of what would be refused, before anything is published."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from adjudication.model.determination import Determination, Disposition
from adjudication.model.vocabulary import ClaimId, DateRange, PlanId
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.pipeline import ClaimContext, adjudicate
from contracts.claim_intake.mapping import to_core
from contracts.events.claims import ClaimSubmitted
from contracts.events.feeds import CoverageChanged
from rulebook.library import default_policies_dir
from rulebook.medical.fact_dictionary import read_fact_kinds
from runtime.clients.check_events import notices_of, problems_of
from runtime.clients.json_places import place_of
from runtime.settings import REPOSITORY
from tests.builders.letters.letter_values import shipped


def example(name: str) -> bytes:
    return (REPOSITORY / "docs" / f"{name}.example.json").read_bytes()


@pytest.mark.parametrize("name", ["claim", "coverage", "document", "appeal"])
def test_the_examples_of_the_documentation_have_no_problem(name: str) -> None:
    assert problems_of(example(name)) == ()
    compact = orjson.dumps(orjson.loads(example(name)))
    assert problems_of(b"\n".join((compact, b"", compact))) == ()
    assert problems_of(b"[" + compact + b"," + compact + b"]") == ()


@pytest.mark.parametrize(
    ("content", "line", "column", "reason"),
    [
        (b"\xff\xd8\xff\xe0", 1, 1, "not text in UTF-8"),
        (b"{}\n{\xff", 2, 2, "not text in UTF-8"),
        (b"", 1, 1, "the file is empty"),
        (b"[]", 1, 1, "the list is empty"),
        (b'{\n  "type": \n}', 3, 1, "this is not JSON"),
        (b'{"a": 1}\n{"b": }', 2, 7, "this is not JSON"),
        (b'{"type": "com.example.other"}', 1, 10, "no type that is taken here"),
        (b"7", 1, 1, "no type that is taken here"),
        (b"not json at all\nnor this", 1, 1, "this is not JSON"),
    ],
)
def test_what_is_no_event_is_refused_with_line_column_and_reason(
    content: bytes, line: int, column: int, reason: str
) -> None:
    found = {(each.line, each.column): each.reason for each in problems_of(content)}
    assert reason in found[line, column]


def test_a_wrong_value_is_found_at_its_place_in_the_file_without_being_repeated() -> None:
    wrong = example("claim").replace(b'"1450.00"', b'"SYN-SECRET"')
    (problem,) = problems_of(wrong)
    where = wrong.decode().splitlines()[problem.line - 1]
    assert where[problem.column - 1 :].startswith('"SYN-SECRET"')
    assert "data.lines.0.charge" in problem.reason
    assert "SECRET" not in problem.reason


def test_a_claim_that_breaks_a_business_rule_is_refused_too() -> None:
    event = orjson.loads(example("claim"))
    event["data"]["lines"][0]["service_date"] = "2099-01-01"
    assert problems_of(orjson.dumps(event))


@pytest.mark.parametrize(
    ("path", "place"),
    [(("a", "b c"), (3, 9)), (("d", 1, "e"), (5, 14)), (("d", 7), (5, 3)), (("no",), (1, 1)), ((), (1, 1))],
)
def test_a_place_is_the_value_or_the_deepest_part_that_exists(
    path: tuple[str | int, ...], place: tuple[int, int]
) -> None:
    text = '{"a": {\n "x": "}{",\n "b c": "y"},\n "d":\n  [1 , {"e": 2}]}'
    assert place_of(text, path) == place


def test_the_example_of_the_readme_is_decided() -> None:
    sent = ClaimSubmitted.model_validate_json(example("claim"))
    covered = CoverageChanged.model_validate_json(example("coverage")).data
    now = datetime(2025, 11, 21, 9, tzinfo=UTC)
    claim = to_core(sent.data, ClaimId("claim-1"), now)
    others = tuple(each.to_core() for each in covered.other_coverage or ())
    dates = DateRange(covered.starts, covered.ends)
    span = CoverageSpan(
        covered.coverage_id,
        covered.member_id,
        PlanId(covered.plan_id),
        covered.birth_date,
        dates,
        others,
        covered.determined_on,
        covered.person,
    )
    decision = adjudicate(claim, ClaimContext(1, [span]), now, shipped().reference).decision
    assert isinstance(decision, Determination)
    assert [line.disposition for line in decision.lines] == [Disposition.APPROVED]


@pytest.mark.parametrize("name", ["claim", "document"])
def test_a_fact_that_no_criterion_reads_is_named_before_it_is_published(name: str) -> None:
    kinds = read_fact_kinds(default_policies_dir())
    content = example(name)
    assert notices_of(content, kinds) == ()
    assert notices_of(content, {each: kind for each, kind in kinds.items() if each != "tx.weeks"})[0].reason.endswith(
        "policies/facts.yaml lists all"
    )
    wrong = content.replace(b'"tx.weeks"', b'"tx.week"')
    assert wrong != content
    assert problems_of(wrong) == ()
    (notice,) = notices_of(wrong, kinds)
    assert "the nearest is tx.weeks" in notice.reason
    assert wrong.decode().splitlines()[notice.line - 1][notice.column - 1 :].startswith("{")
