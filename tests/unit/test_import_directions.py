"""What a line of code may touch follows from its folder (DESIGN §1)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CDK = ("aws_cdk", "cdk_nag", "cdk_preflight", "jsii")
# Folder -> what of the project it may import besides itself. `constructs` is also the name of CDK's own package.
ALLOWED: dict[str, tuple[str, ...]] = {
    "lambda_src": (),
    "environments": (),
    "delivery": ("environments",),
    "lambda_build": ("environments",),
    "frontend_deploy": ("environments",),
    "constructs": (
        "lambda_build",
        "frontend_deploy",
        "lambda_src.verification.plan",
        # The standard library only.
        "lambda_src.journal.sections",
    ),
    "stacks": ("constructs", "delivery", "environments", "lambda_build", "frontend_deploy", "lambda_src.verification"),
    "ops": ("delivery", "environments", "lambda_src.verification", "lambda_src.journal", "lambda_src.operations"),
    "local": ("ops", "delivery", "environments"),
    "pull_request": ("ops", "environments"),
}
WITH_CDK = ("constructs", "stacks")
PROJECT = (*ALLOWED, "app", "tests", "benchmarks")


def imports_of(source: str, package: str) -> Iterator[str]:
    """Modules that `source`, a module of `package`, imports anywhere: at its top, in a function, for types only."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            # `from lambda_src import verification` names a module by its last part.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def refused(folder: str, module: str) -> bool:
    """Whether a file below `folder` must not import `module`."""
    root = module.split(".")[0]
    if root in CDK:
        return folder not in WITH_CDK
    if root not in PROJECT or root == folder:
        return False
    if root == "constructs" and folder not in WITH_CDK:
        return True
    return not any(module == allowed or module.startswith(f"{allowed}.") for allowed in ALLOWED[folder])


def modules(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts)


@pytest.mark.parametrize("folder", ALLOWED)
def test_imports_go_one_way(folder: str) -> None:
    paths = modules(folder)
    assert paths
    wrong = []
    for path in paths:
        package = ".".join(path.relative_to(ROOT).parent.parts)
        names = set(imports_of(path.read_text(encoding="utf-8"), package))
        # A name imported from an allowed module is not a module of its own: the module decides.
        wrong += [f"{path.relative_to(ROOT)} imports {name}" for name in sorted(names) if refused(folder, name)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("folder", "module", "expected"),
    [
        ("lambda_src", "aws_cdk.aws_s3", True),
        ("lambda_src", "environments", True),
        ("lambda_src", "lambda_src.platform_common", False),
        ("lambda_src", "pydantic", False),
        ("constructs", "environments.schema", True),
        ("constructs", "lambda_src.verification.plan", False),
        ("constructs", "lambda_src.verification.engine", True),
        ("ops", "constructs", True),
        ("ops", "stacks.network", True),
        ("ops", "lambda_src.verification.engine", False),
        ("ops", "lambda_src.handlers.health", True),
        ("local", "ops.manifest", False),
        ("environments", "tests.support", True),
    ],
)
def test_the_rule(folder: str, module: str, expected: bool) -> None:
    assert refused(folder, module) is expected


def test_every_form_of_import_is_seen() -> None:
    source = "import a.b\nfrom c import d\nfrom . import e\nfrom ..f import g\ndef h():\n    import i\n"
    assert set(imports_of(source, "x.y")) >= {"a.b", "c", "c.d", "x.y.e", "x.f.g", "i"}
