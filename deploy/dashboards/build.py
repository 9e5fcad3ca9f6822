"""Writes claimwright-flow.json (the flow of claims) and claimwright-processes.json (the state of the processes).

`python -m deploy.dashboards.build` writes them, `--check` compares them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.dashboards.panels import dashboard, lines, number, row

FOLDER: Final = Path(__file__).resolve().parent
_BY_TOPIC: Final = "{{topic}}"
_BY_CODE: Final = "{{code}}"
_BY_PROCESS: Final = "{{process}} {{instance}}"


def _percentile(share: str, metric: str, by: str = "") -> str:
    group = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({group}) (rate({metric}_bucket[5m])))"


def flow() -> Dashboard:
    """Build the page of the flow: objectives, claims, Kafka, the outbox, people."""
    page = dashboard("Claimwright: flow", "claimwright-flow")
    for part in (_objectives, _claims, _kafka, _events, _people):
        part(page)
    return page


def _objectives(page: Dashboard) -> None:
    page.with_row(row("Objectives (28 days, docs/operations/objectives.md)"))
    ratio = 'sum(increase({m}_bucket{{le="60.0"}}[28d])) / sum(increase({m}_count[28d]))'
    decided, published = (
        ratio.format(m=m) for m in ("claimwright_decision_seconds", "claimwright_publication_delay_seconds")
    )
    page.with_panel(number("Decided within 60 s", "Objective 99%. Claims that need no person.", decided, "percentunit"))
    page.with_panel(number("Published within 60 s", "Objective 99.9%.", published, "percentunit"))
    answered = (
        '1 - (sum(increase(claimwright_http_requests_total{status="5xx"}[28d])) or vector(0)) '
        "/ sum(increase(claimwright_http_requests_total[28d]))"
    )
    page.with_panel(
        number("Console answers", "Objective 99.5% without an error of the server.", answered, "percentunit")
    )
    overdue = 'max(claimwright_legal_deadlines{left="overdue"})'
    page.with_panel(number("Legal deadlines missed", "Must be 0.", overdue))
    page.with_panel(number("Pended claims", "Claims that wait for people or data.", "max(claimwright_pended_claims)"))
    page.with_panel(number("Work that is stuck", "Must be 0.", "max(claimwright_stuck)"))


def _claims(page: Dashboard) -> None:
    page.with_row(row("Claims"))
    rates = {
        "received: {{outcome}}": "sum by (outcome) (rate(claimwright_submissions_total[5m]))",
        "{{result}}": "sum by (result) (rate(claimwright_adjudications_total[5m]))",
    }
    page.with_panel(lines("Claims per second", "Received claims and their results.", rates, "cps"))
    times = {f"p{share[2:]}": _percentile(share, "claimwright_decision_seconds") for share in ("0.50", "0.95", "0.99")}
    page.with_panel(lines("Receipt to decision", "Claims decided at the first try.", times, "s"))
    batches = {
        "open": "max(claimwright_open_batches)",
        "in flight of {{instance}}": "claimwright_batches_in_flight",
        "started per second": "sum(rate(claimwright_batches_started_total[5m]))",
    }
    page.with_panel(lines("Batches", "Registered and not committed.", batches))
    ages = {
        "oldest batch": "max(claimwright_open_batches_oldest_age_seconds)",
        "oldest task in Temporal": "max(claimwright_temporal_backlog_age_seconds)",
    }
    page.with_panel(lines("Oldest work", "Seconds; a batch takes few.", ages, "s"))
    temporal = {
        "backlog": "max(claimwright_temporal_backlog)",
        "workers": "max(claimwright_temporal_workers)",
        "open {{workflow}}": "max by (workflow) (claimwright_open_workflows)",
    }
    page.with_panel(lines("Temporal", "Tasks that wait, workers that poll, workflows that run.", temporal))
    found = {
        "started: {{work}}": "sum by (work) (increase(claimwright_reconciled_total[5m]))",
        "open: {{work}}": "max by (work) (claimwright_reconciled_open)",
    }
    page.with_panel(lines("Reconciliation", "Workflows that were missing and were started.", found))


def _kafka(page: Dashboard) -> None:
    page.with_row(row("Kafka"))
    unread = {_BY_TOPIC: "sum by (topic) (max by (topic, partition) (claimwright_unread_records))"}
    page.with_panel(lines("Records not read", "By topic.", unread))
    oldest = {_BY_TOPIC: "max by (topic) (claimwright_unread_oldest_age_seconds)"}
    page.with_panel(lines("Oldest record not read", "By topic.", oldest, "s"))
    partitions = {"partition {{partition}}": "max by (partition) (claimwright_intake_lag)"}
    page.with_panel(lines("Claims not read", "By partition, as intake counts.", partitions))
    feeds = {
        "{{topic}} {{outcome}}": "sum by (topic, outcome) (rate(claimwright_feed_events_total[5m]))",
        "{{topic}} p99 of a run (s)": _percentile("0.99", "claimwright_feed_seconds", "topic"),
    }
    page.with_panel(lines("Feeds", "Events per second, and how long a run takes.", feeds))
    intake = {
        "p99 of a poll (s)": _percentile("0.99", "claimwright_intake_seconds"),
        "paused": "sum(claimwright_intake_paused)",
        "rebalances": "sum(increase(claimwright_intake_rebalances_total[5m]))",
    }
    page.with_panel(lines("Intake", "How long a poll takes; intake that holds its partitions back.", intake))
    refused = {"{{topic}} {{refusal}}": "sum by (topic, refusal) (increase(claimwright_refusals_total[5m]))"}
    page.with_panel(lines("Refused events", "By topic and reason.", refused))


def _events(page: Dashboard) -> None:
    page.with_row(row("Events"))
    published = {_BY_TOPIC: "sum by (topic) (rate(claimwright_published_total[5m]))"}
    page.with_panel(lines("Published per second", "By topic.", published, "cps"))
    outbox = {
        "pending": "sum(max by (shard) (claimwright_outbox_pending))",
        "oldest (s)": "max(claimwright_outbox_oldest_age_seconds)",
        "publishers that send": "sum(claimwright_publisher_leads)",
    }
    page.with_panel(lines("Outbox", "Committed and not published.", outbox))
    shards = {"shard {{shard}}": "max by (shard) (claimwright_outbox_oldest_age_seconds)"}
    page.with_panel(lines("Oldest event of each shard", "Publishers share eight shards of the outbox.", shards, "s"))
    delay = {
        "commit to broker p99": _percentile("0.99", "claimwright_publication_delay_seconds"),
        "one turn p99": _percentile("0.99", "claimwright_publish_seconds"),
    }
    page.with_panel(lines("Publication", "Seconds.", delay, "s"))
    removed = {"{{what}}": "sum by (what) (rate(claimwright_removed_total[15m]))"}
    page.with_panel(lines("Removed by retention", "Rows per second.", removed))


def _people(page: Dashboard) -> None:
    page.with_row(row("People"))
    left = {"{{left}}": "max by (left) (claimwright_legal_deadlines)"}
    page.with_panel(lines("Legal deadlines", "Pended claims by the time that is left.", left))
    pended = {_BY_CODE: "max by (code) (claimwright_pended_claims_by_code)"}
    page.with_panel(lines("Pended claims", "By pend code.", pended))
    new = {_BY_CODE: "sum by (code) (increase(claimwright_pends_total[15m]))"}
    page.with_panel(lines("Claims that pended", "In a quarter of an hour, by pend code.", new))
    overdue = {_BY_CODE: "max by (code) (claimwright_pend_overdue_seconds)"}
    page.with_panel(lines("Pends past their time", "The first of each code.", overdue, "s"))
    letters = {
        "{{topic}} {{refusal}}": "max by (topic, refusal) (claimwright_open_dead_letters)",
        "oldest (s)": "max(claimwright_open_dead_letters_oldest_age_seconds)",
    }
    page.with_panel(lines("Open dead letters", "Neither replayed nor closed.", letters))


def processes() -> Dashboard:
    """Build the page of the processes: readiness, trouble, memory, event loops, Temporal's SDK, the console."""
    page = dashboard("Claimwright: processes", "claimwright-processes")
    page.with_row(row("Processes"))
    ready = {_BY_PROCESS: "claimwright_ready", "local {{process}}": "claimwright_supervised_ready"}
    page.with_panel(lines("Ready", "1 while the process does its work.", ready))
    versions = {"{{process}} {{version}}": "count by (process, version) (claimwright_process_info)"}
    page.with_panel(lines("Versions", "Processes by version.", versions))
    named = "* on (instance) group_left (process) claimwright_process_info"
    restarts = {
        "{{process}}": f"changes(process_start_time_seconds[30m]) {named}",
        "local {{process}}": "claimwright_supervised_restarts",
        "{{instance}}, children for {{work}}": "increase(claimwright_child_process_starts_total[30m])",
    }
    page.with_panel(lines("Restarts", "In half an hour.", restarts))
    memory = {
        _BY_PROCESS: f"process_resident_memory_bytes {named}",
        "{{instance}}, children for {{work}}": "claimwright_child_process_memory_bytes > 0",
    }
    page.with_panel(lines("Memory", "Resident, and that of the worker's child processes.", memory, "bytes"))
    cpu = {_BY_PROCESS: f"rate(process_cpu_seconds_total[5m]) {named}"}
    page.with_panel(lines("CPU", "Cores in use.", cpu))
    loops = {
        "p99 {{instance}}": _percentile("0.99", "claimwright_loop_delay_seconds", "instance"),
        "longest {{instance}}": "claimwright_loop_delay_longest_seconds",
    }
    page.with_panel(lines("Event loops", "How late a timer wakes.", loops, "s"))
    trouble = {
        "{{step}} fails since (s)": "time() - (claimwright_trouble_since_seconds > 0)",
        "{{step}} records": "claimwright_trouble_records > 0",
        "{{step}} tries": "sum by (step) (increase(claimwright_retries_total[5m]))",
    }
    page.with_panel(lines("Work that fails", "Tried again until it works.", trouble))
    seen = {
        "{{part}}": "min by (part) (claimwright_observed_age_seconds)",
        "compared: {{work}}": "time() - max by (work) (claimwright_reconciled_at_seconds)",
    }
    page.with_panel(lines("Age of what is known", "How long ago the flow was read.", seen, "s"))
    _sdk(page)
    _console(page)
    return page


