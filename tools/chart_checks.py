"""Checks the chart without a cluster: lint, the schema of its values, and its objects for each file of example values.

Needs helm-python-sdk and kubernetes-validate (requirements/deploy.txt).
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from helm_python.chart import Chart, lint
from helm_python.errors import HelmError
from kubernetes_validate import InvalidSchemaError, SchemaNotFoundError, ValidationError, validate

ROOT: Final = Path(__file__).resolve().parent.parent
CHART: Final = ROOT / "deploy" / "helm" / "claimwright"
EXAMPLES: Final = sorted((CHART / "examples").glob("*.yaml"))
VERSIONS: Final = ("1.27", "1.31", "1.35")
"""Versions of Kubernetes whose schemas the objects must fit, strictly."""

PROCESSES: Final = frozenset({"intake", "streams", "worker", "publisher", "reconciler", "api"})
_OPERATORS: Final = ("monitoring.coreos.com/", "keda.sh/")
"""Objects of operators, for which kubernetes-validate has no schema."""

_REFUSED: Final[Mapping[str, Any]] = {
    "an unknown setting": {"settings": {"kafka_botstrap": "a:9092"}},
    "a setting of another type": {"settings": {"worker_slots": "eight"}},
    "a setting out of its range": {"settings": {"batch_size": 100_000}},
    "a secret among the settings": {"settings": {"kafka_password": "secret"}},
    "a secret by value": {"secrets": {"kafka_password": "secret"}},
    "an unknown process": {"processes": {"worcker": {"replicas": 1}}},
    "a setting that the chart gives": {"settings": {"state_dir": "/data"}},
    "an unknown value": {"replicas": 3},
    "an unknown kind of scaling": {"processes": {"worker": {"autoscaling": {"kind": "vpa"}}}},
}
Object = dict[str, Any]


def chart() -> Iterator[str]:
    """Check the chart by itself, then with each file of examples."""
    for message in lint(str(CHART))["messages"]:
        if message["severity"] > 1:
            yield f"lint: {message['path']}: {message['error']}"
    with Chart.load(CHART) as loaded:
        yield from _refusals(loaded)
        environments: dict[str, dict[str, str]] = {}
        for file in EXAMPLES:
            objects = _rendered(loaded, file)
            problems = [*_fit(objects), *_safe(objects), *_complete(objects)]
            yield from (f"{file.name}: {problem}" for problem in problems)
            environments |= {f"{file.name} {name}": env for name, env in _environments(objects).items()}
        yield from _settings(environments)


def _refusals(loaded: Chart) -> Iterator[str]:
    for what, values in _REFUSED.items():
        try:
            loaded.validate_schema(values)
        except HelmError:
            continue
        yield f"the schema takes {what}: {json.dumps(values)}"


def _rendered(loaded: Chart, file: Path) -> list[Object]:
    values = yaml.safe_load(file.read_text())
    loaded.validate_schema(values)
    texts = loaded.render(values, name="cw", namespace="claims")
    return [each for name, text in texts.items() if name.endswith(".yaml") for each in yaml.safe_load_all(text) if each]


def _fit(objects: list[Object]) -> Iterator[str]:
    for each in objects:
        if each["apiVersion"].startswith(_OPERATORS):
            continue
        for version in VERSIONS:
            try:
                validate(each, version, strict=True)
            except (ValidationError, InvalidSchemaError, SchemaNotFoundError) as error:
                yield f"{_name(each)} does not fit Kubernetes {version}: {str(error)[:400]}"


def _safe(objects: list[Object]) -> Iterator[str]:
    """Find pods with more privileges than they need."""
    for each in objects:
        pod = _pod(each)
        if pod is None:
            continue
        [container] = pod["containers"]
        rules = {
            "service links are off": pod["enableServiceLinks"] is False,
            "no token of Kubernetes is mounted": pod["automountServiceAccountToken"] is False,
            "it runs without root": pod["securityContext"]["runAsNonRoot"] is True,
            "its root is read-only": container["securityContext"]["readOnlyRootFilesystem"] is True,
            "it has no capabilities": container["securityContext"]["capabilities"] == {"drop": ["ALL"]},
            "its memory is limited": "memory" in container["resources"]["limits"],
            "every folder that it writes is a volume": {"/var/lib/claimwright", "/tmp"}  # noqa: S108 - the mount
            <= {mount["mountPath"] for mount in container["volumeMounts"]},
            "only the migration owns the tables": each["metadata"]["name"].endswith("-migrate")
            or not any("OWNER" in variable["name"] for variable in container["env"]),
        }
        yield from (f"{_name(each)}: not so: {rule}" for rule, holds in rules.items() if not holds)
        if each["kind"] == "Deployment" and not {"livenessProbe", "readinessProbe", "startupProbe"} <= container.keys():
            yield f"{_name(each)} has no probes"
    if any(each["kind"] == "Secret" for each in objects):
        yield "the chart makes a Secret; it may only refer to some"


def _complete(objects: list[Object]) -> Iterator[str]:
    """Find processes without a Deployment, and Deployments whose selectors find no pod."""
    found = {
        each["metadata"]["labels"]["app.kubernetes.io/component"]: each
        for each in objects
        if each["kind"] == "Deployment"
    }
    if set(found) != PROCESSES:
        yield f"Deployments are {sorted(found)}, processes {sorted(PROCESSES)}"
    for name, each in found.items():
        template = each["spec"]["template"]
        labels, spread = template["metadata"]["labels"], template["spec"]["topologySpreadConstraints"]
        selectors = [each["spec"]["selector"]["matchLabels"], *(one["labelSelector"]["matchLabels"] for one in spread)]
        if len(spread) != 2 or not all(selector.items() <= labels.items() for selector in selectors):
            yield f"{name}: its selectors do not find its pods"
        if template["spec"]["containers"][0]["args"] != [name]:
            yield f"{name} runs {template['spec']['containers'][0]['args']}"
    hooks = {each["metadata"]["labels"]["app.kubernetes.io/component"] for each in objects if each["kind"] == "Job"}
    versioned = "claimwright/build" in found["worker"]["spec"]["selector"]["matchLabels"]
    if hooks != {"migrate", "topics"} | ({"promote"} if versioned else set()):
        yield f"jobs are {sorted(hooks)}"
    if versioned and found["worker"]["metadata"]["annotations"]["helm.sh/resource-policy"] != "keep":
        yield "an upgrade would stop a version of the worker whose batches are open"


def _environments(objects: list[Object]) -> dict[str, dict[str, str]]:
    found = {}
    for each in objects:
        pod = _pod(each)
        if pod is not None:
            variables = pod["containers"][0]["env"]
            found[_name(each)] = {each["name"]: each["value"] for each in variables if each["name"] != "HOME"}
    return found


def _settings(environments: dict[str, dict[str, str]]) -> Iterator[str]:
    """Let the product read every environment."""
    python = ROOT / ".venv" / "bin" / "python"
    command = [str(python), "-P", str(ROOT / "tools" / "chart_settings.py")]
    given = json.dumps(environments)
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode != 0:
        yield f"the processes refuse their settings:\n{done.stdout}{done.stderr[-2000:]}"


def _pod(each: Object) -> Object | None:
    if each["kind"] not in ("Deployment", "Job"):
        return None
    pod: Object = each["spec"]["template"]["spec"]
    return pod


def _name(each: Object) -> str:
    return f"{each['kind']} {each['metadata']['name']}"
