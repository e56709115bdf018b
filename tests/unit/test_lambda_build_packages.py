"""Packages: a handler's own file and what it imports, with a digest of the content alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lambda_build.packages import import_closure, write_package


@pytest.fixture
def root(tmp_path: Path) -> Path:
    sources = {
        "lambda_src/handlers/orders.py": "import json\nfrom lambda_src.pricing.quotes import quote\n"
        "from lambda_src.platform_common import api\n",
        "lambda_src/handlers/audit.py": "import boto3\n",
        "lambda_src/pricing/__init__.py": "",
        "lambda_src/pricing/quotes.py": "def quote():\n    from . import symbols\n",
        "lambda_src/pricing/symbols.py": "",
        "lambda_src/pricing/unused.py": "",
        "lambda_src/platform_common/__init__.py": "",
        "lambda_src/platform_common/api.py": "",
    }
    for name, text in sources.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def names(root: Path, entry: str) -> list[str]:
    files = import_closure([root / "lambda_src" / "handlers" / entry], root)
    return [path.relative_to(root / "lambda_src").as_posix() for path in files]


def test_a_package_holds_what_the_handler_imports_and_no_more(root: Path) -> None:
    assert names(root, "orders.py") == [
        "handlers/orders.py",
        "pricing/__init__.py",
        "pricing/quotes.py",
        "pricing/symbols.py",
    ]
    assert names(root, "audit.py") == ["handlers/audit.py"]


def test_the_digest_follows_the_content_and_nothing_else(root: Path, tmp_path: Path) -> None:
    entry = root / "lambda_src/handlers/audit.py"
    first = write_package([entry], root=root, output=tmp_path / "out")
    os.utime(entry, (1, 1))
    entry.chmod(0o600)
    assert write_package([entry], root=root, output=tmp_path / "other").name == first.name

    entry.write_text("import boto3 \n", encoding="utf-8")
    assert write_package([entry], root=root, output=tmp_path / "out").name != first.name


def test_a_package_that_another_synthesis_finished_first_is_kept(root: Path, tmp_path: Path) -> None:
    entry = root / "lambda_src/handlers/audit.py"
    first = write_package([entry], root=root, output=tmp_path / "out", prefix="python")
    (first / "marker").touch()

    assert write_package([entry], root=root, output=tmp_path / "out", prefix="python") == first
    assert (first / "marker").exists()
    assert (first / "python/lambda_src/handlers/audit.py").exists()
    assert not list((tmp_path / "out").glob(".partial-*"))


def test_a_package_is_whole_although_another_synthesis_breaks_off_in_the_middle_of_the_same_one(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two syntheses at once once shared their unfinished folder, and published half of a package."""
    files = import_closure([root / "lambda_src/handlers/orders.py"], root)
    write = Path.write_bytes
    state = {"written": 0}

    def interrupted(path: Path, content: bytes) -> int:
        state["written"] += 1
        if state["written"] == 2:
            # The other one starts now, and is ended before it has written anything.
            with pytest.raises(InterruptedError):
                write_package(files, root=root, output=tmp_path / "out")
        elif state["written"] == 3:
            raise InterruptedError
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    folder = write_package(files, root=root, output=tmp_path / "out")

    assert sorted(path.relative_to(folder) for path in folder.rglob("*.py")) == [p.relative_to(root) for p in files]
    assert [path.name for path in (tmp_path / "out").iterdir()] == [folder.name]
