"""Spine imaging with sufficient, missing or insufficient facts."""

from __future__ import annotations

from cli.demo import people
from cli.demo.expected import PAID, Line, denied, determined, pended
from cli.demo.maker import RED_FLAG, SPINE_TRIAL, TRIAL, Maker, line, revenue_line
from cli.demo.scenario import EVERY_PLAN, HUDSON, Scenario

MEDICARE = ("HUDSON-MA", "HUDSON-DSNP", "CASCADE-MA")
HOSPITAL_RATES = ("HUDSON-COMM", "HUDSON-EP", "HUDSON-CHP")


def _trial(m: Maker) -> None:
    m.claim(m.member(), [line(m.study)], determined(PAID), facts=TRIAL)


def _two_regions(m: Maker) -> None:
    """Bill two regions: a person prices the second study if the plan follows the Medicare fee schedule."""
    both_paid = determined(PAID, PAID)
    expected = pended("P-PRICE", "pricing.manual") if m.plan in MEDICARE else both_paid
    m.claim(m.member(), [line(m.study), line("72146")], expected, facts=SPINE_TRIAL)


def _thoracic(m: Maker) -> None:
    m.claim(m.member(), [line("72146")], determined(PAID), facts=TRIAL, diagnoses=["M54.14"])


def _red_flag(m: Maker) -> None:
    """The claim states the red flag itself: it waives nothing until a note with an author states it."""
    m.claim(m.member(), [line(m.study)], pended("P-DOC", "necessity.facts_missing"), facts=RED_FLAG)


def _hospital(m: Maker) -> None:
    """A plan without a schedule for hospitals never pays them by the schedule of physicians."""
    lines = [line("72148", revenue_code="0612")]
    expected = determined(PAID) if m.plan in HOSPITAL_RATES else pended("P-PRICE", "pricing.manual")
    m.claim(m.member(), lines, expected, facts=TRIAL, form="institutional", bill_type="131")


def _split(m: Maker) -> None:
    """The hospital bills the study, and the radiologist its reading a day later."""
    member = m.member()
    scan = [line("72148", revenue_code="0612")]
    m.claim(member, scan, determined(PAID), facts=TRIAL, form="institutional", bill_type="131")
    reading = [line("72148", "26", charge="240.00", service_date="2025-11-11")]
    radiologist = {"billing": people.RADIOLOGIST, "place_of_service": "22"}
    m.claim(member, reading, determined(PAID), facts=TRIAL, **radiologist)


def _two_centers(m: Maker) -> None:
    member = m.member()
    m.claim(member, [line("72148")], determined(PAID), facts=TRIAL)
    expected = pended("P-EDIT-OVR", "edits.component_elsewhere")
    m.claim(member, [line("72148")], expected, facts=TRIAL, billing=people.RADIOLOGIST)


def _hospital_patient(m: Maker) -> None:
    expected = pended("P-EDIT-OVR", "edits.technical_of_hospital")
    m.claim(m.member(), [line("72148")], expected, facts=TRIAL, place_of_service="22")


def _reduced(m: Maker) -> None:
    m.claim(m.member(), [line("72148", "52")], pended("P-PRICE", "pricing.manual"), facts=TRIAL)


def _charge_below_rate(m: Maker) -> None:
    paid_in_full = Line("approved", "pricing.rated")
    m.claim(m.member(), [line("72148", charge="100.00")], determined(paid_in_full), facts=TRIAL)


def _no_facts(m: Maker) -> None:
    m.claim(m.member(), [line(m.study)], pended("P-DOC", "necessity.facts_missing"))


def _contrast_by_revenue_code(m: Maker) -> None:
    """A hospital bills contrast and supplies by revenue code only; the plan pays them with the study."""
    supplies = [revenue_line("0255"), revenue_line("0270")]
    packaged = denied("edits.revenue_packaged", "97")
    lines = [line("72148", revenue_code="0612"), *supplies]
    m.claim(m.member(), lines, determined(PAID, packaged, packaged), facts=TRIAL, form="institutional", bill_type="131")


def _recovery_room(m: Maker) -> None:
    lines = [line("72148", revenue_code="0612"), revenue_line("0710")]
    expected = pended("P-PRICE", "edits.revenue_by_hand", ready=(1,))
    m.claim(m.member(), lines, expected, facts=TRIAL, form="institutional", bill_type="131")


def _some_facts(m: Maker) -> None:
    facts = {name: value for name, value in TRIAL.items() if name != "reeval.date"}
    m.claim(m.member(), [line("72148")], pended("P-DOC", "necessity.facts_missing"), facts=facts)


def _short_trial(m: Maker) -> None:
    facts = {**TRIAL, "tx.weeks": {"number": "3"}}
    m.claim(m.member(), [line(m.study)], pended("P-CLIN-N", "necessity.criteria_not_met"), facts=facts)


def _stale_trial(m: Maker) -> None:
    facts = {**TRIAL, "episode.onset_or_change_date": {"day": "2025-03-01"}, "tx.end": {"day": "2025-07-01"}}
    m.claim(m.member(), [line("72148")], pended("P-CLIN-N", "necessity.criteria_not_met"), facts=facts)


