"""The whole command line on one page."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from ops.documents.markdown import code, console, page, table

_KINDS: Final = {int: "NUMBER", float: "NUMBER", Path: "PATH"}
_INTRODUCTION = """Data goes to standard output, progress and questions to standard error. `--json` prints one JSON
object, errors included. What changes something takes `--dry-run` (show it, change nothing) and `--yes` (ask nobody);
production asks for its name. Without a terminal nothing is asked: such a command ends with exit code 2 and says so.
`NO_COLOR=1` leaves colours out. [Exit codes and the shape of errors](../exit-codes.md),
[what each error means](runbook.md#errors)."""

_SET_UP = """`bin/acinaces` runs from any folder. To type `acinaces` alone, put it on the path; completion of commands,
options and environments is for bash, zsh and fish:"""


def commands_page(root: Any) -> str:
    """The page. `root` is the parser of the whole command line, `ops.cli.command_line()`."""
    by_panel: dict[str, list[tuple[str, Any]]] = {}
    for words, command in leaves(root):
        panel = root.commands[words[0]].rich_help_panel or ""
        by_panel.setdefault(panel, []).append((" ".join(words), command))
    return page(
        "# Commands",
        _INTRODUCTION,
        _SET_UP,
        console(
            "ln -s $PWD/bin/acinaces ~/.local/bin/acinaces", "acinaces --install-completion   # then open a new shell"
        ),
        *(
            block
            for panel, commands in by_panel.items()
            for block in (
                f"**{panel}**",
                table(
                    ("command", "what it does"),
                    [(f"[acinaces {name}](#{_anchor(name)})", _first(command)) for name, command in commands],
                ),
            )
        ),
        *(block for commands in by_panel.values() for name, command in commands for block in _command(name, command)),
    )


def leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command below `command` with its words; a group is one if it does something by itself."""
    below = getattr(command, "commands", None) or {}
    if not below or (words and command.invoke_without_command):
        yield words, command
    for name, child in below.items():
        yield from leaves(child, (*words, name))


def _command(name: str, command: Any) -> Iterator[str]:
    yield f"## acinaces {name}"
    yield _paragraphs(command.help or "")
    parameters = [parameter for parameter in command.params if "--help" not in parameter.opts]
    yield table(("option", "", "meaning"), [_parameter(parameter) for parameter in parameters])
    if getattr(command, "context_settings", {}).get("allow_extra_args"):
        yield "Further options go to `cdk`."


def _parameter(parameter: Any) -> tuple[str, str, str]:
    named = parameter.param_type_name == "option"
    names = ", ".join(code(name) for name in parameter.opts) if named else code(parameter.name.upper())
    is_flag = getattr(parameter, "is_flag", False)
    value = "" if is_flag or not named else code(_metavar(parameter))
    notes = ["needed" if parameter.required else "", "may be repeated" if _repeats(parameter) else ""]
    default = parameter.default
    if not is_flag and isinstance(default, str | int | float) and default != "":
        notes.append(f"default {code(str(default))}")
    explained = (parameter.help or "").strip()
    extra = ", ".join(note for note in notes if note and note not in explained)
    return names, value, f"{explained} ({extra})" if extra else explained


def choices(parameter: Any) -> tuple[str, ...]:
    """The values that an option or argument is limited to; none where it is not."""
    annotation = _annotation(parameter)
    if get_origin(annotation) is Literal:
        return tuple(str(value) for value in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(str(member.value) for member in annotation)
    return ()


def _annotation(parameter: Any) -> Any:
    """The type of one value: of `list[str] | None` it is `str`."""
    annotation = parameter.type_descriptor.annotation
    while get_origin(annotation) in (list, tuple, Union, UnionType):
        annotation = next(argument for argument in get_args(annotation) if argument is not type(None))
    return annotation


def _metavar(parameter: Any) -> str:
    annotation = _annotation(parameter)
    return "|".join(choices(parameter)) or parameter.metavar or _KINDS.get(annotation, "TEXT")


def _repeats(parameter: Any) -> bool:
    return bool(getattr(parameter, "multiple", False)) or parameter.nargs == -1


def _first(command: Any) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _anchor(name: str) -> str:
    """As GitHub makes it of the heading."""
    return f"acinaces-{name.replace(' ', '-')}"
