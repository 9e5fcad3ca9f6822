"""Codes, diagnoses, duplicates, contract exclusions, and dates that no loaded table covers."""

from __future__ import annotations

from cli.demo import people
from cli.demo.expected import PAID, Line, denied, determined, pended
from cli.demo.maker import TRIAL, Maker, line
from cli.demo.scenario import EVERY_PLAN, Scenario
from cli.demo.scenarios.before_release import next_year_approved

SPECTROSCOPY = {"technique": {"code": "mr-spectroscopy"}}
MISSING = "necessity.facts_missing"


def _discontinued_procedure(m: Maker) -> None:
    lines = [line("72148", "53", revenue_code="0612")]
    expected = determined(denied("edits.modifier_invalid", "4"))
    m.claim(m.member(), lines, expected, facts=TRIAL, form="institutional", bill_type="131")


def _half_a_study(m: Maker) -> None:
    expected = determined(denied("edits.units_not_whole", "16"))
    m.claim(m.member(), [line("72148", units="0.5")], expected, facts=TRIAL)


def _unknown_modifier(m: Maker) -> None:
    m.claim(m.member(), [line("72148", "QZ")], pended("P-EDIT-OVR", "edits.modifier_unknown"), facts=TRIAL)


def _unlisted_specific(m: Maker) -> None:
    lines = [line("76498", description="SPECTROSCOPY OF LUMBAR DISCS")]
    expected = determined(denied("edits.unlisted_specific_exists", "189", MISSING))
    m.claim(m.member(), lines, expected, facts=SPECTROSCOPY, diagnoses=["M51.360"])


def _unlisted_bare(m: Maker) -> None:
    expected = determined(denied("edits.unlisted_description_missing", "16", MISSING))
    m.claim(m.member(), [line("76498")], expected, diagnoses=["M51.360"])


def _unlisted_other(m: Maker) -> None:
    lines = [line("76498", description="WHOLE BODY STUDY")]
    m.claim(m.member(), lines, pended("P-EDIT-OVR", "edits.unlisted_review"), diagnoses=["M51.360"])


def _header_diagnosis(m: Maker) -> None:
    expected = determined(denied("edits.diagnosis_invalid", "146"))
    m.claim(m.member(), [line("72148")], expected, facts=TRIAL, diagnoses=["M48.06"])


def _split_diagnosis(m: Maker) -> None:
    expected = determined(denied("edits.diagnosis_invalid", "146"))
    m.claim(m.member(), [line("72148")], expected, facts=TRIAL, diagnoses=["M51.36"])


def _unpointed_diagnosis(m: Maker) -> None:
    """An invalid diagnosis is on the claim, but no line points at it."""
    m.claim(m.member(), [line("72148")], determined(PAID), facts=TRIAL, diagnoses=["M51.16", "M48.06"])


def _excluded(m: Maker) -> None:
    m.claim(m.member(), [line("72159")], determined(denied("benefit.excluded", "204", group="PR")), facts=TRIAL)


def _quantitative(m: Maker) -> None:
    facts = {
        "study.body_site": {"code": "spine"},
        "quantitative.guideline": {"flag": False},
        "trial.approved": {"flag": False},
    }
    m.claim(m.member(), [line("0648T")], pended("P-CLIN-MD", "necessity.experimental"), facts=facts)


def _out_of_scope(m: Maker) -> None:
    m.claim(m.member(), [line("C8931")], pended("P-EDIT-OVR", "edits.code_out_of_scope"))


def _contrast_and_visit(m: Maker) -> None:
    """Another system decides contrast, drug and visit: these lines delay nothing, and the study is paid."""
    lines = [line(m.study), line("A9579"), line("99284", "25"), line("J2250")]
    elsewhere = Line("not-adjudicated", "scope.not_adjudicated")
    m.claim(m.member(), lines, determined(PAID, elsewhere, elsewhere, elsewhere), facts=TRIAL)


