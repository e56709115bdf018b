"""Imported by every Python process of the embedded cloud (it is on its PYTHONPATH): makes `/opt` work for layers.

On AWS Lambda a layer is unpacked in `/opt`; the emulator unpacks it in a folder of the worker and names the folders
in `_LAMBDA_LAYERS_DIRS`. CDK's BucketDeployment runs `/opt/awscli/aws` from a layer. A program named `/opt/...` is
therefore looked up in those folders, and a Python script runs on this interpreter, whatever its first line says.

Such a program's standard output goes to standard error, where logs belong: the worker answers over standard output,
and the AWS CLI prints a line for each file.

Plain imports only, and nothing outside a worker: this runs at the start of every Python process of the emulator.
"""

import os
import subprocess
import sys
from typing import Any

_PREFIX = "/opt/"


def _in_layer(program: str) -> str | None:
    """The file of a layer that stands for `/opt/...`, or None."""
    for folder in filter(None, os.environ.get("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep)):
        candidate = os.path.join(folder, program[len(_PREFIX) :])
        if os.path.isfile(candidate):
            return candidate
    return None


def _is_python_script(path: str) -> bool:
    with open(path, "rb") as file:
        first_line = file.readline(200)
    return first_line.startswith(b"#!") and b"python" in first_line


class _LayerPopen(subprocess.Popen):  # type: ignore[type-arg]
    """`subprocess.Popen` that finds programs of layers."""

    def __init__(self, args: Any, *rest: Any, **options: Any) -> None:
        if isinstance(args, (list, tuple)) and args and str(args[0]).startswith(_PREFIX):
            program = _in_layer(str(args[0]))
            if program is not None:
                start = [sys.executable, program] if _is_python_script(program) else [program]
                args = [*start, *args[1:]]
                if options.get("stdout") is None and len(rest) < 4:
                    options["stdout"] = sys.__stderr__
        super().__init__(args, *rest, **options)


if os.environ.get("_LAMBDA_LAYERS_DIRS"):
    subprocess.Popen = _LayerPopen  # type: ignore[misc]
