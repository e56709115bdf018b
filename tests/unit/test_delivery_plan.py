"""A pipeline's definition: environments are data, and mistakes are one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from delivery import DeliveryFileError, Kind, delivery_plan
from delivery.matrix import INTEGRATION, SECURITY, TRADING_SAFETY, matrix
from delivery.settings import FILE
from environments.loader import DIRECTORY

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A copy of the environments."""
    return Path(shutil.copytree(DIRECTORY, tmp_path / "environments", ignore=shutil.ignore_patterns("*.py*", "__*")))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_environments_in_their_order() -> None:
    stages = delivery_plan("main").stages
    assert [stage.environment.name for stage in stages] == ["dev", "test", "staging", "production"]
    assert [stage.approved_by_a_person for stage in stages] == [False, False, False, True]


def test_one_file_more_is_one_environment_more(directory: Path) -> None:
    text = (directory / "staging.toml").read_text(encoding="utf-8")
    text = text.replace("staging.acinaces.com", "load.acinaces.com").replace("order = 30", "order = 35")
    (directory / "load.toml").write_text(text.replace("333333333333", "666666666666"), encoding="utf-8")
    stages = delivery_plan("main", directory=directory).stages
    assert [stage.environment.name for stage in stages] == ["dev", "test", "staging", "load", "production"]
    promoted = {
        stage.environment.name: [step.environment for step in stage.before if "promotion" in step.name]
        for stage in stages
    }
    assert promoted == {"dev": [], "test": [], "staging": ["test"], "load": ["staging"], "production": ["load"]}


def test_a_file_without_the_section_is_left_out(directory: Path) -> None:
    assert "local" not in {stage.environment.name for stage in delivery_plan("main", directory=directory).stages}


def test_the_matrix_of_m21() -> None:
    kinds = {step.name: (step.critical, step.kind) for step in matrix()}
    blocking, reported = (True, Kind.BLOCKING), (True, Kind.REPORTED)
    assert kinds == {
        "unit": blocking,
        "integration": blocking,
        "security": blocking,
        "trading-safety": blocking,
        "performance": reported,
        "end-to-end": reported,
    }


def test_no_test_is_lost_between_the_parts_of_the_matrix() -> None:
    """Files that a part names are there; what none names, `unit` runs."""
    for path in (*SECURITY, *TRADING_SAFETY, *INTEGRATION):
        assert (ROOT / path).exists(), path
    unit = next(step for step in matrix() if step.name == "unit").commands[0]
    assert "tests/unit tests/property tests/snapshot" in unit
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and any(path.glob("**/test_*.py"))}
    assert folders <= {"unit", "property", "snapshot", "faults", "e2e"}, "a new folder of tests needs a part"
    ignored = {part for part in unit.split() if part.endswith(".py")}
    assert ignored == {path for path in (*SECURITY, *TRADING_SAFETY, *INTEGRATION) if path.endswith(".py")}


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("test", "order = 20", "order = 10", "pipeline.order of dev and test must differ"),
        ("test", "555555555555", "555555555556", "pipeline.account must be the same in all environments"),
        (
            "production",
            "replicas = 3",
            "replicas = 1",
            "capacity.replicas of production must be at least that of staging",
        ),
        ("production", "memory_mb = 2048", "memory_mb = 512", "capacity.memory_mb of production"),
    ],
)
def test_environments_that_do_not_fit_together(directory: Path, file: str, old: str, new: str, expected: str) -> None:
    edit(directory / f"{file}.toml", old, new)
    with pytest.raises(DeliveryFileError, match=expected):
        delivery_plan("main", directory=directory)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('branch = "main"', 'branch = ""', "delivery.toml: pipelines.main.branch: "),
        ('branch = "main"', 'brunch = "main"', "delivery.toml: pipelines.main.b"),
        ("[source]", "[sauce]", "delivery.toml: "),
        ('skip = ["dev", "test"]', 'skip = ["uat"]', "pipelines.hotfix.skip names 'uat'"),
        ("region = ", "region ", "not readable as TOML"),
    ],
)
def test_settings_that_cannot_be_used(tmp_path: Path, old: str, new: str, expected: str) -> None:
    file = tmp_path / "delivery.toml"
    shutil.copy(FILE, file)
    edit(file, old, new)
    with pytest.raises(DeliveryFileError, match=expected) as caught:
        delivery_plan("hotfix", file=file)
    assert len(str(caught.value).splitlines()) == 1


def test_an_unknown_pipeline_gets_a_hint() -> None:
    with pytest.raises(DeliveryFileError, match=r"unknown pipeline 'hotfx'.*Did you mean 'hotfix'\?"):
        delivery_plan("hotfx")
