"""From the sources of the site to what is published: build, configuration, headers, content groups. No CDK."""

from frontend_deploy.build import ensure_site
from frontend_deploy.config import site_config
from frontend_deploy.errors import SiteBuildError
from frontend_deploy.groups import ContentGroup, Publication, build_publication
from frontend_deploy.headers import FileHeaders, FileKind, headers_for
from frontend_deploy.site import BuiltSite

__all__ = [
    "BuiltSite",
    "ContentGroup",
    "FileHeaders",
    "FileKind",
    "Publication",
    "SiteBuildError",
    "build_publication",
    "ensure_site",
    "headers_for",
    "site_config",
]
