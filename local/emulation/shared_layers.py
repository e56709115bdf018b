"""A layer is unpacked and compiled once, and every worker that uses it reads the same files.

The emulator unpacks each layer for each worker, and Python compiles it anew in each: a second and a half of processor
time for every cold start, eleven of which come at once when a release is verified. A worker's `layer_N` folder is
therefore a link to one shared folder per content. AWS's cold starts do not compile either way: what runs is the same.
"""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import types
import zipfile
from pathlib import Path
from typing import Any

_LAYER_PREFIX = "layer_"
_UNPACK = Path(__file__).with_name("unpack_layer.py")
_lock = threading.Lock()
# One for each content, so that a large layer does not keep others waiting.
_locks: dict[str, threading.Lock] = {}


class LayerArchive(zipfile.ZipFile):
    """A zip file that, unpacked as a layer, is unpacked once and linked to."""

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        """As `ZipFile.extractall`, except into a worker's (empty) layer folder."""
        target = Path(path) if path is not None else None
        if target is None or not target.name.startswith(_LAYER_PREFIX) or self.filename is None:
            super().extractall(path, members, pwd)
            return
        shared = shared_folder(Path(self.filename).read_bytes())
        target.rmdir()
        target.symlink_to(shared, target_is_directory=True)


def shared_folder(content: bytes) -> Path:
    """The folder with what is in the zip file `content`, made by the first who asks.

    Raises:
        subprocess.CalledProcessError: it cannot be unpacked.
    """
    digest = hashlib.sha256(content).hexdigest()[:32]
    shared = Path(tempfile.gettempdir()) / "layers" / digest
    with _lock:
        lock = _locks.setdefault(digest, threading.Lock())
    with lock:
        if not shared.is_dir():
            _unpack(content, shared)
    return shared


def _unpack(content: bytes, shared: Path) -> None:
    """Unpack and compile beside the folder, then give it its name: a crash leaves no half folder."""
    shared.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=shared.parent) as partial:
        archive, folder = Path(partial) / "layer.zip", Path(partial) / "layer"
        archive.write_bytes(content)
        subprocess.run([sys.executable, str(_UNPACK), str(archive), str(folder)], check=True)  # noqa: S603
        os.replace(folder, shared)


def install() -> None:
    """Share layers between workers, and prepare a layer as soon as it is published."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc
    from ministack.services.cloudformation import provisioners

    # The module that starts workers gets a `zipfile` of its own.
    sharing = types.ModuleType("zipfile")
    sharing.__dict__.update({**vars(zipfile), "ZipFile": LayerArchive})
    lambda_runtime.zipfile = sharing

    handler = provisioners._RESOURCE_HANDLERS["AWS::Lambda::LayerVersion"]
    create = handler["create"]

    @functools.wraps(create)
    def create_and_prepare(*args: Any) -> Any:
        arn, attributes = create(*args)
        content = lambda_svc._resolve_layer_zip(arn)
        if content:
            threading.Thread(target=shared_folder, args=(content,), name="prepare-layer", daemon=True).start()
        return arn, attributes

    handler["create"] = create_and_prepare
