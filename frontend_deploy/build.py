"""The site, built when missing or stale, reused otherwise."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from filelock import FileLock

from frontend_deploy.commands import Step, run
from frontend_deploy.errors import SiteBuildError
from frontend_deploy.fingerprint import site_fingerprint
from frontend_deploy.folders import drop_unused, ensure_folder
from frontend_deploy.modules import modules_are_current
from frontend_deploy.node import Node, find_node
from frontend_deploy.site import BuiltSite

SITES = Path(".build") / "site"


def ensure_site(root: Path) -> BuiltSite:
    """The site of `root/frontend`, in `root/.build/site/<fingerprint>`.

    A build that fails leaves what was built before. Two at once build once: the second waits and reuses.

    Raises:
        SiteBuildError: npm or the build failed, or the sources changed meanwhile.
    """
    frontend, sites, node = root / "frontend", root / SITES, find_node()
    fingerprint = site_fingerprint(frontend, node_version=node.version)
    folder = sites / fingerprint
    if not folder.is_dir():
        sites.mkdir(parents=True, exist_ok=True)
        with FileLock(sites / ".lock"):
            if not folder.is_dir():
                _build(frontend, logs=sites, node=node)
                if site_fingerprint(frontend, node_version=node.version) != fingerprint:
                    raise SiteBuildError(
                        f"{frontend} changed while the site was being built. Run the same command again."
                    )
                BuiltSite.at(frontend / "out")
                ensure_folder(folder, lambda made: _copy(frontend / "out", made))
                drop_unused(sites, keep={folder})
    return BuiltSite.at(folder)


def _build(frontend: Path, *, logs: Path, node: Node) -> None:
    if not modules_are_current(frontend):
        _say("Installing the site's packages (about half a minute) …")
        install = Step(
            title="Installing the site's packages",
            # Named because NODE_ENV=production or an npm setting would leave out what the build needs.
            arguments=[str(node.npm_cli), "ci", "--include=dev", "--include=optional"],
            repeat=f"cd {frontend} && npm ci",
            timeout_s=900,
        )
        run(install, frontend=frontend, log=logs / "install.log", node=node)
    _say("Building the site (about ten seconds) …")
    build = Step(
        title="Building the site",
        arguments=["scripts/build.mjs"],
        repeat=f"cd {frontend} && npm run build",
        timeout_s=600,
    )
    run(build, frontend=frontend, log=logs / "build.log", node=node)


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, dirs_exist_ok=True)


def _say(what: str) -> None:
    print(what, file=sys.stderr)  # noqa: T201 - synthesis is silent for half a minute otherwise
