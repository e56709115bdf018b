"""The dependencies layer: built once per lock and target, and nothing half-written when pip fails."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from lambda_build.layers import LayerBuildError, LayerTarget, dependencies_fingerprint, ensure_dependencies_layer

ARM = LayerTarget(runtime="python3.13", architecture="arm64", on_host=False)
HOST = LayerTarget(runtime="python3.11", architecture="x86_64", on_host=True)


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text("redis==8.1.0\n", encoding="utf-8")
    return path


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Stands in for pip: records its arguments and writes what it would install."""
    calls: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        into = Path(command[command.index("--target") + 1])
        (into / "redis" / "__pycache__").mkdir(parents=True)
        (into / "redis" / "client.py").touch()
        (into / "redis" / "__pycache__" / "client.pyc").touch()
        failed = "broken" in Path(command[command.index("--requirement") + 1]).read_text(encoding="utf-8")
        return subprocess.CompletedProcess(command, int(failed), "", "no matching distribution" if failed else "")

    monkeypatch.setattr("lambda_build.layers.subprocess.run", run)
    return calls


def test_a_fresh_layer_is_reused_and_a_stale_one_is_built_anew(
    tmp_path: Path, requirements: Path, pip: list[list[str]]
) -> None:
    first = ensure_dependencies_layer(requirements, target=ARM, output=tmp_path / "out")
    assert ensure_dependencies_layer(requirements, target=ARM, output=tmp_path / "out") == first
    assert len(pip) == 1

    requirements.write_text("redis==8.2.0\n", encoding="utf-8")
    assert ensure_dependencies_layer(requirements, target=ARM, output=tmp_path / "out") != first
    assert len(pip) == 2


def test_what_lambda_never_reads_is_left_out(tmp_path: Path, requirements: Path, pip: list[list[str]]) -> None:
    built = ensure_dependencies_layer(requirements, target=ARM, output=tmp_path / "out")

    assert [path.name for path in built.rglob("*") if path.is_file()] == ["client.py"]


def test_pip_is_asked_for_the_functions_platform_and_for_the_host_as_it_is(
    tmp_path: Path, requirements: Path, pip: list[list[str]]
) -> None:
    ensure_dependencies_layer(requirements, target=ARM, output=tmp_path / "out")
    ensure_dependencies_layer(requirements, target=HOST, output=tmp_path / "out")

    assert "manylinux2014_aarch64" in pip[0]
    assert pip[0][pip[0].index("--python-version") + 1] == "3.13"
    assert "--platform" not in pip[1]
    assert all("--require-hashes" in call and "--only-binary=:all:" in call for call in pip)


def test_a_failed_installation_leaves_nothing_and_says_how_to_try_again(
    tmp_path: Path, requirements: Path, pip: list[list[str]]
) -> None:
    requirements.write_text("broken==1\n", encoding="utf-8")

    with pytest.raises(LayerBuildError, match=r"no matching distribution\nTry again with: .*pip install"):
        ensure_dependencies_layer(requirements, target=ARM, output=tmp_path / "out")

    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]


def test_the_fingerprint_tells_targets_apart(requirements: Path) -> None:
    targets = [ARM, HOST, LayerTarget(runtime="python3.13", architecture="x86_64", on_host=False)]

    assert len({dependencies_fingerprint(requirements, target) for target in targets}) == len(targets)
