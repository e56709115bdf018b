"""What the project brings to its pull requests: registry, baseline, workflow."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from pull_request.accepted import read_accepted
from pull_request.base import find_base, trailers
from pull_request.changes.compare import compare
from pull_request.checks.secrets import BASELINE
from pull_request.cli import chosen
from pull_request.process import ROOT, CouldNotRunError
from pull_request.steps import STEPS

WORKFLOW = (ROOT / ".github" / "workflows" / "pull-request.yml").read_text(encoding="utf-8")


def test_every_acceptance_has_a_reason_and_an_owner(tmp_path: Path) -> None:
    assert read_accepted().licence
    file = tmp_path / "accepted.toml"
    file.write_text('[[licence]]\npackage = "a"\nlicence = "GPL"\nreason = ""\nowner = "me"\n', encoding="utf-8")
    with pytest.raises(ValidationError, match="reason"):
        read_accepted(file)


def test_everything_in_the_baseline_was_reviewed() -> None:
    results = json.loads(BASELINE.read_text(encoding="utf-8"))["results"]
    assert not [file for file, entries in results.items() for entry in entries if entry.get("is_secret") is not False]


def test_the_workflow_runs_the_same_command_with_few_rights() -> None:
    assert "run: make pr " in WORKFLOW
    assert "pull_request_target" not in WORKFLOW
    assert "\npermissions: {}\n" in WORKFLOW
    check, comment = WORKFLOW.split("\n  comment:\n")
    assert "write" not in re.sub(r"#.*", "", check.split("jobs:")[1])
    # The job that may write takes nothing of the branch but a file.
    assert "checkout" not in comment
    assert "run:" not in comment


def test_every_action_is_pinned_to_a_commit_and_says_which_version() -> None:
    used = re.findall(r"uses: (\S+)(.*)", WORKFLOW)
    assert len(used) == WORKFLOW.count("uses:") >= 5
    for action, comment in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_no_expression_stands_in_a_script() -> None:
    """A branch's name is text of whoever opens the pull request."""
    scripts = re.findall(r"run: (.*)", WORKFLOW)
    assert scripts
    assert not [script for script in scripts if "${{" in script]


def test_every_step_names_its_verdicts_and_needs_steps_that_there_are() -> None:
    names = {step.name for step in STEPS}
    verdicts = [verdict for step in STEPS for verdict in step.verdicts]
    assert len(verdicts) == len(set(verdicts))
    assert all(set(step.needs) <= names for step in STEPS)
    assert {step.name for step in chosen(["diff"])} == {"diff", "synthesis", "base"}


def test_the_base_is_found_and_its_absence_is_said() -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", find_base("HEAD"))
    with pytest.raises(CouldNotRunError, match="git fetch"):
        find_base("no-such-branch")


def test_trailers_are_read_from_the_last_lines_of_commits(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        return subprocess.run(
            ["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "-m", "first")
    base = git("rev-parse", "HEAD")
    message = "Drop the tables\n\nThey are empty.\n\nDestroys: Acinaces-*-Data/A1\nDestroys: Acinaces-dev-Data/B2"
    git("commit", "--quiet", "--allow-empty", "-m", message)
    git("commit", "--quiet", "--allow-empty", "-m", "Destroys: nothing, this is a subject")

    found = trailers(base, root=tmp_path)
    assert [value for _, value in found] == ["Acinaces-*-Data/A1", "Acinaces-dev-Data/B2"]


def test_the_comparison_reads_templates_alone(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "head").mkdir()
    with pytest.raises(CouldNotRunError, match="no templates"):
        compare(tmp_path / "base", tmp_path / "head")
