"""A built site: any folder with the files of a static export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from frontend_deploy.errors import SiteBuildError
from frontend_deploy.page import read_page

INDEX = "index.html"
NOT_FOUND = "404.html"


@dataclass(frozen=True, kw_only=True)
class BuiltSite:
    """The files of a site and the identity of its build. `BuiltSite.at(folder)` reads it."""

    directory: Path
    build_id: str

    @classmethod
    def at(cls, directory: Path) -> BuiltSite:
        """The site in `directory`.

        Raises:
            SiteBuildError: no index.html or 404.html, or no build id in the index page.
        """
        for name in (INDEX, NOT_FOUND):
            if not (directory / name).is_file():
                raise SiteBuildError(
                    f"{directory} is not a built site: {name} is missing. Build it: cd frontend && npm run build"
                )
        build_id = read_page((directory / INDEX).read_text(encoding="utf-8")).build_id
        if not build_id:
            raise SiteBuildError(
                f'{directory / INDEX} has no <meta name="build-id">: src/app/layout.tsx has to write it.'
            )
        return cls(directory=directory, build_id=build_id)

    def files(self) -> tuple[str, ...]:
        """All files as paths relative to the folder, with `/`, sorted."""
        found = (path for path in self.directory.rglob("*") if path.is_file())
        return tuple(sorted(path.relative_to(self.directory).as_posix() for path in found))
