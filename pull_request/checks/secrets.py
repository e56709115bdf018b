"""Secrets in the files of the branch, and in those of its commits that are gone again: history keeps them.

Nothing is sent anywhere: detect-secrets would try a key with the service that it is of. What was found is named by
place and kind, never shown. The baseline accepts what a person has looked at (`make secrets-baseline`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pull_request.process import ROOT, CouldNotRunError, run
from pull_request.step import Context, Step, tool
from pull_request.verdict import Result, failed, passed

BASELINE = ROOT / ".secrets.baseline"
# A logical id of CDK ends in eight hexadecimal digits, with a hash behind them or not, and looks random; an ARN names a
# secret and is none; locks are hashes from end to end.
_OPTIONS = (
    "--no-verify",
    *("--exclude-secrets", r"^[A-Za-z0-9]{3,}[0-9A-F]{8}([0-9a-f]{32})?$"),
    *("--exclude-secrets", r"^arn:aws:"),
    *("--exclude-files", r"(^|/)(requirements[a-z-]*\.txt|package-lock\.json|\.secrets\.baseline)$"),
)


@dataclass(frozen=True, kw_only=True)
class Secret:
    """Something that looks like one. digest: what the baseline knows it by."""

    file: str
    line: int
    kind: str
    digest: str

    @property
    def identity(self) -> tuple[str, str, str]:
        """Without the line, which moves when something above it changes."""
        return self.file, self.kind, self.digest


def _secrets(context: Context) -> Sequence[Result]:
    files = project_files()
    known = reviewed(json.loads(BASELINE.read_text(encoding="utf-8"))["results"])
    return [judge(scan(ROOT, files), _in_history(context), known, len(files))]


def judge(found: Iterable[Secret], past: Iterable[tuple[str, Secret]], known: Iterable[Secret], files: int) -> Result:
    """Failed for what the baseline does not know. `past`: commit and secret of what later commits took away again."""
    accepted = {secret.identity for secret in known}
    now = [secret for secret in found if secret.identity not in accepted]
    here = {secret.identity for secret in now}
    lines = [f"{secret.file}:{secret.line}: {secret.kind}" for secret in now]
    lines += [
        f"{secret.file}:{secret.line} in commit {commit[:12]}: {secret.kind}; gone again, and the history keeps it"
        for commit, secret in past
        if secret.identity not in accepted | here
    ]
    if not lines:
        return passed("secrets", f"{files} files and the branch's commits")
    todo = "Take it out, also out of the branch's commits, and rotate it. If it is none: make secrets-baseline, review."
    return failed("secrets", f"{len(lines)} new", "\n".join([*lines, "", todo]))


def scan(folder: Path, files: Sequence[str]) -> list[Secret]:
    """What looks like a secret in `files`, paths below `folder`.

    Raises:
        CouldNotRunError: detect-secrets failed.
    """
    if not files:
        return []
    done = run([tool("audit", "detect-secrets"), "scan", *_OPTIONS, *files], timeout_s=300, cwd=folder)
    if done.code:
        raise CouldNotRunError(f"detect-secrets failed: {done.last_line}")
    return read(json.loads(done.stdout)["results"])


def reviewed(results: dict[str, list[dict[str, object]]]) -> list[Secret]:
    """What of a baseline a person has called no secret; what nobody has looked at is not accepted."""
    return read({file: [one for one in entries if one.get("is_secret") is False] for file, entries in results.items()})


def update_baseline() -> int:
    """Adds what is new to the baseline, drops what is gone; what was reviewed stays so. Returns how many to review."""
    options = ["--baseline", BASELINE.name] if BASELINE.exists() else []
    done = run([tool("audit", "detect-secrets"), "scan", *options, *_OPTIONS, *project_files()], timeout_s=300)
    if done.code:
        raise CouldNotRunError(f"detect-secrets failed: {done.last_line}")
    if not options:
        BASELINE.write_text(done.stdout, encoding="utf-8")
    results = json.loads(BASELINE.read_text(encoding="utf-8"))["results"]
    return len(read(results)) - len(reviewed(results))


def project_files() -> list[str]:
    """Every file that git knows or would add."""
    names = _git("ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


def read(results: dict[str, list[dict[str, object]]]) -> list[Secret]:
    """From the form of detect-secrets, which is also the baseline's."""
    return [
        Secret(file=file, line=int(str(one["line_number"])), kind=str(one["type"]), digest=str(one["hashed_secret"]))
        for file, entries in results.items()
        for one in entries
    ]


def _in_history(context: Context) -> Iterator[tuple[str, Secret]]:
    """What is in files as the branch's commits had them, where the branch's last commit has them otherwise."""
    folder = context.work / "history"
    here = set(_git("ls-tree", "-r", "--format=%(objectname) %(path)", "HEAD").splitlines())
    written: dict[str, str] = {}
    for commit in _git("rev-list", f"{context.base}..HEAD").split():
        # Of a merge, only what neither side had.
        changed = _git("diff-tree", "--no-commit-id", "--name-only", "-r", "-c", "-z", "--diff-filter=AM", commit)
        for name in filter(None, changed.split("\0")):
            blob = _git("rev-parse", f"{commit}:{name}").strip()
            if f"{blob} {name}" in here or blob in written:
                continue
            written[blob] = commit
            target = folder / blob / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_git("cat-file", "blob", blob), encoding="utf-8")
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    for secret in scan(folder, files):
        blob, _, name = secret.file.partition("/")
        yield written[blob], replace(secret, file=name)


def _git(*arguments: str) -> str:
    done = run(["git", *arguments], timeout_s=60)
    if done.code:
        raise CouldNotRunError(f"git {arguments[0]} failed: {done.last_line}")
    return done.stdout


STEPS = (Step(name="secrets", run=_secrets, verdicts=("secrets",), seconds=15),)
