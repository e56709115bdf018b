"""The CloudFront Function, run by Node as CloudFront runs it: one function named handler, no module system."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from frontend_deploy.groups import clean_url
from frontend_deploy.node import find_node

SOURCE = Path(__file__).resolve().parents[2] / "frontend_deploy" / "clean_urls.js"
CASES = {
    "/": "/index.html",
    "//": "/index.html",
    "/lists": "/lists.html",
    "/lists/": "/lists.html",
    "/docs/start": "/docs/start.html",
    "/lists.html": "/lists.html",
    "/lists.txt": "/lists.txt",
    "/lists/__next._tree.txt": "/lists/__next._tree.txt",
    "/config.json": "/config.json",
    "/favicon.ico": "/favicon.ico",
    "/_next/static/chunks/0cz1d0mv5g_q7.js": "/_next/static/chunks/0cz1d0mv5g_q7.js",
    "/v1.2/notes": "/v1.2/notes.html",
    "/.well-known/security.txt": "/.well-known/security.txt",
    # Nothing may become a redirect to another host: there are no redirects.
    "//elsewhere.example/": "//elsewhere.example/",
}


@pytest.fixture(scope="module")
def rewritten() -> dict[str, dict[str, object]]:
    """What the function returns for each path, and for every page that a site can have."""
    paths = [*CASES, *map(clean_url, ("index.html", "lists.html", "docs/start.html"))]
    script = (
        f"{SOURCE.read_text(encoding='utf-8')}\n"
        f"const answers = {json.dumps(paths)}.map((uri) =>"
        "  [uri, handler({ request: { method: 'GET', uri, querystring: { x: { value: '1' } }, headers: {} } })]);"
        "console.log(JSON.stringify(Object.fromEntries(answers)));"
    )
    done = subprocess.run(
        [str(find_node().executable), "--input-type=commonjs"], input=script, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(("path", "expected"), CASES.items())
def test_path_becomes_the_file(rewritten: dict[str, dict[str, object]], path: str, expected: str) -> None:
    assert rewritten[path]["uri"] == expected


@pytest.mark.parametrize("file", ["index.html", "lists.html", "docs/start.html"])
def test_the_clean_url_of_a_page_leads_to_its_file(rewritten: dict[str, dict[str, object]], file: str) -> None:
    assert rewritten[clean_url(file)]["uri"] == f"/{file}"


def test_the_rest_of_the_request_stays_and_no_answer_is_made_up(rewritten: dict[str, dict[str, object]]) -> None:
    for request in rewritten.values():
        assert request.keys() == {"method", "uri", "querystring", "headers"}
        assert request["querystring"] == {"x": {"value": "1"}}


def test_the_function_fits_cloudfront() -> None:
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html: 10 KB.
    assert len(SOURCE.read_bytes()) < 10_000
