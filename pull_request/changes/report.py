"""The comparison as Markdown: what is refused, security, what is replaced or removed, then the rest folded away.

Versions and deployments, which every release makes anew, are counted and not listed. Names of properties are shown,
never their values; of permissions, the statement itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pull_request.changes.destruction import TRAILER, Destruction, Permit, destructions, unused
from pull_request.changes.model import Comparison, Impact, ResourceChange, StackDifference, Statement
from pull_request.changes.permissions import Reach, gained, judge
from pull_request.changes.security import security_changes
from pull_request.changes.wording import Row, Wording, code, codes, table

_REACH = {Reach.WIDER: "⚠ wider", Reach.NARROWER: "narrower", Reach.GONE: "gone"}
_GONE = (Impact.DESTROY, Impact.ORPHAN, Impact.REPLACE, Impact.MAY_REPLACE)
_WORDS = {
    Impact.CREATE: "new",
    Impact.UPDATE: "changed",
    Impact.REPLACE: "replaced",
    Impact.MAY_REPLACE: "may be replaced",
    Impact.DESTROY: "deleted",
    Impact.ORPHAN: "taken out of the stack, kept",
    Impact.IMPORT: "imported",
}
# A release makes a new one and keeps or drops the old one, each time; what is behind it is listed itself.
_EACH_RELEASE = ("AWS::ApiGateway::Deployment", "AWS::Lambda::LayerVersion", "AWS::Lambda::Version")


def refused(comparison: Comparison, permits: Iterable[Permit]) -> list[Destruction]:
    """Destructive changes that no commit names."""
    return [one for one in destructions(comparison, permits) if not one.named]


def to_markdown(comparison: Comparison, permits: list[Permit], unreadable: list[str]) -> str:
    """All sections; equal changes of several environments are told once."""
    wording = Wording(comparison)
    lines = ["### What it would change", "", *_counts(comparison), ""]
    lines += _refused(comparison, wording, permits)
    lines += _security(comparison, wording)
    lines += _replaced(comparison, wording)
    lines += _named(comparison, wording, permits, unreadable)
    lines += _rest(comparison, wording)
    return "\n".join(lines).rstrip() + "\n"


def _counts(comparison: Comparison) -> Iterator[str]:
    for environment in comparison.environments:
        stacks = [stack for stack in comparison.stacks if stack.environment == environment]
        changes = [change for stack in stacks for change in stack.resources]
        impacts = Counter(change.impact for change in changes if change.type not in _EACH_RELEASE)
        wider = sum(reach is Reach.WIDER for stack in stacks for _, reach in judge(stack.statements))
        told = [f"{impacts[impact]} {word}" for impact, word in _WORDS.items() if impacts[impact]]
        again = {change.path for change in changes if change.type in _EACH_RELEASE}
        told += [f"{len(again)} versions published anew"] if again else []
        told += [f"**{wider} permissions wider**"] if wider else []
        yield f"- **{environment}**: {', '.join(told) or 'nothing'}"


def _refused(comparison: Comparison, wording: Wording, permits: list[Permit]) -> list[str]:
    found = refused(comparison, permits)
    if not found:
        return []
    rows = [
        (one.environment, (code(one.stack), code(one.change.path), one.change.type.removeprefix("AWS::"), one.what))
        for one in found
    ]
    trailers = {
        f"{TRAILER}: {wording.neutral(one.stack, one.environment).replace('{environment}', '*')}/{one.change.id}"
        for one in found
    }
    return [
        "#### ✗ Refused: data could be lost",
        "",
        *table(("Stack", "Resource", "Type", "What happens", "Environments"), wording.once(rows)),
        "If it is meant, a commit of this branch says so as its last lines (an environment's name in place of `*` "
        "limits it to that one):",
        "",
        "```text",
        *sorted(trailers),
        "```",
        "",
    ]


def _security(comparison: Comparison, wording: Wording) -> list[str]:
    wider: list[tuple[str, Row]] = []
    less: list[tuple[str, Row]] = []
    others: list[tuple[str, Row]] = []
    for stack in comparison.stacks:
        for one, reach in judge(stack.statements):
            (wider if reach is Reach.WIDER else less).append((stack.environment, _permission(one, reach, stack)))
        for kind, rows in (("managed policy", stack.managed_policies), ("security group", stack.security_groups)):
            others += [(stack.environment, (f"{sign} {kind}", codes(cells, most=20))) for sign, *cells in rows]
        for change in stack.resources:
            others += [
                (stack.environment, (f"{code(change.path)} {change.type.removeprefix('AWS::')}", what))
                for what in security_changes(change)
            ]
    heading = ("", "Who", "Effect", "May do", "On", "If", "Environments")
    folded = wording.once(less)
    lines = [
        *table(heading, wording.once(wider)),
        *table(("What", "Change", "Environments"), wording.once(others)),
        *_folded(f"Narrower or gone: {len(folded)} permissions", table(heading, folded)),
    ]
    return ["#### Security", "", *lines] if lines else []


def _permission(one: Statement, reach: Reach, stack: StackDifference) -> Row:
    actions = codes(one.actions)
    if one.added and reach is Reach.WIDER:
        new = gained(one, stack.statements) or one.actions
        had = len(one.actions) - len(new)
        actions = codes(new) + (f"<br>and {had} that it had" if had else "")
    return (
        f"{'+' if one.added else '-'} {_REACH[reach]}",
        codes(one.principals),
        one.effect,
        actions,
        codes(one.resources),
        code(one.condition),
    )


def _replaced(comparison: Comparison, wording: Wording) -> list[str]:
    rows = [
        (stack.environment, _row(stack.stack, change))
        for stack in comparison.stacks
        for change in stack.resources
        if change.impact in _GONE and change.type not in _EACH_RELEASE
    ]
    heading = ("Stack", "Resource", "Type", "", "Because of", "Environments")
    listed = table(heading, wording.once(rows))
    return ["#### Replaced or removed", "", *listed] if listed else []


def _named(comparison: Comparison, wording: Wording, permits: list[Permit], unreadable: list[str]) -> list[str]:
    rows = [
        (one.environment, (code(one.stack), code(one.change.path), one.what))
        for one in destructions(comparison, permits)
        if one.named
    ]
    lines = table(("Stack", "Resource", "What happens", "Environments"), wording.once(rows))
    notes = [
        f"- `{TRAILER}: {permit.stack}/{permit.id}` ({permit.commit[:8]}) names nothing that happens."
        for permit in unused(comparison, permits)
    ]
    notes += [f"- {code(f'{TRAILER}: {value}')} is not `STACK/LOGICAL_ID`." for value in unreadable]
    return [
        *(["#### Destructive, and named by a commit", "", *lines] if lines else []),
        *notes,
        *([""] if notes else []),
    ]


def _rest(comparison: Comparison, wording: Wording) -> list[str]:
    rows = [
        (stack.environment, _row(stack.stack, change))
        for stack in comparison.stacks
        for change in stack.resources
        if change.impact not in _GONE and change.type not in _EACH_RELEASE
    ]
    rows += [
        (stack.environment, (code(stack.stack), code(other), "", "changed", ""))
        for stack in comparison.stacks
        for other in stack.others
    ]
    told = wording.once(rows)
    heading = ("Stack", "Resource", "Type", "", "Properties", "Environments")
    return _folded(f"Everything else: {len(told)} changes", table(heading, told))


def _folded(summary: str, lines: list[str]) -> list[str]:
    return [f"<details><summary>{summary}</summary>", "", *lines, "</details>", ""] if lines else []


def _row(stack: str, change: ResourceChange) -> Row:
    causes = [name for name, impact in change.properties.items() if change.impact is Impact.UPDATE or impact in _GONE]
    return (
        code(stack),
        code(change.path),
        change.type.removeprefix("AWS::"),
        _WORDS.get(change.impact, change.impact.value),
        ", ".join([*causes, *change.attributes]),
    )
