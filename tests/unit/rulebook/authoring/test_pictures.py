"""Every picture holds every rule, part and test of the code, and is well formed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console
from typer.testing import Result

from rulebook.authoring.outline import TOP, Row, outline
from rulebook.authoring.pictures import mermaid, svg, terminal_tree
from rulebook.library import load_library
from tests.builders.policy.policies import small_library
from tests.builders.policy.policy_folders import CHAPTER, spoil

Run = Callable[..., Result]
_SHARING = "    at: fourth paragraph\n    criteria: {flag: informed.of.risks}\n"


def rows() -> tuple[Row, ...]:
    catalog = small_library().catalog
    program = catalog.program(catalog.policies["brain-mrs"].versions[0], "76390")
    assert program is not None
    drawn = outline(program)
    assert {node.node_id for node in program.nodes} <= {row.name for row in drawn}
    assert len(drawn) > 25
    return drawn


def test_every_row_but_the_first_hangs_from_one_before_it() -> None:
    drawn = rows()
    assert drawn[0].parent == TOP
    for number, row in enumerate(drawn[1:], start=1):
        assert 0 <= row.parent < number
        assert row.depth == drawn[row.parent].depth + 1


def test_the_tree_of_the_terminal_names_every_row_and_cites_each_place_once_a_rule() -> None:
    console = Console(width=300, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(terminal_tree(rows()))
    shown = console.export_text()
    for row in rows():
        assert (row.text if row.kind == "part" else row.name) in shown
    assert shown.count("first paragraph") == 1


def test_the_mermaid_text_has_a_box_for_every_row_and_an_arrow_to_each() -> None:
    drawn, text = rows(), mermaid(rows())
    assert text.startswith("flowchart LR\n")
    assert len(re.findall(r"^  n\d+[\[(]", text, re.MULTILINE)) == len(drawn)
    assert text.count(" --> ") == len(drawn) - 1


def test_mermaid_quotes_do_not_break_a_box() -> None:
    row = Row("test", "t", 'He said "no" <b>', "a is yes", "", TOP, 0)
    assert '"t: He said #quot;no#quot; #lt;b#gt; (a is yes)"' in mermaid([row])


def test_the_svg_is_well_formed_and_stands_alone() -> None:
    drawn, text = rows(), svg(rows())
    root = ET.fromstring(text)  # noqa: S314 - our own text
    space = "{http://www.w3.org/2000/svg}"
    names = [next(iter(span.itertext())) for span in root.iter(f"{space}tspan")]
    assert names == [row.name for row in drawn]
    assert len(list(root.iter(f"{space}path"))) == len(drawn) - 1
    assert "href" not in text
    assert max(
        float(box.get("x", 0)) + float(box.get("width", "0").rstrip("%")) for box in root.iter(f"{space}rect")
    ) < (float(root.get("width", 0)))


def test_a_shared_part_is_drawn_once_and_named_again(policies: Path) -> None:
    spoil(policies, CHAPTER, _SHARING, _SHARING.replace("{flag: informed.of.risks}", "{part: trial}"))
    catalog = load_library(policies, with_drafts=True).medical.catalog
    program = catalog.program(catalog.policies["brain-mrs"].versions[0], "76390")
    assert program is not None
    drawn = [row for row in outline(program) if row.name.startswith("trial")]
    assert [row.again for row in drawn if row.name == "trial"] == [False, True]
    assert sum(1 for row in drawn if row.name == "trial.long") == 1
    assert mermaid(outline(program)).count('["trial: ') == 1


@pytest.mark.parametrize(("form", "begins"), [("tree", "brain-mrs 1.0"), ("mermaid", "flowchart LR")])
def test_the_command_prints_trees_and_mermaid(run: Run, policies: Path, form: str, begins: str) -> None:
    result = run("policy", "graph", "brain-mrs", "1.0", "76390", "--format", form, "--policies", policies)
    assert result.return_value == 0, result.exception
    assert result.output.startswith(begins)
    assert "T-05" in result.output


def test_the_command_writes_an_svg_file(run: Run, policies: Path, tmp_path: Path) -> None:
    result = run("policy", "graph", "brain-mrs", "1.0", "0609T", "--format", "svg", "--policies", policies)
    assert result.return_value == 0, result.exception
    assert "T-06" in (tmp_path / "brain-mrs-1.0-0609T.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("brain-mrs", "1.0", "72148"), "has no rule about it; choose of: 0609T, 0610T, 76390"),
        (("brain-mrs", "2.0", "76390"), "has no such version; choose of: 1.0"),
        (("brian-mrs", "1.0", "76390"), "no policy is called so; choose of: brain-mrs"),
    ],
)
def test_what_is_not_there_is_shown_with_what_is(
    run: Run, policies: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert message in str(run("policy", "graph", *arguments, "--policies", policies).exception)
