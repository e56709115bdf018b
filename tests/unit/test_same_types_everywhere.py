"""B2: what production consists of is what `make local` deploys, so the end-to-end tests speak for production too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import ENVIRONMENTS
from tests.support.synthesis import Synthesis


def types(synthesis: Synthesis) -> set[str]:
    return {resource["Type"] for resource in synthesis.resources().values()}


@pytest.mark.parametrize("name", [name for name in ENVIRONMENTS if name != "local"])
def test_no_environment_has_a_resource_type_that_local_lacks(
    synthesis_of: Callable[[str], Synthesis], name: str
) -> None:
    assert types(synthesis_of(name)) - types(synthesis_of("local")) == set()
