"""Every outcome a step can reach, by name. policies/workflow/outcomes.yaml gives each its reason codes and label.

A test holds that the two lists agree. Grouped by step; the comment names the pend code of outcomes that pend.
"""

from __future__ import annotations

from typing import Final

from adjudication.model.vocabulary import OutcomeCode

# Whole claim
REPLACEMENT_CHAIN: Final = OutcomeCode("intake.replacement_chain")  # P-CHAIN: frequency 7 or 8
CHAIN_ACCEPTED: Final = OutcomeCode("chain.accepted")
ORIGINAL_NOT_FINAL: Final = OutcomeCode("chain.original_not_final")  # refused after the wait
NUMBER_UNKNOWN: Final = OutcomeCode("chain.number_unknown")  # refused after the wait
ORIGINAL_DENIED: Final = OutcomeCode("chain.original_denied")
ALREADY_CHANGED: Final = OutcomeCode("chain.already_changed")  # replaced or voided before
NOT_CHANGEABLE: Final = OutcomeCode("chain.not_changeable")  # a void, or the claim itself
OTHER_MEMBER: Final = OutcomeCode("chain.other_member")
OTHER_BILLER: Final = OutcomeCode("chain.other_biller")
REPLACED: Final = OutcomeCode("chain.replaced")  # of the claim taken back
VOIDED: Final = OutcomeCode("chain.voided")  # of the claim taken back
VOID_CARRIED_OUT: Final = OutcomeCode("chain.void_carried_out")  # of the void itself
STEP_FAILED: Final = OutcomeCode("system.step_failed")  # P-SYS: a step raised on this claim only

# Eligibility
COVERAGE_ACTIVE: Final = OutcomeCode("eligibility.active")
MEMBER_UNKNOWN: Final = OutcomeCode("eligibility.member_unknown")  # P-ELIG: the feed may be behind
IDENTITY_MISMATCH: Final = OutcomeCode("eligibility.identity_mismatch")  # P-ELIG
PERSON_AMBIGUOUS: Final = OutcomeCode("eligibility.person_ambiguous")  # P-ELIG: the records fit several persons
COVERAGE_OVERLAP: Final = OutcomeCode("eligibility.overlap")  # P-ELIG: two plans on one date
PLAN_NOT_LOADED: Final = OutcomeCode("eligibility.plan_not_loaded")  # P-POLICY
BEFORE_COVERAGE: Final = OutcomeCode("eligibility.before_coverage")
AFTER_TERMINATION: Final = OutcomeCode("eligibility.after_termination")
COVERAGE_LAPSE: Final = OutcomeCode("eligibility.lapse")
BENEFIT_EXCLUDED: Final = OutcomeCode("benefit.excluded")

# Scope
OUTSIDE_SCOPE: Final = OutcomeCode("scope.not_adjudicated")  # decided by another system of the payer

# Coordination of benefits
SECONDARY_TO_US: Final = OutcomeCode("coordination.other_is_secondary")
AFTER_PRIOR_PAYER: Final = OutcomeCode("coordination.after_prior_payer")  # priced as secondary
PRIMARY_NOT_RECEIVED: Final = OutcomeCode(
    "coordination.primary_not_told"
)  # P-COB: no adjudication of the primary payer
ORDER_UNKNOWN: Final = OutcomeCode("coordination.order_unknown")  # P-COB: the order of payers is not settled
PAYER_CONTRADICTS: Final = OutcomeCode("coordination.contradicts")  # P-COB: claim and coverage feed do not agree
PRIMARY_RULES_NOT_FOLLOWED: Final = OutcomeCode("coordination.primary_rules_not_followed")  # P-COB
PRIMARY_DENIED: Final = OutcomeCode("coordination.primary_denied")  # P-COB: the primary payer allowed nothing
PRIMARY_UNCLEAR: Final = OutcomeCode("coordination.primary_unclear")  # P-COB: its decision on the line is unclear

