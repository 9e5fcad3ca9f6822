"""The spine MRS family: component edits, siblings across claims and billers, and lines that a physician must decide.

The same study gets another label under each policy (X-17), so the pend's outcome differs by plan.
"""

from __future__ import annotations

from typing import Any

from cli.demo import people
from cli.demo.expected import PAID, Pended, denied, determined, pended
from cli.demo.maker import TRIAL, Maker, line
from cli.demo.scenario import HUDSON, Scenario

FAMILY = ("0609T", "0610T", "0611T", "0612T")
EDITED_BY_MEDICARE = tuple(plan for plan in HUDSON if plan != "HUDSON-MCD")
DISCOGENIC = ["M51.360"]
EXPERIMENTAL = "necessity.experimental"
BY_PHYSICIAN = pended("P-CLIN-MD", EXPERIMENTAL)
ALONE = ("edits.family_waiting", EXPERIMENTAL)


def _study(m: Maker, expected: Pended) -> None:
    m.claim(m.member(), [line(code) for code in FAMILY], expected, diagnoses=DISCOGENIC)


def _experimental(m: Maker) -> None:
    _study(m, BY_PHYSICIAN)


def _not_necessary(m: Maker) -> None:
    _study(m, pended("P-CLIN-MD", "necessity.not_medically_necessary"))


def _not_loaded(m: Maker) -> None:
    _study(m, pended("P-POLICY", "necessity.referenced_policy_not_loaded"))


def _with_mri(m: Maker) -> None:
    """Spine MRI denies each of the four, indicator 0; the MRI itself is paid."""
    bundled = denied("edits.ncci_pair", "236", EXPERIMENTAL)
    lines = [line("72148"), *(line(code) for code in FAMILY)]
    expected = determined(PAID, bundled, bundled, bundled, bundled)
    m.claim(m.member(), lines, expected, facts=TRIAL, diagnoses=["M51.16"])


def _with_mri_and_59(m: Maker) -> None:
    lines = [line("72148"), line("0609T", "59")]
    m.claim(m.member(), lines, determined(PAID, denied("edits.ncci_pair", "236", EXPERIMENTAL)), facts=TRIAL)


def _without_medicaids_pairs(m: Maker) -> None:
    lines = [line("72148"), line("0609T")]
    m.claim(m.member(), lines, pended("P-POLICY", "edits.tables_not_loaded"), facts=TRIAL, diagnoses=DISCOGENIC)


def _mri_on_another_claim(m: Maker) -> None:
    member = m.member()
    m.claim(member, [line("72148")], determined(PAID), facts=TRIAL)
    m.claim(member, [line("0609T")], determined(denied("edits.ncci_pair", "236", EXPERIMENTAL)), diagnoses=DISCOGENIC)


def _modifier(m: Maker, code: str, modifier: str, *also: str) -> None:
    expected = determined(denied("edits.modifier_invalid", "4", *also))
    m.claim(m.member(), [line(code, modifier)], expected, diagnoses=DISCOGENIC)


def _technical(m: Maker) -> None:
    _modifier(m, "0609T", "TC", EXPERIMENTAL)


def _professional(m: Maker) -> None:
    _modifier(m, "0612T", "26", *ALONE)


def _co_surgeon(m: Maker) -> None:
    _modifier(m, "0610T", "62", *ALONE)


def _read_on_hospital_claim(m: Maker) -> None:
    lines = [line("0612T", revenue_code="0614")]
    expected = determined(denied("edits.units_exceeded", "151", *ALONE))
    m.claim(m.member(), lines, expected, form="institutional", bill_type="131", diagnoses=DISCOGENIC)


def _two_units(m: Maker) -> None:
    expected = determined(denied("edits.units_exceeded", "151", EXPERIMENTAL))
    m.claim(m.member(), [line("0609T", units="2")], expected, diagnoses=DISCOGENIC)


