"""The page about the embedded cloud's rules: what modules say of themselves, read as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.documents import pages
from ops.documents.cloud_page import cloud_page, modules
from tests.support.synthesis import ROOT


def test_the_page_is_what_the_modules_say() -> None:
    committed = (ROOT / pages.FOLDER / "embedded-cloud.md").read_text(encoding="utf-8")

    assert committed.endswith(cloud_page(modules())), f"run `{pages.RENEW}` and commit"


def test_every_module_that_changes_the_emulator_says_what_it_enforces_or_adds() -> None:
    silent = [
        module.name
        for module in modules()
        if module.installs and not (module.enforces or module.not_enforced or module.title)
    ]

    assert silent == []


def test_every_module_that_changes_the_emulator_is_installed() -> None:
    launcher = (ROOT / "local" / "emulator.py").read_text(encoding="utf-8")

    assert [module.name for module in modules() if module.installs and f"    {module.name},\n" not in launcher] == []


def test_rules_and_gaps_are_listed_under_their_module(tmp_path: Path) -> None:
    (tmp_path / "sizes.py").write_text(
        '"""Sizes of\nrequests.\n\nMore."""\nfrom typing import Final\n'
        'ENFORCES: Final = ("An event of " "1 MB: `413`.",)\nNOT_ENFORCED = ("Names.",)\ndef install(): ...\n'
    )
    (tmp_path / "zones.py").write_text('"""Zones exist."""\ndef install(): ...\n')

    text = cloud_page(modules(tmp_path))

    assert "## sizes\n\nSizes of requests.\n\n- An event of 1 MB: `413`.\n\nNot enforced:\n\n- Names.\n" in text
    assert text.endswith("adds to the emulator\n\n- `zones`: Zones exist.\n")


def test_a_constant_that_is_no_tuple_of_texts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text('ENFORCES = ("not a tuple")\n')

    with pytest.raises(ValueError, match="ENFORCES must be a tuple of texts"):
        modules(tmp_path)