def _before_plan_terms(m: Maker) -> None:
    lines = [line("0609T", service_date="2020-03-02")]
    member = m.member((m.plan, "2018-01-01", None))
    m.claim(member, lines, pended("P-POLICY", "eligibility.plan_not_loaded"), diagnoses=["M51.16"])


def _next_year_family(m: Maker) -> None:
    lines = [line("0609T", service_date="2026-03-02")]
    m.claim(m.member(), lines, pended("P-POLICY", "edits.code_unverified"), diagnoses=["M51.360"])


def _next_year_rendering(m: Maker) -> None:
    lines = [line("72148", service_date="2026-03-02"), line("76376", service_date="2026-03-02")]
    m.claim(m.member(), lines, pended("P-POLICY", "edits.tables_not_loaded"), facts=TRIAL)


def _before_the_policy(m: Maker) -> None:
    lines = [line(code, service_date="2025-03-10") for code in ("0609T", "0610T", "0611T", "0612T")]
    expected = pended("P-POLICY", "necessity.no_policy_in_force")
    m.claim(m.member(), lines, expected, diagnoses=["M51.360"], first_filed_on="2025-04-15")


def _same_service_twice(m: Maker) -> None:
    member = m.member()
    m.claim(member, [line("72148")], determined(PAID), facts=TRIAL)
    expected = determined(denied("edits.duplicate", "18", "edits.units_exceeded", group="OA"))
    m.claim(member, [line("72148")], expected, facts=TRIAL)


def _suspected_duplicate(m: Maker) -> None:
    """The same service with another charge is a suspected duplicate, and not paid twice."""
    member = m.member()
    m.claim(member, [line("72148")], determined(PAID), facts=TRIAL)
    expected = pended("P-EDIT-OVR", "edits.suspected_duplicate")
    m.claim(member, [line("72148", charge="1500.00")], expected, facts=TRIAL)


def _laboratory_modifier(m: Maker) -> None:
    """A laboratory modifier is invalid on imaging, and bypasses no NCCI pair."""
    lines = [line("72156"), line("72142", "91")]
    also = ("edits.ncci_pair",)
    m.claim(m.member(), lines, determined(PAID, denied("edits.modifier_invalid", "4", *also)), facts=TRIAL)


def _contradictory(m: Maker) -> None:
    m.claim(m.member(), [line("72148", "26", "TC")], determined(denied("edits.modifiers_contradict", "4")), facts=TRIAL)


def _hospital_reads(m: Maker) -> None:
    lines = [line("72148", "26", revenue_code="0612")]
    expected = pended("P-EDIT-OVR", "edits.reading_on_hospital_claim")
    m.claim(m.member(), lines, expected, facts=TRIAL, form="institutional", bill_type="131")


def _excluded_by_law(m: Maker) -> None:
    m.claim(m.member(), [line("72148", "GY")], determined(denied("edits.stated_excluded", "96")), facts=TRIAL)


def _biller_expects_denial(m: Maker) -> None:
    m.claim(m.member(), [line("72148", "GZ")], pended("P-CLIN-N", "necessity.stated_not_necessary"), facts=TRIAL)


def _informational_modifiers(m: Maker) -> None:
    m.claim(m.member(), [line("72148", "KX", "GC")], determined(PAID), facts=TRIAL)


def _therapist_reads(m: Maker) -> None:
    therapist = people.provider(100000007, "225100000X")
    expected = determined(denied("edits.reader_not_qualified", "8"))
    m.claim(m.member(), [line("72148", "26", charge="240.00")], expected, facts=TRIAL, rendering=therapist)


def _no_such_taxonomy(m: Maker) -> None:
    """The biller's taxonomy code is in no code set; the reader's is that of a psychiatrist."""
    biller = pended("P-EDIT-OVR", "edits.billing_taxonomy")
    reader = pended("P-EDIT-OVR", "edits.rendering_taxonomy")
    unknown = people.provider(100000009, "206E00000X")
    m.claim(m.member(), [line("72148")], biller, facts=TRIAL, billing=unknown)
    psychiatrist = people.provider(100000007, "2084P0800X")
    m.claim(m.member(), [line("72148", "26", charge="240.00")], reader, facts=TRIAL, rendering=psychiatrist)