def _two_units_with_records(m: Maker) -> None:
    attachments = [{"control_number": f"SYN-DOC-{m.run}", "report_type": "RR", "transmission": "EL"}]
    expected = pended("P-EDIT-OVR", "edits.units_reviewable")
    m.claim(m.member(), [line("0609T", units="2")], expected, diagnoses=DISCOGENIC, attachments=attachments)


def _reduced(m: Maker) -> None:
    m.claim(m.member(), [line("0609T", "52")], pended("P-CLIN-N", "edits.reduced_acquisition"), diagnoses=DISCOGENIC)


def _orphan(m: Maker) -> None:
    m.claim(m.member(), [line("0611T")], pended("P-FAM", "edits.family_waiting"), diagnoses=DISCOGENIC)


def _hospital(m: Maker, member: Any) -> None:
    lines = [line("0609T", revenue_code="0614"), line("0610T", revenue_code="0614")]
    m.claim(member, lines, BY_PHYSICIAN, form="institutional", bill_type="131", diagnoses=DISCOGENIC)


def _radiologist(m: Maker, member: Any) -> None:
    fields: dict[str, Any] = {"billing": people.RADIOLOGIST, "place_of_service": "22", "diagnoses": DISCOGENIC}
    m.claim(member, [line("0612T")], BY_PHYSICIAN, **fields)


def _read_after_scan(m: Maker) -> None:
    member = m.member()
    _hospital(m, member)
    _radiologist(m, member)


def _read_before_scan(m: Maker) -> None:
    """The read waits for its siblings, is released when the scan arrives, and then pends for the physician only."""
    member = m.member()
    _radiologist(m, member)
    _hospital(m, member)


def _vendor_too(m: Maker) -> None:
    member = m.member()
    m.claim(member, [line(code) for code in FAMILY[:3]], BY_PHYSICIAN, diagnoses=DISCOGENIC)
    expected = pended("P-EDIT-OVR", "edits.component_elsewhere")
    m.claim(member, [line("0611T")], expected, billing=people.VENDOR, diagnoses=DISCOGENIC)


def _with_general(*modifiers: str) -> list[dict[str, Any]]:
    return [*(line(code) for code in FAMILY), line("76390", *modifiers)]


def _general_unmodified(m: Maker) -> None:
    """The bundled 76390 is decided; the family keeps the claim pended."""
    expected = pended("P-CLIN-MD", EXPERIMENTAL)
    m.claim(m.member(), _with_general(), expected, diagnoses=DISCOGENIC)


def _general_with_59(m: Maker) -> None:
    codes, outcomes = (
        {"P-CLIN-MD", "P-EDIT-OVR"},
        {EXPERIMENTAL, "edits.ncci_pair_bypass_review"},
    )
    expected = Pended(frozenset(codes), frozenset(outcomes))
    m.claim(m.member(), _with_general("59"), expected, diagnoses=DISCOGENIC)


def _brain(m: Maker) -> None:
    """The approval protects the line, but contractor-priced codes have no national fee; without a rate a person prices it."""
    member = m.member()
    number = m.authorization(member, "76390")
    expected = pended("P-PRICE", "pricing.manual")
    m.claim(member, [line("76390")], expected, authorization_number=number, diagnoses=["C71.9"])


def _brain_unauthorized(m: Maker) -> None:
    expected = determined(denied("authorization.missing", "197", "necessity.facts_missing"))
    m.claim(m.member(), [line("76390")], expected, diagnoses=["C71.9"])


def _brain_by_policy(m: Maker) -> None:
    """No authorization is required: the criteria of the policy decide, and only the price is open."""
    facts: dict[str, dict[str, Any]] = {
        "imaging.conventional_limited": {"flag": True},
        "mrs.neoplasm": {"flag": True},
        "study.body_site": {"code": "brain"},
    }
    m.claim(m.member(), [line("76390")], pended("P-PRICE", "pricing.manual"), diagnoses=["C71.9"], facts=facts)


