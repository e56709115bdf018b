"""Layers: `/opt` in a worker's programs, and one unpacked copy for all workers."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from local.emulation.shared_layers import LayerArchive, shared_folder
from local.state import ROOT

SITE = ROOT / "local" / "emulation" / "worker_site"
RUN_TOOL = "import subprocess; print(subprocess.check_call(['/opt/tool/run', 'word']))"


def run_in_worker(code: str, *, layers: str | None) -> subprocess.CompletedProcess[str]:
    """A Python process as the emulator starts it."""
    variables = {"PYTHONPATH": str(SITE), "PATH": os.environ["PATH"]}
    if layers is not None:
        variables["_LAMBDA_LAYERS_DIRS"] = layers
    return subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)


def test_a_program_below_opt_is_found_in_a_layer_and_its_output_is_log(tmp_path: Path) -> None:
    script = tmp_path / "second" / "tool" / "run"
    script.parent.mkdir(parents=True)
    # Neither executable nor with an interpreter that is there: it runs on the worker's own.
    script.write_text("#!/no/such/python3\nimport sys; print('said', sys.argv[1])\n")

    ran = run_in_worker(RUN_TOOL, layers=os.pathsep.join([str(tmp_path / "first"), str(tmp_path / "second")]))

    assert (ran.stdout, ran.stderr) == ("0\n", "said word\n")


def test_output_that_the_caller_asks_for_is_the_callers(tmp_path: Path) -> None:
    script = tmp_path / "tool" / "run"
    script.parent.mkdir(parents=True)
    script.write_text("#!/usr/bin/env python3\nprint('said')\n")

    ran = run_in_worker("import subprocess; print(subprocess.check_output(['/opt/tool/run']))", layers=str(tmp_path))

    assert ran.stdout == "b'said\\n'\n"


@pytest.mark.parametrize("layers", [None, "/nowhere"])
def test_without_a_layer_that_has_it_opt_is_opt(layers: str | None) -> None:
    assert "FileNotFoundError" in run_in_worker(RUN_TOOL, layers=layers).stderr


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The emulator's temporary folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def archive(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, text in files.items():
            file.writestr(name, text)
    return content.getvalue()


def test_workers_share_one_compiled_copy_of_a_layer(temporary: Path) -> None:
    content = archive({"python/one.py": "ONE = 1\n", "python/broken.py": "def"})
    zipped = temporary / "layer_0.zip"
    zipped.write_bytes(content)
    folders = [temporary / worker / "layer_0" for worker in ("a", "b")]

    for folder in folders:
        folder.mkdir(parents=True)
        with LayerArchive(zipped) as layer:
            layer.extractall(folder)

    assert {folder.resolve() for folder in folders} == {shared_folder(content)}
    assert (folders[0] / "python" / "one.py").read_text() == "ONE = 1\n"
    compiled = {path.name.split(".")[0] for path in shared_folder(content).rglob("*.pyc")}
    assert compiled == {"one"}


def test_another_content_is_another_copy(temporary: Path) -> None:
    assert shared_folder(archive({"a": "1"})) != shared_folder(archive({"a": "2"}))


def test_code_is_unpacked_for_each_worker_as_before(temporary: Path) -> None:
    zipped = temporary / "code.zip"
    zipped.write_bytes(archive({"m.py": "x"}))
    (temporary / "code").mkdir()

    with LayerArchive(zipped) as code:
        code.extractall(temporary / "code")

    assert not (temporary / "code").is_symlink()
    assert (temporary / "code" / "m.py").exists()


def test_a_layer_that_cannot_be_unpacked_leaves_nothing(temporary: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        shared_folder(b"not a zip file")
    assert list((temporary / "layers").iterdir()) == []
