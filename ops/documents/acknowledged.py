"""What the stacks acknowledge, as CDK writes it beside their templates; and the page that lists it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.documents.markdown import code, page, plain, table

_KEY: Final = "aws:cdk:acknowledged-rules"
# `constructs.acknowledge` puts the owner behind the reason, which is all that CDK has room for.
_REASON: Final = re.compile(r"(?P<reason>.*) \((?P<owner>[a-z ]+)\)")
_INTRODUCTION: Final = """What validators find and stays as it is: with a reason, and with the owner to ask. It is
written beside the construct (`constructs/acknowledge.py`) and holds there and below; `...` is any text. An
acknowledgement that is about nothing fails the tests, or `make pr` where its rule is checkov's."""


@dataclass(frozen=True, kw_only=True, order=True)
class Acknowledged:
    """One rule at one construct. stack: `Data` of `Acinaces-dev-Data`; path: below it, empty: the stack's own."""

    stack: str
    path: str
    rule: str
    reason: str
    owner: str

    @property
    def place(self) -> str:
        return f"{self.stack}/{self.path}".rstrip("/")


def read_acknowledged(directory: Path, prefix: str) -> Iterator[Acknowledged]:
    """Of stacks called `prefix` and something, synthesised into `directory`. What CDK accepts itself has no owner."""
    for file in sorted(directory.glob(f"{prefix}*.metadata.json")):
        for place, entries in json.loads(file.read_text(encoding="utf-8")).items():
            stack, _, path = place.removeprefix(f"/{prefix}").partition("/")
            for entry in entries:
                for rule, reason in entry["data"].items() if entry["type"] == _KEY else ():
                    if found := _REASON.fullmatch(reason):
                        yield Acknowledged(stack=stack, path=path, rule=rule, **found.groupdict())


def acknowledgements_page(by_environment: Mapping[str, Sequence[Acknowledged]]) -> str:
    """The register. One row for what one reason says about the same rules."""
    places: dict[Acknowledged, list[str]] = {}
    for environment, found in by_environment.items():
        for one in sorted(set(found)):
            places.setdefault(one, []).append(environment)
    rules: dict[tuple[str, str, str, str], set[str]] = {}
    for one, environments in places.items():
        rules.setdefault((one.reason, one.owner, ", ".join(environments), one.place), set()).add(one.rule)
    rows: dict[tuple[str, str, str, frozenset[str]], set[str]] = {}
    for (reason, owner, environments_named, place), ids in rules.items():
        rows.setdefault((reason, owner, environments_named, frozenset(ids)), set()).add(place)
    return page(
        "# Acknowledgements",
        _INTRODUCTION,
        table(
            ("rules", "constructs", "reason", "owner", "environments"),
            sorted(
                (_list(rule.partition("::")[2] for rule in ids), _list(names), plain(reason), owner, named)
                for (reason, owner, named, ids), names in rows.items()
            ),
        ),
    )


def _list(names: Iterable[str]) -> str:
    return "<br>".join(map(code, sorted(names)))
