"""What synthesis needs from disk: built when missing or stale, reused otherwise."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

from environments import Environment
from frontend_deploy import Publication, build_publication, ensure_site
from frontend_deploy.headers import CONFIG_PATH
from lambda_build import BackendArtifacts, build_backend
from lambda_build.layers import LayerTarget

# A commit that touches none of these releases nothing new.
_RELEASED = (
    "app.py",
    "cdk.json",
    "constructs",
    "environments",
    "frontend",
    "frontend_deploy",
    "lambda_build",
    "lambda_src",
    "stacks",
)


@dataclass(frozen=True, kw_only=True)
class Artifacts:
    """The backend's packages, the site's publication and the commit that they come from."""

    backend: BackendArtifacts
    publication: Publication
    clean_urls_code: str
    git_commit: str
    # Who made the commit, and when (ISO 8601): of the commit, so that they change with it and with nothing else.
    git_author: str
    git_committed: str

    def release_id(self, environment: Environment) -> str:
        """A digest of everything released: 16 hexadecimal digits, the same for the same sources anywhere.

        The gate runs when it changes. Neither time nor commit is part of it.
        """
        backend = self.backend
        # How it gets there is no part of what is released.
        parts = [environment.model_dump_json(exclude={"pipeline"}), self.publication.digest, self.clean_urls_code]
        parts += [f"{handler.source.name}={handler.digest}" for handler in backend.handlers]
        parts += [backend.gate.name, backend.invalidation.name, backend.shared_layer.name, backend.dependencies_digest]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def asset_hashes(self) -> dict[str, str]:
        """Digest by what it is of; for the manifest."""
        backend = self.backend
        return {
            **{f"function/{handler.source.name}": handler.digest for handler in backend.handlers},
            "layer/shared": backend.shared_layer.name,
            "layer/dependencies": backend.dependencies_digest,
            # Apart, because environments differ in their configuration alone.
            "site": _digest_of(self.publication, configuration=False),
            "site/configuration": _digest_of(self.publication, configuration=True),
        }


def _digest_of(publication: Publication, *, configuration: bool) -> str:
    """Of the environment's configuration, or of all other files of the site."""
    digests = [group.digest for group in publication.groups if (CONFIG_PATH in group.files) is configuration]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:32]


def layer_target(environment: Environment) -> LayerTarget:
    """For which interpreter the dependencies are installed."""
    functions = environment.functions
    return LayerTarget(
        runtime=functions.lambda_runtime, architecture=functions.lambda_architecture, on_host=functions.on_host
    )


def build_artifacts(root: Path, environment: Environment) -> Artifacts:
    """Builds layer, packages, site and publication below `root/.build` as far as they are missing or stale."""
    commit = released_commit(root)
    return Artifacts(
        backend=build_backend(root, target=layer_target(environment)),
        publication=build_publication(ensure_site(root), environment, root=root),
        clean_urls_code=(root / "frontend_deploy" / "clean_urls.js").read_text(encoding="utf-8"),
        git_commit=commit,
        git_author=about_commit(root, commit, "%an"),
        git_committed=about_commit(root, commit, "%cI"),
    )


def released_commit(root: Path) -> str:
    """The commit that last touched what is released, `-dirty` if the folder differs from it, `unknown` without git.

    Not HEAD: a commit that only touches documents would otherwise change the template of every environment.
    """
    commit = _git(root, "log", "-1", "--format=%H", "--", *_RELEASED)
    if not commit:
        return "unknown"
    return f"{commit}-dirty" if _git(root, "status", "--porcelain", "--", *_RELEASED) else commit


def about_commit(root: Path, commit: str, field: str) -> str:
    """A field of git's pretty format about `commit`; `unknown` without git."""
    return _git(root, "log", "-1", f"--format={field}", commit.removesuffix("-dirty"), "--") or "unknown"


def _git(root: Path, *arguments: str) -> str:
    try:
        result = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", *arguments],  # noqa: S607 - git is found as everywhere
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