DUE_TO_EMPLOYMENT: Final = OutcomeCode("coordination.due_to_employment")  # P-COB
DUE_TO_AUTO_ACCIDENT: Final = OutcomeCode("coordination.due_to_auto_accident")  # P-COB
DUE_TO_OTHER_ACCIDENT: Final = OutcomeCode("coordination.due_to_other_accident")  # P-COB
READING_AFTER_END: Final = OutcomeCode("eligibility.reading_after_end")  # P-ELIG: its study may be of a covered day
OTHER_PAYER_STATED: Final = OutcomeCode("coordination.other_payer_stated")  # P-COB: a code of the claim names one
ORIGINAL_MEDICARE_PAYS: Final = OutcomeCode("coordination.original_medicare")  # P-COB: hospice, clinical trials

# Provider, where the plan keeps a roster
PROVIDER_CONTRACTED: Final = OutcomeCode("provider.contracted")
PROVIDER_NOT_CONTRACTED: Final = OutcomeCode("provider.not_contracted")  # informs only
PROVIDER_NOT_ON_ROSTER: Final = OutcomeCode("provider.not_on_roster")  # P-PROV: the feed may be behind
PROVIDER_INVESTIGATED: Final = OutcomeCode("provider.under_investigation")  # P-SIU: until the case is closed

# Timely filing
FILED_LATE: Final = OutcomeCode("filing.late")
FILING_CAUSE_STATED: Final = OutcomeCode("filing.cause_stated")  # P-FILING: late, with a reason to be judged
FILING_UNSURE: Final = OutcomeCode("filing.limit_unsure")  # P-FILING: the limit depends on an unknown fact
CORRECTED_LATE: Final = OutcomeCode("filing.corrected_late")  # P-FILING: a replacement long after its original
ADDED_LATE: Final = OutcomeCode("filing.added_late")  # P-FILING: a replacement adds a service after the limit

# Prior authorization
AUTHORIZATION_NOT_REQUIRED: Final = OutcomeCode("authorization.not_required")
AUTHORIZATION_EMERGENCY: Final = OutcomeCode("authorization.emergency")
AUTHORIZATION_EXCEPTED: Final = OutcomeCode("authorization.excepted")  # by the plan, for a circumstance
AUTHORIZATION_READING_LATER: Final = OutcomeCode(
    "authorization.reading_later"
)  # P-AUTH: its study may be inside the dates
AUTHORIZATION_REQUEST_DENIED: Final = OutcomeCode("authorization.request_denied")  # P-AUTH: none was needed
AUTHORIZATION_CIRCUMSTANCE: Final = OutcomeCode("authorization.circumstance")  # P-AUTH: whether a request was possible
AUTHORIZATION_APPROVED: Final = OutcomeCode("authorization.approved")
AUTHORIZATION_MISSING: Final = OutcomeCode("authorization.missing")
AUTHORIZATION_EXPIRED: Final = OutcomeCode("authorization.expired")
AUTHORIZATION_EXHAUSTED: Final = OutcomeCode("authorization.units_exhausted")
AUTHORIZATION_DENIED_EARLIER: Final = OutcomeCode("authorization.denied_earlier")
AUTHORIZATION_PENDING: Final = OutcomeCode("authorization.pending")  # P-AUTH
AUTHORIZATION_UNKNOWN: Final = OutcomeCode("authorization.number_unknown")  # P-AUTH: the feed may be behind
AUTHORIZATION_OTHER_SERVICE: Final = OutcomeCode("authorization.other_service")  # P-AUTH
AUTHORIZATION_UNCOUNTABLE: Final = OutcomeCode("authorization.units_uncountable")  # P-AUTH
AUTHORIZATION_OTHER_PROVIDER: Final = OutcomeCode("authorization.other_provider")  # P-AUTH
AUTHORIZATION_UNCLEAR_PERSON: Final = OutcomeCode(
    "authorization.unclear_person"
)  # P-AUTH: for which person of the family?

