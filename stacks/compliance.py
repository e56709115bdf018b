"""Makes synthesis check the stacks: cdk-nag's packs, and what AWS refuses although its schemas do not say so.

Acknowledgements stand beside the constructs (`constructs.acknowledge`). CDK compares them with findings letter by
letter; those with `...` are written out here, once templates are there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
import jsii
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks
from cdk_preflight import Preflight

from constructs import Construct, IConstruct
from constructs.acknowledge import ANY, wildcards

_TEMPLATE: Final = ".template.json"


def add_compliance_checks(scope: Construct) -> None:
    """Makes synthesis of `scope` (an app) fail on findings that nobody has acknowledged."""
    cdk.Validations.of(scope).add_plugins(
        AwsSolutionsChecks(scope), ServerlessChecks(scope), NIST80053R5Checks(scope), _Patterns()
    )
    Preflight.apply(scope)


@jsii.implements(cdk.IPolicyValidationPlugin)
class _Patterns:
    """Finds nothing itself. CDK collects acknowledgements after the last plugin has run, so these count."""

    @property
    def name(self) -> str:
        return "Acinaces"

    @property
    def version(self) -> None:
        return None

    @property
    def rule_ids(self) -> None:
        return None

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        find = cache(lambda path: _child(find, context.app_construct, path))
        for template in map(Path, context.template_paths):
            for path, acknowledged in _written_out(template).items():
                ids = [cdk.Acknowledgment(id=id, reason=reason) for id, reason in acknowledged.items()]
                cdk.Validations.of(find(path)).acknowledge(*ids)
        return cdk.PolicyValidationPluginReport(success=True, violations=[])


def _child(find: Any, root: IConstruct, path: str) -> IConstruct:
    parent, _, id = path.rpartition("/")
    return (find(parent) if parent else root).node.find_child(id)


def _written_out(template: Path) -> dict[str, dict[str, str]]:
    """By construct path: ids of findings, and the reason of the acknowledgement with `...` that means them."""
    metadata = _json(template.with_name(template.name.removesuffix(_TEMPLATE) + ".metadata.json"))
    resources = _json(template)["Resources"]
    patterns = {
        path.removeprefix("/"): given
        for path, entries in metadata.items()
        if (given := {id: reason for id, reason in _acknowledged(entries) if ANY in id})
    }
    found: dict[str, dict[str, str]] = {}
    for path, entries in metadata.items():
        for entry in entries if patterns else ():
            if entry["type"] != "aws:cdk:logicalId" or entry["data"] not in resources:
                continue
            findings = [f"AwsSolutions::{rule}" for rule in wildcards(*wildcard_findings(resources[entry["data"]]))]
            for place, given in patterns.items():
                if f"{path.removeprefix('/')}/".startswith(f"{place}/"):
                    for pattern, reason in given.items():
                        meant = {id: reason for id in findings if matches(pattern, id)}
                        found.setdefault(place, {}).update(meant)
    return {place: ids for place, ids in found.items() if ids}


def _acknowledged(entries: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        if entry["type"] == cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY:
            yield from entry["data"].items()


def matches(pattern: str, id: str) -> bool:
    """Whether `pattern`, in which `...` is any text, means `id`."""
    return bool(re.fullmatch(".*".join(map(re.escape, pattern.split(ANY))), id))


def wildcard_findings(resource: Mapping[str, Any]) -> Iterator[str]:
    """What cdk-nag's rule IAM5 says about a policy or a role, in its words."""
    if not resource["Type"].startswith("AWS::IAM::"):
        return
    properties = resource.get("Properties", {})
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
    for document in (*documents, properties.get("PolicyDocument", {})):
        for statement in document.get("Statement", ()):
            if statement["Effect"] == "Allow":
                yield from (f"Action::{action}" for action in _list(statement.get("Action")) if "*" in action)
                resources = map(_flat, _list(statement.get("Resource")))
                yield from (f"Resource::{resource}" for resource in resources if "*" in resource)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value is not None else []


def _flat(value: Any) -> str:
    """A reference as cdk-nag prints it."""
    if isinstance(value, str):
        return value.replace("${", "<").replace("}", ">")
    match value:
        case {"Fn::Join": [delimiter, items]}:
            return str(delimiter).join(map(_flat, items))
        case {"Fn::Sub": text}:
            return _flat(text)
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{resource}.{attribute}>"
        case {"Ref": name}:
            return f"<{name}>"
    return json.dumps(value, separators=(",", ":"))


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