def _ct_without_reason(m: Maker) -> None:
    m.claim(m.member(), [line("72131")], pended("P-DOC", "necessity.facts_missing"), facts=TRIAL)


def _ct_contraindicated(m: Maker) -> None:
    facts = {**TRIAL, "mri.contraindicated": {"flag": True}}
    m.claim(m.member(), [line("72131")], determined(PAID), facts=facts)


def _no_rate(m: Maker) -> None:
    facts = {**TRIAL, "mri.contraindicated": {"flag": True}}
    m.claim(m.member(), [line("72132")], pended("P-PRICE", "pricing.manual"), facts=facts)


def _local_determination(m: Maker) -> None:
    """Medicare's contractor for the northwest has a local determination on lumbar MRI; its text is not loaded, so no later policy may decide."""
    m.claim(m.member(), [line("72148")], pended("P-POLICY", "necessity.no_policy_in_force"), facts=TRIAL)


def _one_line_in_question(m: Maker) -> None:
    """New York requires timely payment of the undisputed part; the angiography of the next day pends for a nurse."""
    lines = [line("72148"), line("72159", service_date="2025-11-11")]
    m.claim(m.member(), lines, pended("P-CLIN-N", "necessity.clinical_judgement", ready=(1,)), facts=TRIAL)


def _not_searched(m: Maker) -> None:
    """It was not searched whether a national or local determination covers angiography of the spine."""
    m.claim(m.member(), [line("72159")], pended("P-POLICY", "necessity.authority_not_searched"), facts=TRIAL)


def _contrast_twice(m: Maker) -> None:
    """72149 with 72148: lumbar with contrast bundles lumbar without, indicator 0."""
    lines = [line("72149"), line("72148")]
    m.claim(m.member(), lines, determined(PAID, denied("edits.ncci_pair", "236")), facts=TRIAL)


SCENARIOS = (
    Scenario(
        "Lumbar MRI after a failed six-week trial is paid at the contract rate",
        "S4-G01 to G08, S4-K02",
        _trial,
        EVERY_PLAN,
        7,
        explained=True,
    ),
    Scenario(
        "A clean study is paid at once while the angiography billed with it waits for a nurse",
        "NY Ins. Law 3224-a(b)",
        _one_line_in_question,
        explained=True,
    ),
    Scenario("Hospital supplies by revenue code are paid with the study", "837I SV201", _contrast_by_revenue_code),
    Scenario("A revenue code that the plan does not package is priced by a person", "837I SV201", _recovery_room),
    Scenario(
        "Two regions of one session are paid, or priced by a person where the fee schedule reduces the second",
        "S4-M01, A1 row 20",
        _two_regions,
        EVERY_PLAN,
        3,
    ),
    Scenario(
        "The hospital is paid for the study and the radiologist for the reading, each its part",
        "A1 PC/TC indicator 1",
        _split,
        HOSPITAL_RATES,
        explained=True,
    ),
    Scenario("The same study billed by two centers waits for a coder", "B1 step 3", _two_centers),
    Scenario(
        "The whole study of a hospital's patient on a professional claim waits for a coder",
        "42 CFR 411.15(m)",
        _hospital_patient,
        ("HUDSON-MA",),
    ),
    Scenario("A reduced study is priced by a person", "B1 step 15", _reduced),
    Scenario("Thoracic MRI with a thoracic diagnosis is paid", "S4-M01, X-08", _thoracic, EVERY_PLAN, 2),
    Scenario("A red flag that only the claim states waits for the note", "S4-R04, X-26", _red_flag, EVERY_PLAN, 3),
    Scenario("A hospital is paid by the schedule of hospitals, and by no other", "B1", _hospital, HUDSON, 1),
    Scenario("A charge below the rate is paid as charged, without CO-45", "B3 row 39", _charge_below_rate),
    Scenario("Imaging without any fact asks for the named documents", "S4-G02", _no_facts, EVERY_PLAN, 1),
    Scenario("One missing fact is asked for by name", "S4-G06", _some_facts, copies=2),
    Scenario(
        "A three-week trial goes to a nurse and is never denied by machine", "S4-G05", _short_trial, EVERY_PLAN, 1
    ),
    Scenario("A trial that ended too long ago goes to a nurse", "S4-G05", _stale_trial),
    Scenario("CT instead of MRI needs a documented reason", "S4-C01", _ct_without_reason),
    Scenario("CT is paid where MRI is contraindicated", "S4-C01", _ct_contraindicated, EVERY_PLAN, 1),
    Scenario("A line without a contract rate waits for manual pricing", "A1", _no_rate, ("BUCKEYE-MCD",), 2),
    Scenario(
        "A Medicare local determination whose text is not loaded comes before the plan's guideline",
        "42 CFR 422.101(b): L37281",
        _local_determination,
        ("CASCADE-MA",),
        explained=True,
    ),
    Scenario(
        "A code that was not searched in the Medicare determinations waits for the policy owner",
        "42 CFR 422.101(b)",
        _not_searched,
        ("HUDSON-MA",),
    ),
    Scenario("MRI with and without contrast of one region are bundled", "A2", _contrast_twice, copies=2),
)
