"""F45: a configuration file is malformed or unknown. One line, exit code 2, no traceback; whatever the file holds:
`tests/unit/test_environments_loading.py` and `tests/property/test_environments_mutations.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (None, "no environment given: add -c env=NAME, one of broken"),
        ("broken", "environments/broken.toml: aws.account: String should match pattern"),
    ],
)
def test_synthesis_ends_with_one_line(tmp_path: Path, name: str | None, expected: str) -> None:
    directory = tmp_path / "environments"
    directory.mkdir()
    (directory / "broken.toml").write_text(
        'description = "Broken"\n[aws]\naccount = "12"\n[domain]\nzone = "a.de"\nsite = "a.de"\napi = "b.a.de"\n',
        encoding="utf-8",
    )
    context = {"environments": str(directory), **({"env": name} if name else {})}
    result = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, "CDK_CONTEXT_JSON": json.dumps(context), "CDK_OUTDIR": str(tmp_path / "cdk.out")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("acinaces: ")
    assert expected in line
