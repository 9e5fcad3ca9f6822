"""What the loader of appeal rules promises: shipped rules are complete, and each author's slip gets one clear message."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path

import pytest

from adjudication.appeals.rules import Appellant, Forum, Matter, Subject, Urgency
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import PlanId, ProductLine
from rulebook.errors import PolicyDataError
from rulebook.library import default_policies_dir, load_library, load_reference
from tests.builders.appeals import NOTICE, PLANS

ERISA, NEW_YORK = "law/appeals/commercial-erisa.yaml", "law/appeals/ny-utilization-review.yaml"
MEDICARE, DISPUTE = "law/appeals/medicare-advantage-enrollee.yaml", "law/appeals/contract-dispute.yaml"
CODES = "workflow/appeal_results.yaml"

OUTSIDE_FIRST = """levels:
  - level: outside
    forum: court
    next: [dispute]
    effectuation:
      - {subject: payment, within: 1 day, counted_from: decision}
"""

# Each author's slip: file, what stood there, what the author wrote, and what the message must hold.
SLIPS = {
    "a path that builds on none": (
        "law/appeals/ny-medicaid-managed-care.yaml",
        "builds_on: medicaid-managed-care",
        "builds_on: medicaid",
        ("builds on medicaid, which is not a path", "law/appeals"),
    ),
    "a level that the other path has not": (
        "law/appeals/ny-medicaid-managed-care.yaml",
        "  plan-appeal: [external-appeal]",
        "  plan-apeal: [external-appeal]",
        ("names plan-apeal, which is not a level of medicaid-managed-care",),
    ),
    "a time for a level that the other path has not": (
        "law/appeals/ny-commercial-claims.yaml",
        "  internal:\n",
        "  grievance:\n",
        ("names grievance, which is not a level of commercial-erisa",),
    ),
    "a path without levels": (
        "law/appeals/ny-commercial-claims.yaml",
        "builds_on: commercial-erisa\n",
        "",
        ("effectuation without builds_on", "add builds_on"),
    ),
    "an unknown key": (
        ERISA,
        "path: commercial-erisa\n",
        "path: commercial-erisa\ncolor: red\n",
        ("color", "remove"),
    ),
    "an unknown plan": (
        NEW_YORK,
        "binds: {products: [commercial], states: [NY]}",
        "plans: [HUDSON-COM]",
        ("HUDSON-COM, which is not loaded",),
    ),
    "an unknown source": (ERISA, "29-cfr-2560-503-1", "29-cfr-2560", ("unknown source", "sources.yaml")),
    "a word no unit has": (ERISA, "180 days", "180 weeks", ("line ", "'180 weeks' is not a period of time")),
    "a level no person reaches": (
        ERISA,
        "next: [external-review]",
        "next: []",
        ("no level goes on to external-review",),
    ),
    "a level that does not exist": (
        ERISA,
        "next: [external-review]",
        "next: [external-reviw]",
        ("external-reviw, which is not a level",),
    ),
    "a forward to nowhere": (MEDICARE, "to: independent-review", "to: unknown", ("goes on to unknown",)),
    "a level given twice": (
        ERISA,
        "level: external-review",
        "level: internal",
        ("the level internal is listed twice",),
    ),
    "an appellant given twice": (ERISA, "appellant: representative", "appellant: member", ("the appellant member",)),
    "no time when it is missed": (ERISA, "    missed: deemed-exhausted\n", "", ("decisions, decider or missed",)),
    "a decider for another person's level": (
        ERISA,
        "    forum: external-reviewer\n",
        "    forum: external-reviewer\n    missed: escalated\n",
        ("says how the plan decides", "forum: plan"),
    ),
    "a first level of another forum": (
        DISPUTE,
        "levels:\n",
        OUTSIDE_FIRST,
        ("the first level is not the plan's",),
    ),
    "a window in hours": (ERISA, "180 days", "180 hours", ("not counted in hours",)),
    "a presumption nothing counts from": (
        ERISA,
        "counted_from: receipt",
        "counted_from: notice",
        ("presumes receipt", "counted_from: receipt"),
    ),
    "an extension in months": (MEDICARE, "14 days", "14 months", ("an extension",)),
    "an expedited period without a standard one": (
        MEDICARE,
        "- subject: service\n        urgency: standard",
        "- subject: payment\n        urgency: expedited",
        ("service has no standard period",),
    ),
    "a reversal no person carries out in time": (
        DISPUTE,
        "      - subject: payment\n        within: 30 days",
        "      - subject: service\n        within: 30 days",
        ("when a reversed payment is carried out",),
    ),
    "a window for no person": (
        DISPUTE,
        "counted_from: notice\n",
        "counted_from: notice\n        appellants: [member]\n",
        ("no window for a contract-provider",),
    ),
    "a proof no person waits for": (
        ERISA,
        "    proof_within: 45 days\n",
        "",
        ("proofs and proof_within go together",),
    ),
    "a path for no person": (
        DISPUTE,
        "product_lines: [medicare-advantage, dual-snp]\n",
        "",
        ("neither product_lines",),
    ),
    "two paths for one denial": (
        NEW_YORK,
        "product_lines: [essential-plan, child-health-plus]",
        "product_lines: [commercial]",
        ("governs the same denials as commercial-erisa", "divide"),
    ),
    "a code that has ended": (CODES, 'carc: "193"', 'carc: "138"', ("CARC 138 was deactivated",)),
    "a code without its remark": (CODES, 'carc: "193", rarcs: [MA46, MA91]', 'carc: "96"', ("needs a remark",)),
    "an appellant without a remark": (CODES, "  member: N691\n", "", ("no remark for member",)),
}


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of policies/ that a test may spoil."""
    return Path(shutil.copytree(default_policies_dir(), tmp_path / "policies"))


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return load_reference(default_policies_dir())