# Component edits
EDITS_CLEAN: Final = OutcomeCode("edits.clean")
CODE_OUT_OF_SCOPE: Final = OutcomeCode("edits.code_out_of_scope")  # P-EDIT-OVR: not a code we hold tables for
CODE_NOT_IN_FORCE: Final = OutcomeCode("edits.code_not_in_force")
CODE_UNVERIFIED: Final = OutcomeCode("edits.code_unverified")  # P-POLICY: the year's code file is not loaded
TABLES_NOT_LOADED: Final = OutcomeCode("edits.tables_not_loaded")  # P-POLICY: no pair/unit table for the date
MODIFIER_INVALID: Final = OutcomeCode("edits.modifier_invalid")
MODIFIER_UNKNOWN: Final = OutcomeCode("edits.modifier_unknown")  # P-EDIT-OVR
MODIFIERS_CONTRADICT: Final = OutcomeCode("edits.modifiers_contradict")
READING_ON_HOSPITAL_CLAIM: Final = OutcomeCode("edits.reading_on_hospital_claim")  # P-EDIT-OVR: 26 on an 837I
TECHNICAL_OF_HOSPITAL: Final = OutcomeCode("edits.technical_of_hospital")  # P-EDIT-OVR: the hospital bills it
PLACE_WITHOUT_SCANNER: Final = OutcomeCode("edits.place_without_scanner")  # P-EDIT-OVR: no scan is made there
REVENUE_OTHER_IMAGING: Final = OutcomeCode(
    "edits.revenue_other_imaging"
)  # P-EDIT-OVR: a revenue code of another kind of imaging
STATED_EXCLUDED: Final = OutcomeCode("edits.stated_excluded")  # GY, GX; P-EDIT-OVR outside Medicare
STATED_NOT_NECESSARY: Final = OutcomeCode("necessity.stated_not_necessary")  # P-CLIN-N: GZ
STATED_NOTICE: Final = OutcomeCode("edits.stated_notice")  # GA: who is liable if the line is denied
INCREASED_WORK: Final = OutcomeCode("edits.increased_work")  # 22: noted; priced as without it
INCREASED_WORK_SHOWN: Final = OutcomeCode("edits.increased_work_shown")  # P-PRICE: 22, and records show more work
REDUCED_ACQUISITION: Final = OutcomeCode("edits.reduced_acquisition")  # P-CLIN-N: 0609T with 52 or too few discs
PAIR: Final = OutcomeCode("edits.ncci_pair")
PAIR_BYPASSED: Final = OutcomeCode("edits.ncci_pair_bypassed")
PAIR_BYPASS_REVIEW: Final = OutcomeCode("edits.ncci_pair_bypass_review")  # P-EDIT-OVR: family with 76390
PAIR_PAID_EARLIER: Final = OutcomeCode("edits.ncci_pair_paid_earlier")  # P-EDIT-OVR: column 2 approved elsewhere
PAIR_UNDECIDED: Final = OutcomeCode("edits.ncci_pair_undecided")  # P-SYS: tried again once column 2 is decided
UNITS_NOT_WHOLE: Final = OutcomeCode("edits.units_not_whole")
UNITS_EXCEEDED: Final = OutcomeCode("edits.units_exceeded")
UNITS_REVIEWABLE: Final = OutcomeCode("edits.units_reviewable")  # P-EDIT-OVR: MAI 3 with records announced
UNITS_NOT_SUPPORTED: Final = OutcomeCode("edits.units_not_supported")  # a clinician, who read those records
REVENUE_PACKAGED: Final = OutcomeCode("edits.revenue_packaged")
REVENUE_BY_HAND: Final = OutcomeCode("edits.revenue_by_hand")  # P-PRICE: the plan does not package it
FAMILY_WAITING: Final = OutcomeCode("edits.family_waiting")  # P-FAM: siblings may still arrive
FAMILY_ORPHAN: Final = OutcomeCode("edits.family_orphan")
COMPONENT_ELSEWHERE: Final = OutcomeCode("edits.component_elsewhere")  # P-EDIT-OVR: another biller has it
SEVERAL_DAYS: Final = OutcomeCode("edits.several_days")  # P-EDIT-OVR: a line that covers more than one day
DUPLICATE: Final = OutcomeCode("edits.duplicate")
PATIENT_UNCLEAR: Final = OutcomeCode("edits.patient_unclear")  # P-PERSON: other claims may be another's
SUSPECTED_DUPLICATE: Final = OutcomeCode(
    "edits.suspected_duplicate"
)  # P-EDIT-OVR: equal in most properties, but not in all
UNLISTED_SPECIFIC_EXISTS: Final = OutcomeCode("edits.unlisted_specific_exists")
UNLISTED_REVIEW: Final = OutcomeCode("edits.unlisted_review")  # P-EDIT-OVR
UNLISTED_DESCRIPTION_MISSING: Final = OutcomeCode("edits.unlisted_description_missing")
READER_NOT_QUALIFIED: Final = OutcomeCode("edits.reader_not_qualified")
DIAGNOSIS_UNKNOWN: Final = OutcomeCode("edits.diagnosis_unknown")  # P-EDIT-OVR: the code set of the day lacks it
AFTER_DEATH: Final = OutcomeCode("edits.after_death")  # P-EDIT-OVR: the claim states a death before the service
ASSIGNMENT_REFUSED: Final = OutcomeCode("edits.assignment_refused")  # P-EDIT-OVR: the program pays no such provider
BENEFITS_NOT_ASSIGNED: Final = OutcomeCode("edits.benefits_not_assigned")  # P-EDIT-OVR: the member may have to be paid
DIAGNOSIS_NOT_FIRST: Final = OutcomeCode("edits.diagnosis_not_first")  # P-EDIT-OVR: a code that never stands first
ORDERER_NOT_ELIGIBLE: Final = OutcomeCode("edits.orderer_not_eligible")  # denied for Medicare, else P-EDIT-OVR
ORDERER_UNKNOWN: Final = OutcomeCode("edits.orderer_unknown")  # P-EDIT-OVR: not named, or of an unknown type
BILLING_TAXONOMY: Final = OutcomeCode("edits.billing_taxonomy")  # P-EDIT-OVR: a code that is in no code set
RENDERING_TAXONOMY: Final = OutcomeCode("edits.rendering_taxonomy")  # P-EDIT-OVR: in no code set, or another specialty
DIAGNOSIS_AGE: Final = OutcomeCode("edits.diagnosis_age")  # P-EDIT-OVR
DIAGNOSIS_SEX: Final = OutcomeCode("edits.diagnosis_sex")  # P-EDIT-OVR
DIAGNOSIS_INVALID: Final = OutcomeCode("edits.diagnosis_invalid")
DIAGNOSIS_INCONSISTENT: Final = OutcomeCode("edits.diagnosis_inconsistent")  # P-CLIN-N
DIAGNOSIS_NOT_SUPPORTED: Final = OutcomeCode("edits.diagnosis_not_supported")  # denied by a clinician after review

