"""`constructs/` extends the PyPI package of that name (DESIGN §1)."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_no_init_file_hides_the_package() -> None:
    assert not (ROOT / "constructs" / "__init__.py").exists()


def test_the_package_is_one_that_extends_its_path() -> None:
    assert tuple(int(part) for part in version("constructs").split(".")) >= (10, 3, 1)


def test_both_can_be_imported_in_either_order() -> None:
    for first, second in (("Construct", "gate"), ("gate", "Construct")):
        imports = {
            "Construct": "from constructs import Construct",
            "gate": "from constructs.verification_gate import VerificationGate",
        }
        program = "\n".join(
            ["import stacks", imports[first], imports[second], "assert issubclass(VerificationGate, Construct)"]
        )
        result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