@pytest.mark.parametrize("slip", SLIPS)
def test_each_slip_gets_one_clear_message(policies: Path, slip: str) -> None:
    name, old, new, fragments = SLIPS[slip]
    text = (policies / name).read_text(encoding="utf-8")
    assert old in text, f"the test expects {old!r} in {name}"
    (policies / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyDataError) as refused:
        load_reference(policies)
    message = str(refused.value)
    assert message.startswith("law/appeals/" if name != CODES else CODES), message
    assert "\n" not in message
    for fragment in fragments:
        assert fragment in message


def test_a_path_that_ends_leaves_room_for_its_successor(policies: Path) -> None:
    text = (policies / DISPUTE).read_text(encoding="utf-8")
    ended = text.replace("valid: {starts: 2024-01-01}", "valid: {starts: 2024-01-01, ends: 2026-01-01}")
    (policies / DISPUTE).write_text(ended, encoding="utf-8")
    (policies / "law/appeals/contract-dispute-2026.yaml").write_text(
        text.replace("valid: {starts: 2024-01-01}", "valid: {starts: 2026-01-01}"), encoding="utf-8"
    )
    paths = load_reference(policies).appeals.paths
    assert [path.dates.starts.year for path in paths if path.name == "contract-dispute"] == [2026, 2024]


@pytest.mark.parametrize(("product_line", "matter", "who"), list(product(ProductLine, Matter, Appellant)))
def test_every_denial_of_every_product_line_has_a_path_for_every_appellant(
    reference: ReferenceData, product_line: ProductLine, matter: Matter, who: Appellant
) -> None:
    paths = reference.appeals.paths_of(product_line, PlanId(PLANS[product_line]), matter, NOTICE)
    assert [path for path in paths if path.standing_of(who) is not None] != []


def test_every_level_of_the_plan_bars_who_was_involved(reference: ReferenceData) -> None:
    assert reference.appeals.paths
    for path in reference.appeals.paths:
        for level in path.levels:
            if level.forum is Forum.PLAN:
                assert level.decider is not None
                assert level.decider.not_involved, (path.name, level.name)


def test_payment_is_never_expedited(reference: ReferenceData) -> None:
    assert reference.appeals.paths
    for path in reference.appeals.paths:
        for level in path.levels:
            assert level.decision(Subject.PAYMENT, Urgency.EXPEDITED) is None, (path.name, level.name)


def test_what_authors_were_not_sure_of_is_on_the_list_of_doubts() -> None:
    doubts = {doubt.where.split(",")[0] for doubt in load_library(default_policies_dir()).doubts}
    assert {"law/appeals/ny-grievance.yaml", NEW_YORK, "law/appeals/dual-snp-integrated.yaml"} <= doubts


def test_a_path_built_on_another_has_its_appellants_and_levels_and_adds_its_own() -> None:
    paths = {path.name: path for path in load_reference(default_policies_dir()).appeals.paths}
    base, built = paths["medicaid-managed-care"], paths["ny-medicaid-managed-care"]
    assert built.standing == base.standing
    assert [level.name for level in built.levels] == ["plan-appeal", "fair-hearing", "external-appeal"]
    assert base.level("plan-appeal").next == ("fair-hearing",)
    assert built.level("plan-appeal").next == ("fair-hearing", "external-appeal")
    assert built.level("fair-hearing") == base.level("fair-hearing")


def test_a_path_built_on_another_may_pay_a_reversal_sooner_and_keeps_its_other_times() -> None:
    paths = {path.name: path for path in load_reference(default_policies_dir()).appeals.paths}
    base, built = (paths[name].level("plan-appeal") for name in ("medicaid-managed-care", "ny-medicaid-managed-care"))
    times = [{(e.subject, e.urgency): str(e.period) for e in level.effectuation} for level in (base, built)]
    changed = {key for key in times[0] if times[0][key] != times[1][key]}
    assert changed == {(Subject.PAYMENT, Urgency.STANDARD)}
    assert times[0].keys() == times[1].keys()
