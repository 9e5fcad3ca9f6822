"""The medical policies at work: condition sections, exclusions, conflicts of evidence, and the reviewers required."""

from __future__ import annotations

from typing import Any

from cli.demo.expected import PAID, determined, pended
from cli.demo.maker import RED_FLAG, TRIAL, Maker, line
from cli.demo.scenario import EVERY_PLAN, HUDSON, Scenario

NOT_NECESSARY = pended("P-CLIN-MD", "necessity.not_medically_necessary")
CONTRADICTED = pended("P-CLIN-N", "necessity.facts_contradict")
CODER = "P-EDIT-OVR"


def _without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in TRIAL.items() if name not in names}


def _myelopathy(m: Maker) -> None:
    facts = _without("tx.weeks", "tx.end", "tx.outcome", "reeval.date")
    facts |= {"indication": {"code": "myelopathy"}, "myelopathy.suspected": {"flag": True}}
    m.claim(m.member(), [line("72141")], determined(PAID), facts=facts, diagnoses=["M50.20"])


def _improving(m: Maker) -> None:
    m.claim(m.member(), [line(m.study)], NOT_NECESSARY, facts={**TRIAL, "episode.trend": {"code": "improving"}})


def _positional(m: Maker) -> None:
    m.claim(m.member(), [line("72148")], NOT_NECESSARY, facts={**TRIAL, "technique": {"code": "positional"}})


def _red_flag_against_screening(m: Maker) -> None:
    """One note found every red flag absent, another suspects cauda equina: a conflict, never a no."""
    facts = {**RED_FLAG, "redflag.none_found": {"flag": True}}
    m.claim(m.member(), [line("72148")], CONTRADICTED, facts=facts)


def _no_section(m: Maker) -> None:
    facts = {**TRIAL, "indication": {"code": "other"}}
    expected = pended("P-CLIN-N", "necessity.clinical_judgement")
    m.claim(m.member(), [line("72141")], expected, facts=facts, diagnoses=["M54.2"])


def _myelogram(m: Maker) -> None:
    m.claim(m.member(), [line("72265")], pended(CODER, "necessity.not_separate"), facts=TRIAL)


def _discography(m: Maker) -> None:
    facts = {**TRIAL, "indication": {"code": "post-discography"}}
    m.claim(m.member(), [line("72132")], pended(CODER, "necessity.policy_coding"), facts=facts)


SCENARIOS = (
    Scenario("Suspected myelopathy needs no trial of treatment", "S4-K03", _myelopathy, HUDSON),
    Scenario("Imaging of pain that gets better goes to a physician", "S4-G09", _improving, EVERY_PLAN),
    Scenario("Positional MRI is not medically necessary, says a physician", "S4-S11", _positional, HUDSON),
    Scenario("A red flag against a screening without one is a conflict", "S4-R04", _red_flag_against_screening),
    Scenario("A condition without a section: past the gates a nurse decides", "S4-open", _no_section, EVERY_PLAN),
    Scenario("A myelogram code is never authorised apart", "S4-Y04, X-33", _myelogram, copies=2),
    Scenario("CT after discography is coded without contrast", "S4-D01, X-35", _discography),
)
