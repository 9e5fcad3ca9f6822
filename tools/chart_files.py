"""The files of the chart that repeat the rest of the tree: the schema of its values, the rules of alerts, the dashboards.

The schema is made from the settings model and the list of processes, so that a mistake in values stops an install.
`python -m tools.chart_files` writes the files, `--check` compares them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from runtime.processes.process_addresses import LOCAL_PROVIDER
from runtime.processes.services import SERVICES
from runtime.settings import Settings

ROOT: Final = Path(__file__).resolve().parent.parent
CHART: Final = ROOT / "deploy" / "helm" / "claimwright"
_OF_THE_CHART: Final = {"state_dir", "cache_dir", "metrics_host", "metrics_port", "api_host", "api_port"}
"""Settings that the chart itself gives to every process."""

_OF_COMMANDS: Final = {"api_url", "api_token", "api_token_file"}
_REFERENCE: Final = {
    "type": "object",
    "properties": {"secret": {"type": "string"}, "configMap": {"type": "string"}, "key": {"type": "string"}},
    "required": ["key"],
    "additionalProperties": False,
}
_DROPPED: Final = {"default", "title", "format", "writeOnly", "description"}
_ANY: Final = {"type": "object"}


def _fields() -> Mapping[str, Mapping[str, Any]]:
    known = Settings.model_json_schema()["properties"]
    return {name: each for name, each in known.items() if name not in _OF_THE_CHART | _OF_COMMANDS}


def _is_secret(schema: Any) -> bool:
    return '"format": "password"' in json.dumps(schema)


def _is_path(schema: Any) -> bool:
    return '"format": "path"' in json.dumps(schema)


def _plain(schema: Any) -> Any:
    """Return a schema without its documentation and without keywords that validators of charts do not know; a value left out means None."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _plain(each) for name, each in schema.items() if name not in _DROPPED}
    if "anyOf" in kept:
        kept["anyOf"] = [each for each in kept["anyOf"] if each != {"type": "null"}]
        if len(kept["anyOf"]) == 1:
            return {**{name: each for name, each in kept.items() if name != "anyOf"}, **kept["anyOf"][0]}
    return kept


def _described(schema: Any) -> dict[str, Any]:
    return {"description": schema.get("description", ""), **_plain(schema)}


def _settings() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the schemas of settings by value, of secrets by reference, and of files by reference."""
    fields = _fields()
    secrets = {name for name, schema in fields.items() if _is_secret(schema)}
    companions = {f"{name}_file" for name in secrets}
    files = {name for name, each in fields.items() if _is_path(each) and name.endswith("_file")} - companions
    values = sorted(set(fields) - secrets - companions - files)
    return (
        _closed({name: _described(fields[name]) for name in values}),
        _closed({name: {"description": fields[name].get("description", ""), **_REFERENCE} for name in sorted(secrets)}),
        _closed({name: {"description": fields[name].get("description", ""), **_REFERENCE} for name in sorted(files)}),
    )


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _of(name: str) -> dict[str, str]:
    return {"$ref": f"#/definitions/{name}"}


def schema() -> dict[str, Any]:
    """Return the schema of the chart's values."""
    by_value, secrets, files = _settings()
    count, amount = {"type": "integer", "minimum": 0}, {"type": "integer", "minimum": 1}
    inputs = {"settings": _of("settings"), "secrets": _of("secrets"), "files": _of("files")}
    scaling = {
        "kind": {"enum": ["none", "hpa", "keda"]},
        **dict.fromkeys(("min", "max", "cpu", "kafkaLag", "temporalBacklog"), amount),
    }
    process = {
        "enabled": {"type": "boolean"},
        "replicas": count,
        "resources": _ANY,
        "autoscaling": _closed(scaling),
        **inputs,
    }
    job = _closed({"enabled": {"type": "boolean"}, **inputs})
    names = [name for name in SERVICES if name != LOCAL_PROVIDER]
    others = (
        "pod",
        "podDisruptionBudget",
        "serviceAccount",
        "service",
        "ingress",
        "networkPolicy",
        "monitoring",
        "keda",
    )
    text = {"type": "string"}
    image = dict.fromkeys(("repository", "tag", "digest"), text) | {
        "pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
        "pullSecrets": {"type": "array"},
    }
    top = {
        "image": _closed(image),
        "nameOverride": text,
        "fullnameOverride": text,
        "global": _ANY,
        **inputs,
        "processes": _closed(dict.fromkeys(names, _of("process"))),
        "jobs": _closed({"migrate": job, "topics": job, "promote": job, "deadlineSeconds": amount, "resources": _ANY}),
        **dict.fromkeys(others, _ANY),
    }
    definitions = {"settings": by_value, "secrets": secrets, "files": files, "process": _closed(process)}
    return {"$schema": "http://json-schema.org/draft-07/schema#", **_closed(top), "definitions": definitions}


def files() -> Iterator[tuple[Path, str]]:
    """Yield every generated file of the chart with its text."""
    yield CHART / "values.schema.json", json.dumps(schema(), indent=2) + "\n"
    for rules in sorted((ROOT / "deploy" / "alerts").glob("*.rules.yaml")):
        yield CHART / "files" / "rules" / rules.name, rules.read_text()
    for dashboard in sorted((ROOT / "deploy" / "dashboards").glob("*.json")):
        yield CHART / "files" / "dashboards" / dashboard.name, dashboard.read_text()


def main() -> int:
    """Write or check the files."""
    late = [file for file, text in files() if not file.exists() or file.read_text() != text]
    if "--check" in sys.argv:
        names = ", ".join(str(file.relative_to(ROOT)) for file in late)
        if late:
            sys.stderr.write(f"out of date: {names}. Run `python -m tools.chart_files`\n")
        return 1 if late else 0
    for file, text in files():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
