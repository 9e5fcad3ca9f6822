"""The chapter and the cases a new policy starts with: each test of the chapter decides one of the cases."""

from __future__ import annotations

from string import Template
from typing import Final

CHAPTER_TEXT: Final = Template("""\
# Replace what is tested, the texts and the places (at:) with those of the source. What the words mean: docs/policies.md.
chapter: First rules
parts:
  trial:
    id: $p-01.trial
    text: What was tried first was long enough, and ended as it must have.
    all:
      - {measure: {fact: $number, at_least: $least, unit: $unit}}
      - {choice: {fact: $choice, one_of: [$chosen]}}
rules:
  - rule: $p-01
    kind: covered
    title: Covered when every criterion is met
    governs: [$governs]
    at: place to be given
    criteria:
      all:
        - {flag: $needed}
        - {dated: {fact: $day, within_days: $recent_days}}
        - {part: trial}
  - rule: $p-02
    kind: excluded
    title: Not covered under this condition, unless it is excused
    governs: [$governs]
    at: place to be given
    label: $label
    rule_out: true
    criteria: {flag: $excluded}
    unless: {flag: $excused}
  - rule: $p-03
    kind: review
    title: A person looks at it under this condition
    governs: [$governs]
    at: place to be given
    criteria: {flag: $unclear}
  - rule: $p-04
    kind: otherwise
    title: Criteria that are known not to be met
    governs: [$governs]
    at: place to be given
    label: $label
  - rule: $p-05
    kind: guide
    title: Advice that decides nothing
    governs: [$governs]
    at: place to be given
    criteria: {flag: $advised}
""")

CASES_TEXT: Final = Template("""\
# One sentence per case: the facts on file, and the result you expect. Run them with: claimwright policy test
given:
  sound:
    $needed: true
    $day: $recent
    $number: $least
    $choice: $chosen
    $excluded: false
    $unclear: false
cases:
  - case: A request that meets every criterion is covered
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$advised: true}
    expect: {result: meets, rule: $p-01}
  - case: A request without what is needed is not supported
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$needed: false, $advised: false}
    expect: {result: adverse, rule: $p-04, label: $label}
  - case: Something that lies too far back does not count
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$day: $old}
    expect: {result: adverse, rule: $p-04, label: $label}
  - case: What was tried for too short a time does not count
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$number: $less}
    expect: {result: adverse, rule: $p-04, label: $label}
  - case: What was tried and ended otherwise does not count
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$choice: $other}
    expect: {result: adverse, rule: $p-04, label: $label}
  - case: The excluding condition goes to a clinician
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$excluded: true, $excused: false}
    expect: {result: adverse, rule: $p-02, label: $label}
  - case: The excluding condition is lifted where it is excused
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$excluded: true, $excused: true}
    expect: {result: meets, rule: $p-01}
  - case: An excluding condition that is not ruled out is asked for
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$excluded: null}
    expect: {result: documents, rule: $p-02, documents: [$rule_out_documents]}
  - case: The condition that needs a person goes to a reviewer
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$unclear: true}
    expect: {result: judgement, rule: $p-03}
  - case: A request without any fact is asked for every document
    line: {code: "$code", service_date: $served}
    expect: {result: documents, rule: $p-02, documents: [$all_documents]}
""")
