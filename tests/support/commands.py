"""All commands of `acinaces`, found by walking the command line: a new one cannot be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ops.cli import command_line
from ops.documents.commands_page import choices


@dataclass(frozen=True)
class Leaf:
    """One command: its words, e.g. `("rollback", "backend")`, and the parser's own object."""

    words: tuple[str, ...]
    command: Any

    @property
    def name(self) -> str:
        return " ".join(self.words)

    def options(self) -> list[Any]:
        """Options and arguments, without --help."""
        return [parameter for parameter in self.command.params if "--help" not in parameter.opts]

    def has(self, option: str) -> bool:
        """Whether the command takes `option`."""
        return any(option in parameter.opts for parameter in self.options())

    def arguments(self, *, env: str, value: str = "x") -> list[str]:
        """The shortest valid call in `env`; `value` for everything else that is required."""
        given: list[str] = list(self.words)
        for parameter in self.options():
            if "--env" in parameter.opts:
                given += ["--env", env]
            elif parameter.required:
                named = parameter.param_type_name == "option"
                wanted = next(iter(choices(parameter)), value)
                given += [parameter.opts[0], wanted] if named else [wanted]
        return given


def leaves() -> list[Leaf]:
    """Every command, groups left out, in the order of the help."""
    return list(_below((), command_line()))


def _below(words: tuple[str, ...], command: Any) -> Iterator[Leaf]:
    below = getattr(command, "commands", None)
    if not below:
        yield Leaf(words, command)
        return
    for name, child in below.items():
        yield from _below((*words, name), child)
