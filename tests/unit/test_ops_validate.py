"""`acinaces validate`: the right part of the right plan, the right exit code, data on stdout and nothing else there."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import boto3
import pytest
from botocore.stub import Stubber
from rich.console import Console

from environments import load_environment
from lambda_src.verification.contents import ReleaseContents
from lambda_src.verification.history import History
from lambda_src.verification.plan import ApiEndpointCheck, Plan, Targets
from lambda_src.verification.verdicts import Attempt, Report, Verdict
from ops import aws, cli, embedded, validate, validate_screen
from ops.errors import ExitCode, OperatorError
from ops.manifest import Manifest
from ops.rollback import diary
from tests.support.reports import report, result

LOCAL = load_environment("local")


def check(name: str, **changes: Any) -> ApiEndpointCheck:
    group = name.partition("/")[0]
    return ApiEndpointCheck(name=name, group=group, category=group, path="/x", remedy="Look.", public=True, **changes)


PLAN = Plan(
    environment="local",
    targets=Targets(api_url="http://localhost:1", allow_loopback=True),
    consistency_window_s=120,
    checks=(check("api/orders"), check("api/health"), check("site/page"), check("gate/only", stages=("gate",))),
)
LIVE = validate.Live(plan=PLAN, contents=ReleaseContents(commit="7cb6d37a"), history=History())


def test_a_person_waits_less_than_a_release() -> None:
    chosen = validate.choose(PLAN, groups=(), names=())

    assert [item.name for item in chosen.checks] == ["api/orders", "api/health", "site/page"]
    assert chosen.consistency_window_s == validate.LONGEST_WINDOW_S


def test_groups_and_checks_narrow_the_plan() -> None:
    assert [item.name for item in validate.choose(PLAN, groups=("api",), names=()).checks] == [
        "api/orders",
        "api/health",
    ]
    assert [item.name for item in validate.choose(PLAN, groups=(), names=("site/page",)).checks] == ["site/page"]


@pytest.mark.parametrize(
    ("groups", "names", "said", "fix"),
    [
        (("ap",), (), "no group 'ap'; did you mean 'api'?", "--group api"),
        (("zzz",), (), "It has: api, gate, site", "--group api"),
        ((), ("api/ordrs",), "did you mean 'api/orders'", "--only api/orders"),
        ((), ("orders",), "did you mean 'api/orders'", "--only api/orders"),
        ((), ("helth",), "did you mean 'api/health'", "--only api/health"),
        (("site",), ("api/orders",), "no check is both in the group and called so", "leave out"),
        ((), ("gate/only",), "none of them is run outside releases", "leave out"),
    ],
)
def test_a_mistyped_name_suggests_the_right_one(
    groups: tuple[str, ...], names: tuple[str, ...], said: str, fix: str
) -> None:
    with pytest.raises(OperatorError) as raised:
        validate.choose(PLAN, groups=groups, names=names)

    assert said in str(raised.value)
    assert fix in raised.value.next_step
    assert raised.value.code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((Verdict.PASSED, Verdict.SKIPPED), 0),
        ((Verdict.PASSED, Verdict.FAILED, Verdict.ERROR), 1),
        ((Verdict.PASSED, Verdict.ERROR, Verdict.INCONCLUSIVE), 3),
        ((Verdict.PASSED, Verdict.INCONCLUSIVE), 4),
        ((Verdict.SKIPPED,), 4),
    ],
)
def test_exit_codes(verdicts: tuple[Verdict, ...], code: int) -> None:
    run = report(*(result(f"api/{index}", verdict) for index, verdict in enumerate(verdicts)), kind="validate")

    assert validate.exit_code(run) == code


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Everything around the command, with a run in which `api/orders` fails; what was asked to run."""
    plans: list[Plan] = []

    def run(_environment: Any, live: validate.Live, plan: Plan, watcher: validate.Watcher) -> Report:
        plans.append(plan)
        results = [
            result(item.name, Verdict.FAILED if item.name == "api/orders" else Verdict.PASSED) for item in plan.checks
        ]
        for one in results:
            watcher.attempt(one.name, 1, None)
            watcher.result(one)
        return report(*results, kind="validate", contents=live.contents)

    monkeypatch.setattr(embedded, "use_embedded_cloud", lambda _: None)
    monkeypatch.setattr(diary, "serving_instead", lambda _: "")
    monkeypatch.setattr(validate, "read_live", lambda _: LIVE)
    monkeypatch.setattr(validate, "run", run)
    return plans


def test_after_a_rollback_the_plan_is_that_of_the_release_that_serves(
    monkeypatch: pytest.MonkeyPatch, ran: list[Plan]
) -> None:
    asked: list[str] = []

    def read_live(_: Any, *, release_id: str = "") -> validate.Live:
        asked.append(release_id)
        return LIVE

    monkeypatch.setattr(diary, "serving_instead", lambda _: "the-one-before")
    monkeypatch.setattr(validate, "read_live", read_live)

    command(monkeypatch)

    assert asked == ["the-one-before"]


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["acinaces", "validate", "--env", "local", *arguments])
    with pytest.raises(SystemExit) as raised:
        cli.main()
    return int(raised.value.code or 0)


def test_json_is_all_that_is_on_stdout(
    ran: list[Plan], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "--json") == 1

    output = capsys.readouterr()
    assert Report.model_validate(json.loads(output.out)).verdict is Verdict.FAILED
    assert "failed       api/orders" in output.err


