"""Runs the comparison of templates and reads what it prints."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from environments import EnvironmentFileError, load_environment
from pull_request.changes.model import Comparison, Impact, ResourceChange, StackDifference, Statement
from pull_request.process import CouldNotRunError, run

_SCRIPT = Path(__file__).with_name("compare.mjs")
_REFERENCE = re.compile(r"\$\{([A-Za-z0-9]+)")
# How a value of another stack stands in a template.
_OTHER_STACK = re.compile(
    r'\{"Fn::GetStackOutput":\{"StackName":"([^"]+)"[^}]*?"OutputName":"(?:PublishOutput(?:Ref|FnGetAtt))?([^"]+?)'
    r'(?:[0-9A-F]{8})?"\}\}'
)


def compare(base: Path, head: Path) -> Comparison:
    """Compares the templates below two folders, each with a folder per environment.

    Raises:
        CouldNotRunError: there is nothing to compare, or Node or the library failed.
    """
    done = run(["node", str(_SCRIPT), str(base), str(head)], timeout_s=120)
    if done.code:
        raise CouldNotRunError(f"the templates could not be compared: {done.last_line}")
    printed = json.loads(done.stdout)
    environments = tuple(dict.fromkeys(path.split("/")[0] for path in printed["compared"]))
    if not environments:
        raise CouldNotRunError("there are no templates to compare")
    return Comparison(
        environments=environments,
        stacks=tuple(_stack(stack) for stack in printed["stacks"]),
        accounts={name: _account(name) for name in environments},
    )


def _account(environment: str) -> str:
    """Empty for an environment that this tree no longer has."""
    try:
        return load_environment(environment).aws.account
    except EnvironmentFileError:
        return ""


def _stack(printed: dict[str, Any]) -> StackDifference:
    paths: dict[str, str] = printed["paths"]

    def named(text: str) -> str:
        """Construct paths in place of logical ids, and short forms of what other stacks give."""
        text = _OTHER_STACK.sub(r"${\1/\2}", text)
        return _REFERENCE.sub(lambda found: "${" + _below_stack(paths.get(found[1], found[1])), text)

    return StackDifference(
        environment=printed["environment"],
        stack=printed["stack"],
        resources=tuple(_resource(resource, paths) for resource in printed["resources"]),
        others=tuple(printed["others"]),
        statements=tuple(_statement([named(cell) for cell in row]) for row in printed["statements"]),
        managed_policies=_rows(printed["managed_policies"], named),
        security_groups=_rows(printed["security_groups"], named),
    )


def _rows(printed: list[list[str]], named: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(named(cell) for cell in row) for row in printed)


def _resource(printed: dict[str, Any], paths: dict[str, str]) -> ResourceChange:
    # The library has no schema for custom resources; that it lists one means that it differs.
    known = {Impact.NOTHING.value: Impact.UPDATE.value}
    return ResourceChange(
        id=printed["id"],
        path=_below_stack(paths.get(printed["id"], printed["id"])),
        type=printed["type"],
        impact=Impact(known.get(printed["impact"], printed["impact"])),
        properties={
            entry["name"]: Impact(known.get(entry["impact"], entry["impact"])) for entry in printed["properties"]
        },
        attributes=tuple(printed["attributes"]),
        before=printed["before"],
        after=printed["after"],
    )


def _statement(cells: list[str]) -> Statement:
    sign, resources, effect, actions, principals, condition = cells
    return Statement(
        added=sign == "+",
        resources=_lines(resources),
        effect=effect,
        actions=_lines(actions),
        principals=_lines(principals),
        condition=condition,
    )


def _lines(cell: str) -> frozenset[str]:
    return frozenset(cell.splitlines())


def _below_stack(path: str) -> str:
    """`Tables/audit` of `Acinaces-dev-Data/Tables/audit`; a bare logical id stays."""
    return path.partition("/")[2] or path
