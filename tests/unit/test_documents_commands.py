"""Every `acinaces …` that a page, an error or a piece of advice tells people to type exists; links lead somewhere."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from ops.cli import command_line
from ops.documents.alarm_advice import ADVICE
from ops.documents.troubleshooting import TROUBLES
from ops.error_codes import ERROR_CODES

ROOT = Path(__file__).resolve().parents[2]
# `acinaces rollback release --env E --to X`, up to what ends a command in a sentence or in a block.
_COMMAND = re.compile(r"(?:bin/|-m )?\b(?:acinaces|ops) (?P<rest>[a-z][^\n`;,.)|\"#]*|--[a-z][^\n`;,.)|\"#]*)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]*`")
_WORD = re.compile(r"^[a-z][a-z-]*$")
_OPTION = re.compile(r"^--?[a-z][a-z-]*$")
# `acinaces` as a word of a sentence, or as a name.
_PROSE = {"and", "in", "is", "needs", "alone", "to", "of", "the", "itself"}


def texts() -> Iterator[tuple[str, str]]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            yield name, (ROOT / name).read_text(encoding="utf-8")
    for code, entry in ERROR_CODES.items():
        yield f"error {code}", f"{entry.symptom}\n{entry.check}\n{entry.fix}"
    for advice in ADVICE:
        yield f"alarm {advice.title}", f"{advice.symptom}\n{advice.check}\n{advice.fix}"
    for trouble in TROUBLES:
        yield f"trouble {trouble.title}", "\n".join(str(part) for part in astuple(trouble))


def mistake(rest: str, root: Any) -> str:
    """What is wrong with the words and options behind `acinaces`; empty if nothing."""
    command, words = root, rest.split()
    while words and getattr(command, "commands", None):
        word = words.pop(0)
        if not _WORD.match(word):
            words.insert(0, word)
            break
        if word not in command.commands:
            return "" if word in _PROSE and command is root else f"no command {word!r}"
        command = command.commands[word]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    known |= {"--help", "--install-completion", "--show-completion"}
    if command.context_settings.get("allow_extra_args"):
        return ""
    wrong = [word for word in words if _OPTION.match(word) and word not in known]
    return f"no option {', '.join(wrong)}" if wrong else ""


def test_every_command_that_people_are_told_to_type_exists() -> None:
    root = command_line()
    wrong = [
        f"{place}: acinaces {match['rest'].strip()}: {problem}"
        for place, text in texts()
        for match in _COMMAND.finditer(text)
        if (problem := mistake(match["rest"], root))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_link_to_a_file_or_a_heading_leads_somewhere() -> None:
    wrong = []
    for name, text in texts():
        # What is kept for the generator stands where the page will be.
        folder = ROOT / ("docs/generated" if name.startswith("ops/") else Path(name).parent)
        for target in _LINK.findall(_CODE.sub("", text)):
            path, _, heading = target.partition("#")
            page = folder / path if path else ROOT / name
            if target.startswith(("http:", "https:", "mailto:")):
                continue
            if not page.exists() or (heading and page.suffix == ".md" and heading not in headings(page)):
                wrong.append(f"{name}: {target}")
    assert not wrong, "\n".join(wrong)


def headings(page: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("validate --env E --group api", ""),
        ("validat --env E", "no command 'validat'"),
        ("validate --grup api", "no option --grup"),
        ("deploy --env E --some-option-of-cdk", ""),
        ("in this folder", ""),
    ],
)
def test_the_rule(rest: str, expected: str) -> None:
    assert mistake(rest, command_line()) == expected