def _brain_undocumented(m: Maker) -> None:
    m.claim(m.member(), [line("76390")], pended("P-DOC", "necessity.facts_missing"), diagnoses=["C71.9"])


def _cord_tumour(m: Maker) -> None:
    m.claim(m.member(), [line("0609T")], pended("P-CLIN-N", "edits.diagnosis_inconsistent"), diagnoses=["C72.0"])


SCENARIOS = (
    Scenario(
        "A whole MRS study under the New York policy waits for a physician",
        "S3-09",
        _experimental,
        HUDSON,
        explained=True,
    ),
    Scenario(
        "The same study under the Ohio guideline waits with another label",
        "S4-S12, X-17",
        _not_necessary,
        ("BUCKEYE-MCD",),
        2,
    ),
    Scenario(
        "The same study under the Medicare Advantage policy waits for a policy",
        "S2-08",
        _not_loaded,
        ("CASCADE-MA",),
        2,
    ),
    Scenario(
        "Spine MRI with MRS: MRI paid, all four components bundled",
        "X-44, A2",
        _with_mri,
        EDITED_BY_MEDICARE,
        2,
        explained=True,
    ),
    Scenario("No modifier opens the MRI and MRS pair", "A2 indicator 0", _with_mri_and_59, EDITED_BY_MEDICARE),
    Scenario(
        "Spine MRI with MRS under Medicaid waits until Medicaid's own pairs are loaded",
        "Medicaid NCCI",
        _without_medicaids_pairs,
        ("HUDSON-MCD", "BUCKEYE-MCD"),
    ),
    Scenario("The pair is found across claims of one provider", "A2", _mri_on_another_claim, copies=2),
    Scenario("TC on the family is a coding error", "S0-MTC, X-05", _technical, copies=2),
    Scenario("26 on the family is a coding error", "S0-MTC, X-05", _professional),
    Scenario("A co-surgeon has no place on imaging", "S0-M62, X-12", _co_surgeon),
    Scenario("The read on a hospital outpatient claim meets a limit of zero", "A1 MUE 0", _read_on_hospital_claim),
    Scenario("Two units of the acquisition exceed the daily limit", "A1 MUE 1", _two_units),
    Scenario("Units with records announced wait for a coder", "A1 MAI 3", _two_units_with_records),
    Scenario("A reduced acquisition waits for a nurse", "S0-M52", _reduced),
    Scenario("Software analysis alone waits for its siblings", "A5 pattern 5", _orphan, copies=2),
    Scenario("Hospital scans, radiologist reads later", "A5 pattern 1", _read_after_scan),
    Scenario(
        "The read arrives before the scan and is resumed by it",
        "A5 pattern 1",
        _read_before_scan,
        copies=2,
        explained=True,
    ),
    Scenario("Vendor and center both bill the analysis", "A5 pattern 4", _vendor_too, copies=2),
    Scenario("General spectroscopy with the family is bundled", "A5 pattern 6", _general_unmodified),
    Scenario("A modifier on it needs proof of distinct anatomy", "A5 pattern 6", _general_with_59),
    Scenario("Authorized brain spectroscopy waits for a price", "A1: no national fee", _brain, ("HUDSON-MA",)),
    Scenario(
        "Brain spectroscopy without authorization is denied 197 where the plan requires one",
        "B3 row 22",
        _brain_unauthorized,
        ("HUDSON-MA",),
    ),
    Scenario(
        "Brain spectroscopy that meets the policy needs no authorization elsewhere",
        "S3-P2, 6.01.03 criteria",
        _brain_by_policy,
        ("HUDSON-COMM", "HUDSON-EP", "HUDSON-MCD", "HUDSON-DSNP"),
    ),
    Scenario("Undocumented brain spectroscopy waits for its documents", "unknown is never no", _brain_undocumented),
    Scenario("A cord tumour on a disc code waits for a nurse", "X-13", _cord_tumour),
)