def _sdk(page: Dashboard) -> None:
    page.with_row(row("Temporal's SDK"))
    rates = {
        "{{operation}}": "sum by (operation) (rate(temporal_request_total[5m]))",
        "failed {{operation}}": "sum by (operation) (rate(temporal_request_failure_total[5m]))",
    }
    page.with_panel(lines("Requests per second", "By operation.", rates, "cps"))
    slow = {"p99 {{operation}}": _percentile("0.99", "temporal_request_latency_seconds", "operation")}
    page.with_panel(lines("Latency of requests", "By operation.", slow, "s"))
    slots = {"{{worker_type}} {{instance}}": "temporal_worker_task_slots_available"}
    page.with_panel(lines("Free slots of workers", "0: every slot is in use.", slots))
    tasks = {
        "workflow task p99": _percentile("0.99", "temporal_workflow_task_execution_latency_seconds"),
        "schedule to start p99": _percentile("0.99", "temporal_workflow_task_schedule_to_start_latency_seconds"),
        "local activity p99": _percentile("0.99", "temporal_local_activity_execution_latency_seconds"),
    }
    page.with_panel(lines("Tasks", "Seconds.", tasks, "s"))
    failed = {
        "workflow tasks {{workflow_type}}": "sum by (workflow_type) (increase(temporal_workflow_task_execution_failed_total[5m]))",
        "local activities {{activity_type}}": "sum by (activity_type) (increase(temporal_local_activity_execution_failed_total[5m]))",
    }
    page.with_panel(lines("Failures", "In five minutes.", failed))


