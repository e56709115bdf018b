"""One report, shown: an HTML page, Markdown, JUnit XML. Pure functions of the report; standard library only."""

from lambda_src.verification.rendering.junit import to_junit
from lambda_src.verification.rendering.markdown import to_markdown
from lambda_src.verification.rendering.page import to_html

__all__ = ["to_html", "to_junit", "to_markdown"]