def test_files_are_written_and_the_answer_is_printed(
    ran: list[Plan], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = {option: tmp_path / "new" / f"report.{option}" for option in ("junit", "html", "markdown")}
    options = [part for option, path in files.items() for part in (f"--{option}", str(path))]

    assert command(monkeypatch, "--group", "site", *options) == 0

    assert [item.name for item in ran[0].checks] == ["site/page"]
    assert "test is in order" in capsys.readouterr().out
    tests = ElementTree.fromstring(files["junit"].read_text(encoding="utf-8")).get("tests")  # noqa: S314 - ours
    assert tests == "1"
    assert files["html"].read_text(encoding="utf-8").startswith("<!doctype html>")
    assert files["markdown"].read_text(encoding="utf-8").startswith("## ✓ test is in order")


def test_a_failure_shows_its_remedy_and_no_colour_without_a_terminal(
    ran: list[Plan], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command(monkeypatch)

    output = capsys.readouterr()
    assert "to do: Look into the log of api/orders." in output.out
    assert "\x1b" not in output.out + output.err


@pytest.mark.parametrize("height", [40, 10])
def test_the_live_table_fits_the_terminal(height: int) -> None:
    plan = PLAN.model_copy(update={"checks": tuple(check(f"api/c{number}") for number in range(20))})
    console = Console(file=io.StringIO(), force_terminal=True, width=100, height=height)
    live = validate_screen.LiveScreen(console, plan)
    for number in range(15):
        live.attempt(f"api/c{number}", 1, None)
        if number < 12:
            live.result(result(f"api/c{number}", Verdict.PASSED))
    live.attempt("api/c13", 2, Attempt(at_ms=0, duration_ms=1, verdict=Verdict.FAILED, message="HTTP 503 [not markup]"))

    with console.capture() as captured:
        console.print(live)

    text = captured.get()
    assert len(text.splitlines()) <= height
    assert "12 of 20 checks, 12 passed" in text
    assert "HTTP 503 [not markup]" in text


def manifest(**changes: Any) -> Manifest:
    values = dict.fromkeys(Manifest.model_fields, "x")
    return Manifest.model_construct(
        **{**values, "release_id": "new", "git_commit": "7cb6d37a", "asset_hashes": {"site": "1"}, **changes}
    )


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Stubber:
    client = boto3.client("s3", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")

    class Session:
        def client(self, *_: Any, **__: Any) -> Any:
            return client

    monkeypatch.setattr(validate, "session", lambda _: Session())
    monkeypatch.setattr(validate, "require_account", lambda _: None)
    monkeypatch.setattr(validate, "read_manifest", lambda _: manifest(report="s3://reports/releases/new/1.json"))
    stubber = Stubber(client)
    stubber.activate()
    return stubber


def holds(s3: Stubber, key: str, text: str | None) -> None:
    wanted = {"Bucket": "reports", "Key": key}
    if text is None:
        s3.add_client_error("get_object", "NoSuchKey", expected_params=wanted)
    else:
        s3.add_response("get_object", {"Body": io.BytesIO(text.encode())}, wanted)


def test_the_plan_of_the_live_release_is_read(s3: Stubber) -> None:
    released = report(result("a/b", Verdict.PASSED), release_id="new", contents=ReleaseContents(changed=("site",)))
    holds(s3, "releases/new/plan.json", PLAN.to_json())
    holds(s3, "releases/history.json", History().with_run(released, report_key="1").model_dump_json())

    live = validate.read_live(LOCAL)

    assert (live.plan.release_id, live.plan.checks) == ("new", PLAN.checks)
    assert (live.contents.commit, live.contents.changed) == ("7cb6d37a", ("site",))


@pytest.mark.parametrize(
    ("text", "said"), [(None, "has stored no plan"), ('{"schema_version": "9"}', "another version")]
)
def test_no_usable_plan_is_a_precondition(s3: Stubber, text: str | None, said: str) -> None:
    holds(s3, "releases/new/plan.json", text)
    if text is None:
        holds(s3, "releases/plan.json", None)
    holds(s3, "releases/history.json", None)

    with pytest.raises(OperatorError, match=said) as raised:
        validate.read_live(LOCAL)

    assert raised.value.code is ExitCode.PRECONDITION


def test_another_account_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Session:
        def client(self, *_: Any, **__: Any) -> Any:
            return self

        def get_caller_identity(self) -> dict[str, str]:
            return {"Account": "999999999999"}

    monkeypatch.setattr(aws, "session", lambda _: Session())

    with pytest.raises(OperatorError, match="signed in to account 999999999999, and local is in 000000000000"):
        aws.require_account(LOCAL)


def test_the_embedded_cloud_is_found_and_nothing_of_the_persons_own_stays(tmp_path: Path) -> None:
    (tmp_path / "clients.json").write_text(json.dumps({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}), encoding="utf-8")
    variables = {"ACINACES_STATE": str(tmp_path), "AWS_PROFILE": "production", "PATH": "/bin"}

    embedded.use_embedded_cloud(LOCAL, variables)

    assert variables == {"ACINACES_STATE": str(tmp_path), "PATH": "/bin", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}


def test_an_environment_in_aws_keeps_the_callers_variables(tmp_path: Path) -> None:
    variables = {"ACINACES_STATE": str(tmp_path), "AWS_PROFILE": "production"}

    embedded.use_embedded_cloud(load_environment("production"), variables)

    assert variables["AWS_PROFILE"] == "production"


def test_an_embedded_cloud_that_does_not_run_is_said_with_its_command(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="does not run") as raised:
        embedded.use_embedded_cloud(LOCAL, {"ACINACES_STATE": str(tmp_path)})

    assert (raised.value.next_step, raised.value.code) == ("make local", ExitCode.PRECONDITION)
