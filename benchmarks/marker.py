"""How often a marker secret is seen after it has been pushed through every command on the embedded cloud.

    make local && .venv/bin/python -m benchmarks.marker

Limit: 0, also in base64, URL-encoded, in hexadecimal, or in part. The marker becomes the value of every credential of
exchanges and AI providers; all commands run, with and without JSON; then their outputs, the temporary folder, home, the
embedded cloud's own logs, the functions' logs, parameters, rows and reports are searched. At the end every secret has
its former value again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3

from environments import load_environment
from ops.embedded import STATE, STATE_VARIABLE, use_embedded_cloud
from ops.secrets.catalogue import FIELDS, secret_id
from tests.support.commands import Leaf, leaves
from tests.support.marker import Marker

ROOT: Final = Path(__file__).resolve().parents[1]
LOCAL: Final = load_environment("local")
# What would take minutes, or take the cloud away from the rest of the run, is tried.
TRIED: Final = (
    "bootstrap",
    "deploy",
    "recover application",
    "rollback backend",
    "rollback frontend",
    "rollback release",
)
LIMIT_S: Final = 300


def main() -> None:
    marker = Marker()
    use_embedded_cloud(LOCAL)
    seen: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as home, pushed(marker):
        run = 0
        for leaf in leaves():
            for options in ([], ["--json"]):
                if options and not leaf.has("--json"):
                    continue
                run += 1
                output = called(leaf, options, marker, Path(home))
                note(seen, f"output of {leaf.name}", marker.seen_in(output))
        for place, content in places(Path(home)):
            note(seen, place, marker.seen_in(content))
    print(f"{run} commands run; the marker was seen {sum(seen.values())} times (limit 0)")
    for place, times in seen.items():
        print(f"  {place}: {times}")
    sys.exit(1 if seen else 0)


def note(seen: dict[str, int], place: str, forms: list[str]) -> None:
    if forms:
        seen[place] = seen.get(place, 0) + len(forms)


@contextmanager
def pushed(marker: Marker) -> Iterator[None]:
    """The marker as the value of every credential, another one each; then the former values again."""
    client = boto3.client("secretsmanager")
    before = {name: client.get_secret_value(SecretId=secret_id(LOCAL, name))["SecretString"] for name in FIELDS}
    options = [option for name in FIELDS for option in ("--any-format", name)]
    command = ["secrets", "populate", "--env", "local", "--from", "-", "--yes", "--overwrite", *options]
    try:
        done = acinaces(command, marker, Path.home())
        if done.returncode:
            sys.exit(f"the marker could not be stored: {done.stderr.decode()}")
        yield
    finally:
        for name, value in before.items():
            client.put_secret_value(SecretId=secret_id(LOCAL, name), SecretString=value)


def called(leaf: Leaf, options: list[str], marker: Marker, home: Path) -> bytes:
    arguments = [*leaf.arguments(env="local"), *options]
    if leaf.has("--env") and "--env" not in arguments:
        arguments += ["--env", "local"]
    if leaf.name in TRIED:
        arguments.append("--dry-run")
    elif leaf.has("--yes"):
        arguments.append("--yes")
    if leaf.has("--output"):
        arguments += ["--output", str(home / "output")]
    done = acinaces(arguments, marker, home)
    print(f"{' '.join(arguments[:6])}: exit code {done.returncode}", file=sys.stderr)
    return done.stdout + done.stderr


def acinaces(arguments: list[str], marker: Marker, home: Path) -> subprocess.CompletedProcess[bytes]:
    """One command with every credential on its standard input."""
    document = {name: {field: f"{marker.value}{name}{field}" for field in own} for name, own in FIELDS.items()}
    return subprocess.run(
        [str(ROOT / "bin" / "acinaces"), *arguments],
        input=json.dumps(document).encode(),
        env={**os.environ, "HOME": str(home), "TMPDIR": str(home)},
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
    )


def places(home: Path) -> Iterator[tuple[str, bytes]]:
    """Everything that commands and functions may have written."""
    for path in home.rglob("*"):
        if path.is_file():
            yield f"temporary file {path.relative_to(home)}", path.read_bytes()
    state = Path(os.environ.get(STATE_VARIABLE) or STATE)
    for path in [*state.rglob("*.log"), *(ROOT / "manifests").glob("*.json"), *(ROOT / "docs").rglob("*.md")]:
        yield f"file {path}", path.read_bytes()
    yield from in_the_cloud()


def in_the_cloud() -> Iterator[tuple[str, bytes]]:
    ssm, dynamodb, s3, logs = boto3.client("ssm"), boto3.client("dynamodb"), boto3.client("s3"), boto3.client("logs")
    yield (
        "parameters",
        _text(page["Parameters"] for page in _pages(ssm, "get_parameters_by_path", Path="/", Recursive=True)),
    )
    for table in dynamodb.list_tables()["TableNames"]:
        yield f"table {table}", _text(page["Items"] for page in _pages(dynamodb, "scan", TableName=table))
    for bucket in s3.list_buckets()["Buckets"]:
        # The staging bucket holds packages and templates, which are of before the marker.
        for page in _pages(s3, "list_objects_v2", Bucket=bucket["Name"]):
            for entry in page.get("Contents", []):
                if entry["Key"].endswith((".json", ".html", ".txt")):
                    content = s3.get_object(Bucket=bucket["Name"], Key=entry["Key"])["Body"].read()
                    yield f"object s3://{bucket['Name']}/{entry['Key']}", content
    for page in _pages(logs, "describe_log_groups"):
        for group in page["logGroups"]:
            name = group["logGroupName"]
            yield (
                f"log {name}",
                _text(found["events"] for found in _pages(logs, "filter_log_events", logGroupName=name)),
            )


def _pages(client: Any, operation: str, **parameters: Any) -> Any:
    return client.get_paginator(operation).paginate(**parameters)


def _text(found: Any) -> bytes:
    return repr(list(found)).encode()


if __name__ == "__main__":
    main()