def _newborn(m: Maker) -> None:
    """A diagnosis of newborns on a member born in 1970."""
    expected = pended("P-EDIT-OVR", "edits.diagnosis_age")
    m.claim(m.member(), [line("72148")], expected, facts=TRIAL, diagnoses=["P11.5"])


def _other_sex(m: Maker) -> None:
    """A diagnosis of the prostate on a member whom enrollment reports as female, on a date when the code editor checked it."""
    expected = pended("P-EDIT-OVR", "edits.diagnosis_sex")
    study = [line("72148", service_date="2024-08-05")]
    m.claim(m.member(sex="female"), study, expected, facts=TRIAL, diagnoses=["N40.1"], first_filed_on="2024-08-20")


SCENARIOS = (
    Scenario("A stopped procedure has another modifier on a hospital claim", "S0-M53", _discontinued_procedure),
    Scenario("Half of a study is denied 16 with M53", "C1 SV104", _half_a_study),
    Scenario("A modifier we do not know waits for a coder", "S0-M22", _unknown_modifier),
    Scenario("An unlisted code where a specific one exists is denied 189", "A4, B3 row 21", _unlisted_specific),
    Scenario("An unlisted code without description is denied 16 with N350", "C1 SV101-7", _unlisted_bare),
    Scenario("Any other unlisted code waits for a coder", "S4-S10", _unlisted_other),
    Scenario("A header diagnosis is not billable", "X-07", _header_diagnosis),
    Scenario("A diagnosis that was split is invalid afterwards", "1d, FY2025", _split_diagnosis, copies=2),
    Scenario("A diagnosis no line points at does no harm", "C1 SV107", _unpointed_diagnosis),
    Scenario("A contract exclusion stops the medical policy", "S3-P1", _excluded, ("HUDSON-EP",), 2),
    Scenario("Quantitative MR of the spine waits for a physician", "S4-S06", _quantitative),
    Scenario("A code outside our tables waits for a coder", "unknown is never no", _out_of_scope),
    Scenario("Another system decides the other lines of the claim", "scope", _contrast_and_visit, EVERY_PLAN),
    Scenario("A date before the plan's terms waits for the policy owner", "gap is an error", _before_plan_terms),
    Scenario("The spine MRS codes of 2026 wait until the code file is loaded", "X-45", _next_year_family, copies=2),
    Scenario("One study on a day of 2026 is decided, since no pair can apply", "A2: quarterly", next_year_approved),
    Scenario("A pair in 2026 waits until the edit tables are loaded", "A2: quarterly", _next_year_rendering),
    Scenario("A service before the policy waits for the policy owner", "two time axes", _before_the_policy),
    Scenario(
        "The same service under another control number is denied OA-18", "B3 row 2", _same_service_twice, copies=3
    ),
    Scenario("The same service with another charge waits for a coder", "B1 step 3", _suspected_duplicate),
    Scenario("A laboratory modifier opens no pair of imaging codes", "NCCI manual I.E", _laboratory_modifier),
    Scenario("Both part modifiers on one line contradict each other", "A1 PC/TC", _contradictory),
    Scenario("A reading on a hospital's claim waits for a coder", "A1 PC/TC", _hospital_reads),
    Scenario("A service that the biller states as excluded by law is not paid", "GY", _excluded_by_law, ("HUDSON-MA",)),
    Scenario("A denial that the biller expects is a clinician's to make", "GZ", _biller_expects_denial),
    Scenario("Informational modifiers need no coder", "HCPCS modifiers", _informational_modifiers),
    Scenario("A reading by a physical therapist is denied 8", "NUCC group 22", _therapist_reads),
    Scenario("A taxonomy that no code set has, or of another specialty, waits for a coder", "X-11", _no_such_taxonomy),
    Scenario("A diagnosis of another age waits for a coder", "code editor, age", _newborn),
    Scenario("A diagnosis of the other sex waits for a coder", "S2", _other_sex),
)
