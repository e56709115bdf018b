"""A marker secret pushed through every command: it is in no output, file, table or log, in no disguise.

The commands are found by walking the command line, so a new one is covered. `benchmarks.marker` does the same on a
deployed cloud.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest

from environments import load_environment
from ops.cli import main
from ops.secrets.catalogue import FIELDS
from tests.support import credentials, emulator
from tests.support.commands import Leaf, leaves
from tests.support.killing import Commands, Done
from tests.support.manifests import put_manifest
from tests.support.marker import Marker

# Calls in place of the shortest one, where that would build, deploy or wait: what it does is in `benchmarks.marker`.
OWN_CALLS: dict[str, tuple[str, ...]] = {
    "bootstrap": ("--env", "local", "--dry-run"),
    "deploy": ("--env", "production", "--hotswap"),
    "docs": ("--env", "local", "--check"),
}
LOCAL = load_environment("local")


@dataclass
class Marked:
    """An emulator whose secrets are all the marker, and commands that know it as their credentials too."""

    marker: Marker
    folder: Path
    commands: dict[str, Commands]
    client: Callable[[str], Any]

    def run(self, *arguments: str, env: str = "local") -> Done:
        """One command, with every secret on its standard input; whatever it says, the marker is not in it."""
        # Each field's value is another one, as a population asks for.
        document = {
            name: {field: f"{self.marker.value}{name}{field}" for field in fields} for name, fields in FIELDS.items()
        }
        done = self.commands[env].run(*arguments, stdin=json.dumps(document))
        assert self.marker.seen_in((done.out + done.err).encode()) == [], arguments
        return done


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marked]:
    folder, marker = tmp_path_factory.mktemp("marker"), Marker()
    with emulator.running(tmp_path_factory.mktemp("emulator")) as url:

        def client(service: str) -> Any:
            return boto3.client(  # type: ignore[call-overload]
                service, endpoint_url=url, region_name="eu-central-1",
                aws_access_key_id=LOCAL.aws.account, aws_secret_access_key="none",
            )  # fmt: skip

        put_manifest(client("ssm"), LOCAL)
        credentials.create(client("secretsmanager"))
        for entry in client("secretsmanager").list_secrets()["SecretList"]:
            fields = FIELDS.get(entry["Name"].rpartition("/")[2])
            value = json.dumps(dict.fromkeys(fields, marker.value)) if fields else marker.value
            client("secretsmanager").put_secret_value(SecretId=entry["ARN"], SecretString=value)
        commands = {}
        # `local` has a manifest and secrets; in `dev`, whose account is another one, there is nothing at all.
        for environment in (LOCAL, load_environment("dev")):
            base = folder / environment.name
            base.mkdir()
            variables = {
                "AWS_ENDPOINT_URL": url,
                "AWS_ACCESS_KEY_ID": environment.aws.account,
                "AWS_SECRET_ACCESS_KEY": marker.value,
                "AWS_SESSION_TOKEN": marker.value,
                "AWS_DEFAULT_REGION": "eu-central-1",
                "HOME": str(base),
                "TMPDIR": str(base),
            }
            commands[environment.name] = Commands(base, variables)
        yield Marked(marker, folder, commands, client)


def call(leaf: Leaf, env: str, *options: str) -> tuple[str, ...]:
    """How a command is called; with those of the `options` that it has."""
    own = OWN_CALLS.get(leaf.name)
    shortest = (*leaf.words, *own) if own else tuple(leaf.arguments(env=env))
    return (*shortest, *(option for option in options if leaf.has(option) and option not in shortest and not own))


LEAVES = pytest.mark.parametrize("leaf", leaves(), ids=lambda leaf: leaf.name)


@LEAVES
def test_no_command_shows_it_where_nothing_is_deployed(marked: Marked, leaf: Leaf) -> None:
    marked.run(*call(leaf, "dev", "--yes"), env="dev")


@LEAVES
def test_no_command_shows_or_leaves_it_where_something_is_deployed(marked: Marked, leaf: Leaf) -> None:
    marked.run(*call(leaf, "local", "--yes", "--json"))
    assert_left_nowhere(marked)


def test_a_population_shows_and_leaves_it_nowhere_whether_it_is_refused_or_stored(marked: Marked) -> None:
    populate = ("secrets", "populate", "--env", "local", "--from", "-", "--yes", "--overwrite")
    anything = [option for name in FIELDS for option in ("--any-format", name)]

    refused = marked.run(*populate)
    stored = marked.run(*populate, *anything)

    # Stored, though no function of this manifest is there to prove it.
    assert (refused.code, f"{len(FIELDS)} stored" in stored.err) == (2, True), refused.err + stored.err
    assert_left_nowhere(marked)


@LEAVES
def test_a_secret_typed_where_no_argument_belongs_is_not_repeated(
    leaf: Leaf, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    marker = Marker()
    # What takes any argument hands it on to cdk, which would go on.
    if leaf.command.context_settings.get("allow_extra_args"):
        return
    monkeypatch.setattr("sys.argv", ["acinaces", *leaf.words, "--env", "local", *[marker.value] * 3])

    with pytest.raises(SystemExit) as ended:
        main()

    shown = capfd.readouterr()
    assert ended.value.code == 2
    assert marker.seen_in((shown.out + shown.err).encode()) == []


def assert_left_nowhere(marked: Marked) -> None:
    """No file below home and the temporary folder has it, and nothing in the cloud but the secrets."""
    # What commands read from standard input is there, of course.
    assert list(marked.marker.seen_below(marked.folder, without=frozenset({".in"}))) == []
    assert marked.marker.seen_in(everything_but_secrets(marked)) == []


def everything_but_secrets(marked: Marked) -> bytes:
    """Parameters, rows, objects and log lines in the emulator."""
    ssm, dynamodb, s3, logs = (marked.client(name) for name in ("ssm", "dynamodb", "s3", "logs"))
    found: list[Any] = [ssm.get_parameters_by_path(Path="/", Recursive=True)["Parameters"]]
    found += [dynamodb.scan(TableName=name)["Items"] for name in dynamodb.list_tables()["TableNames"]]
    for bucket in s3.list_buckets().get("Buckets", []):
        for entry in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
            found.append(s3.get_object(Bucket=bucket["Name"], Key=entry["Key"])["Body"].read())
    for group in logs.describe_log_groups()["logGroups"]:
        found.append(logs.filter_log_events(logGroupName=group["logGroupName"])["events"])
    return repr(found).encode()


def test_the_marker_is_found_in_every_disguise() -> None:
    marker = Marker()
    plain = marker.value.encode()
    shown = [
        plain,
        b"key=" + plain[:12],
        json.dumps({"a": marker.value}).encode(),
        quote(marker.value).encode(),
        quote(marker.value, safe="").encode(),
        plain.hex().encode(),
        *(base64.b64encode(b"k" * shift + plain + b"tail") for shift in range(7)),
        *(base64.urlsafe_b64encode(b"k" * shift + plain + b"tail") for shift in range(7)),
        base64.encodebytes(b"a line that is broken: " * 3 + plain),
    ]
    assert [content for content in shown if not marker.seen_in(content)] == []
    assert marker.seen_in(b"nothing of it here") == []