def _console(page: Dashboard) -> None:
    page.with_row(row("Console"))
    requests = {"{{status}}": "sum by (status) (rate(claimwright_http_requests_total[5m]))"}
    page.with_panel(lines("Requests per second", "By status.", requests, "cps"))
    slow = {"p99 {{kind}}": _percentile("0.99", "claimwright_http_request_seconds", "kind")}
    page.with_panel(lines("Latency", "To the start of the answer.", slow, "s"))
    refused = {
        "closed: {{reason}}": "sum by (reason) (rate(claimwright_connections_closed_total[5m]))",
        "refused": "sum(rate(claimwright_requests_refused_total[5m]))",
    }
    page.with_panel(lines("Limits", "Connections closed, and requests refused with 429.", refused))


def main() -> int:
    """Write or check the files."""
    late = []
    for page in (flow(), processes()):
        built = page.build()
        text = JSONEncoder(sort_keys=True, indent=2).encode(built) + "\n"
        file = FOLDER / f"{built.uid}.json"
        if not file.exists() or file.read_text() != text:
            late.append(file)
            if "--check" not in sys.argv:
                file.write_text(text)
    if "--check" in sys.argv and late:
        sys.stderr.write(f"out of date: {', '.join(file.name for file in late)}. Run `make dashboards`\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