# Medical necessity: adverse outcomes only ever pend here
NECESSITY_MET: Final = OutcomeCode("necessity.met")
NECESSITY_PROTECTED: Final = OutcomeCode("necessity.protected_by_authorization")
NECESSITY_FACTS_MISSING: Final = OutcomeCode("necessity.facts_missing")  # P-DOC
RECORDS_UNREAD: Final = OutcomeCode("necessity.records_unread")  # P-CLIN-N
FACTS_CONTRADICT: Final = OutcomeCode("necessity.facts_contradict")  # P-CLIN-N
DOCUMENTS_NOT_RECEIVED: Final = OutcomeCode("necessity.documents_not_received")  # an examiner, after the deadline
RECORDS_NOT_RECEIVED: Final = OutcomeCode("necessity.records_not_received")  # a clinician, where a record is clinical
NECESSITY_CRITERIA_NOT_MET: Final = OutcomeCode("necessity.criteria_not_met")  # P-CLIN-N
NECESSITY_JUDGMENT: Final = OutcomeCode("necessity.clinical_judgement")  # P-CLIN-N
NOT_MEDICALLY_NECESSARY: Final = OutcomeCode("necessity.not_medically_necessary")  # P-CLIN-MD
EXPERIMENTAL: Final = OutcomeCode("necessity.experimental")  # P-CLIN-MD
NOT_REASONABLE_AND_NECESSARY: Final = OutcomeCode("necessity.not_reasonable_and_necessary")  # P-CLIN-MD
REFERENCED_POLICY_NOT_LOADED: Final = OutcomeCode("necessity.referenced_policy_not_loaded")  # P-POLICY
NOT_SEPARATE: Final = OutcomeCode("necessity.not_separate")  # P-EDIT-OVR: not authorized separately from its study
POLICY_CODING: Final = OutcomeCode("necessity.policy_coding")  # P-EDIT-OVR: the policy wants another code
AUTHORITY_NOT_SEARCHED: Final = OutcomeCode("necessity.authority_not_searched")  # P-POLICY
NO_POLICY_IN_FORCE: Final = OutcomeCode("necessity.no_policy_in_force")  # P-POLICY

