"""Makes synthesis check the stacks, and applies what `accepted_findings` accepts.

One registry, because cdk-nag itself accepts empty reasons, ids without a namespace (which suppress and leave no
record) and ids that match nothing. `tests/unit/test_acknowledgements.py` fails on each of the three.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from constructs import Construct, IConstruct
from stacks.accepted_findings import ACCEPTED, Acknowledgement

# `Acinaces-production-Release`: the environment, and which stack it is.
_STACK_ID = re.compile(r"^Acinaces-(?P<environment>[a-z0-9-]+)-(?P<part>[A-Z][A-Za-z]+)$")
_ANNOTATION = "Annotation::"


@dataclass(frozen=True, kw_only=True)
class Applied:
    """One rule acknowledged at one construct.

    rule, pattern: as the registry has them. acknowledged, path: the same with nothing left to fill in.
    silenced: a warning of CDK itself was taken away, which no report shows from then on.
    """

    entry: Acknowledgement
    rule: str
    pattern: str
    acknowledged: str
    path: str
    silenced: bool


def add_compliance_checks(scope: Construct, accepted: Sequence[Acknowledgement] = ACCEPTED) -> list[Applied]:
    """Makes synthesis of `scope` (an app) fail on findings of the packs AwsSolutions and Serverless not in `accepted`.

    Returns where which acknowledgement was applied.
    """
    cdk.Validations.of(scope).add_plugins(AwsSolutionsChecks(scope), ServerlessChecks(scope))
    return acknowledge(scope, accepted)


def acknowledge(scope: Construct, accepted: Sequence[Acknowledgement]) -> list[Applied]:
    """Applies `accepted` to the stacks below `scope`, each at the constructs that it names and nowhere else."""
    applied: list[Applied] = []
    for child in scope.node.children:
        match = _STACK_ID.match(child.node.id)
        if not match:
            continue
        stack, place = cdk.Stack.of(child), _Place(child, child.node.path)
        values = {"environment": match["environment"], "account": stack.account, "region": stack.region}
        for entry in accepted:
            named = any(fnmatch.fnmatchcase(match["environment"], pattern) for pattern in entry.environments)
            elsewhere = entry.environments and not named
            if entry.stack == match["part"] and not elsewhere:
                applied += _apply(entry, place, values)
    return applied


def _apply(entry: Acknowledgement, stack: _Place, values: dict[str, str]) -> Iterator[Applied]:
    rules = {rule: _fill_in(rule, values) for rule in entry.rules}
    reason = f"{entry.reason} ({entry.owner})"
    for pattern in entry.paths:
        for place in stack.find(pattern.split("/")):
            silenced = any(_has_warning(place.construct, rule) for rule in rules.values())
            acknowledgements = [cdk.Acknowledgment(id=rule, reason=reason) for rule in rules.values()]
            cdk.Validations.of(place.construct).acknowledge(*acknowledgements)
            for rule, filled in rules.items():
                yield Applied(
                    entry=entry, rule=rule, pattern=pattern, acknowledged=filled, path=place.path, silenced=silenced
                )


def _fill_in(rule: str, values: dict[str, str]) -> str:
    # Not str.format: ids contain braces of their own.
    for name, value in values.items():
        rule = rule.replace(f"{{{name}}}", value)
    return rule


def _has_warning(construct: IConstruct, rule: str) -> bool:
    if not rule.startswith(_ANNOTATION):
        return False
    warning = rule.removeprefix(_ANNOTATION)
    return any(entry.type == "aws:cdk:warning" and warning in str(entry.data) for entry in construct.node.metadata)


class _Place:
    """A construct, what is below it as far as anybody asked, and its path. Each question to CDK costs time, so once."""

    def __init__(self, construct: IConstruct, path: str) -> None:
        self.construct = construct
        self.path = path
        self._children: dict[str, _Place | None] = {}

    def find(self, segments: Sequence[str]) -> Iterator[_Place]:
        """Constructs along `segments`; `*` is any text within one id."""
        if not segments:
            yield self
            return
        for child in self._matching(segments[0]):
            yield from child.find(segments[1:])

    def _matching(self, pattern: str) -> list[_Place]:
        if "*" in pattern:
            return [child for name, child in self._all.items() if fnmatch.fnmatchcase(name, pattern)]
        if pattern not in self._children:
            found = self.construct.node.try_find_child(pattern)
            self._children[pattern] = _Place(found, f"{self.path}/{pattern}") if found else None
        child = self._children[pattern]
        return [child] if child else []

    @cached_property
    def _all(self) -> dict[str, _Place]:
        names = [(child.node.id, child) for child in self.construct.node.children]
        return {name: self._children.get(name) or _Place(child, f"{self.path}/{name}") for name, child in names}
