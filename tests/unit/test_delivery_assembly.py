"""What was synthesised is what is deployed: the digest of the assembly, taken once and compared before each stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from delivery.__main__ import main
from delivery.assembly import VARIABLE, digest
from delivery.checks import ASSEMBLY


@pytest.fixture
def assembly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ASSEMBLY
    (folder / "production" / "asset.1").mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "production" / "asset.1" / "index.html").write_text("<html>")
    return folder


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file changed": lambda folder: (folder / "production" / "asset.1" / "index.html").write_text("<html >"),
    "a file more": lambda folder: (folder / "production" / "more.json").write_text(""),
    "a file less": lambda folder: (folder / "manifest.json").unlink(),
    "a file renamed": lambda folder: (folder / "manifest.json").rename(folder / "manifest2.json"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_artefact_is_not_deployed(
    assembly: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    assert main(["digest"]) == 0
    monkeypatch.setenv(VARIABLE, capsys.readouterr().out.strip())
    assert main(["verify"]) == 0
    CHANGES[change](assembly)
    assert main(["verify"]) == 1
    assert "is not what was synthesised: its digest is" in capsys.readouterr().err


def test_without_a_digest_nothing_is_deployed(
    assembly: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert main(["verify"]) == 1
    assert "ASSEMBLY_DIGEST is not set" in capsys.readouterr().err


def test_what_cdk_writes_while_it_reads_is_no_part_of_it(assembly: Path) -> None:
    before = digest(assembly)
    (assembly / "read.1.1.lock").write_text("1")
    assert digest(assembly) == before