# Pricing
RATED: Final = OutcomeCode("pricing.rated")
MANUAL_PRICING: Final = OutcomeCode("pricing.manual")  # P-PRICE: no contract rate, and never the charge
ABOVE_ALLOWED: Final = OutcomeCode("pricing.above_allowed")
REDUCTION_NOT_APPLIED: Final = OutcomeCode("pricing.reduction_not_applied")  # several studies of one session
REDUCTION_BY_HAND: Final = OutcomeCode("pricing.reduction_by_hand")  # the line pends as pricing.manual
STAY_ON_FILE: Final = OutcomeCode("pricing.stay_on_file")  # the line pends as pricing.manual
SECONDARY: Final = OutcomeCode("pricing.secondary")
PRIOR_PAYER: Final = OutcomeCode("pricing.prior_payer")

LACKS_AUTHORIZATION: Final = frozenset(
    {
        AUTHORIZATION_MISSING,
        AUTHORIZATION_CIRCUMSTANCE,
        AUTHORIZATION_DENIED_EARLIER,
        AUTHORIZATION_REQUEST_DENIED,
        AUTHORIZATION_EXPIRED,
        AUTHORIZATION_EXHAUSTED,
        AUTHORIZATION_OTHER_SERVICE,
        AUTHORIZATION_OTHER_PROVIDER,
    }
)
"""Denials that may be wrong after an authorization was approved or changed."""

LACKS_DOCUMENTS: Final = frozenset({DOCUMENTS_NOT_RECEIVED, RECORDS_NOT_RECEIVED, PRIMARY_NOT_RECEIVED})
"""Denials because a requested document was not received; allowed only after the time to answer has passed."""

# Before release
ABOVE_AUTHORITY: Final = OutcomeCode("pricing.above_authority")  # P-HIGH$
SAMPLED: Final = OutcomeCode("quality.sampled")  # P-QA
NOT_LOOKED_AT: Final = OutcomeCode("quality.not_looked_at")  # sampled, and released for a legal deadline
SENT_BACK: Final = OutcomeCode("quality.sent_back")  # P-BACK: a decision was sent back that no reviewer had made
HOLDS: Final = frozenset({ABOVE_AUTHORITY, SAMPLED})
"""Pre-release holds. Passing one resolves no other finding."""

ALL_OUTCOMES: Final = frozenset(value for name, value in globals().items() if name.isupper() and isinstance(value, str))
